"""Links that people are sent: where they lead, and the mail that brings them."""

import re
from collections.abc import Mapping

from conversations.errors import Invalid
from conversations.texts import say
from server import workspace
from server.http.call import Call
from server.http.desk import HttpDesk
from server.mail import MailFailed, MailNotSet

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


def console_link(call: Call, page: str, token: str) -> str:
    """A page of the console with a token behind `#`, which browsers send to nobody.

    Without PUBLIC_URL it is the address that the asker used: only for those who have logged in, or a stranger could
    have links to an address of theirs sent to others.
    """
    return f"{_address(call)}/console/{page}#{token}"


def own_link(desk: HttpDesk, page: str, token: str) -> str:
    """The same, whoever asked: at PUBLIC_URL, or where this process listens."""
    return f"{desk.settings.address}/console/{page}#{token}"


async def mailed(desk: HttpDesk, workspace_id: str, to: str, about: str, words: Mapping[str, str]) -> str | None:
    """Mail a sentence of the catalogue (`mail.<about>`); None where it was handed over, else why not."""
    company = await desk.store.read(workspace.find, workspace_id)
    given = {"company": company.name, **words}
    subject, text = (say(f"mail.{about}.{part}", company.locale, given) for part in ("subject", "text"))
    try:
        await desk.mailer.send(workspace_id, to, subject, text)
    except (MailNotSet, MailFailed, Invalid) as error:
        return error.message
    return None


def _address(call: Call) -> str:
    settings = call.desk.settings
    host = call.request.host
    if settings.public_url is not None or not _HOST.fullmatch(host):
        return settings.address
    return f"{call.request.scheme}://{host}"
