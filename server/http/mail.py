"""The mail server of the company: set, tried, removed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from conversations.store import Tx
from conversations.texts import say
from server import mail_settings, workspace
from server.http.answers import Reply
from server.http.call import Acting, Call
from server.http.fields import Body, Email, Line, Shape
from server.http.routes import Routes
from server.mail import MailFailed, MailNotSet
from server.mail_settings import MailSettings, Seal
from server.realtime.peer import remote_address
from server.shapes import Json

routes = Routes("mail")

Host = Annotated[str, StringConstraints(strip_whitespace=True, max_length=253, pattern=r"^[A-Za-z0-9.\-:\[\]_]+$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=500)]


def _without_breaks(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has characters that no header takes")
    return text


Sender = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300), AfterValidator(_without_breaks)
]
User = Annotated[Line, AfterValidator(_without_breaks)]


class MailShape(Shape):
    """is_set: whether there is a server. password_set: whether it has a password, which is never shown."""

    is_set: bool
    host: str | None
    port: int | None
    security: Literal["tls", "starttls", "none"] | None
    username: str | None
    password_set: bool
    sender: str | None


class MailBody(Body):
    """password: left out, it stays as it is; null: none. sender: an address, or `Name <address>`."""

    host: Host
    port: Annotated[int, Field(ge=1, le=65_535, strict=True)]
    security: Literal["tls", "starttls", "none"]
    username: User | None = None
    password: Secret | None = None
    sender: Sender


class TestBody(Body):
    to: Email


class TestShape(Shape):
    """message: what happened, and what to look at where it failed."""

    sent: bool
    message: str


def mail_shape(found: MailSettings | None) -> Json:
    if found is None:
        empty = dict.fromkeys(("host", "port", "security", "username", "sender"))
        return {"is_set": False, **empty, "password_set": False}
    return {
        "is_set": True,
        "host": found.host,
        "port": found.port,
        "security": found.security,
        "username": found.username,
        "password_set": found.password is not None,
        "sender": found.sender,
    }


@routes.get("/mail", access="workspace.manage", answer=MailShape)
async def show_mail(call: Call) -> Reply:
    """By which server mail is sent. Its password is never shown."""
    return Reply(mail_shape(await call.read(mail_settings.find, call.agent.workspace_id, call.desk.mailer.seal)))


@routes.put("/mail", access="workspace.manage", answer=MailShape)
async def set_mail(call: Call, body: MailBody) -> Reply:
    """Send mail by this server. A kept password goes to no other server or user than it was typed for."""
    return await call.write(_put, body, call.desk.mailer.seal)


def _put(tx: Tx, by: Acting, body: MailBody, seal: Seal) -> Json:
    username = body.username or None
    wanted = MailSettings(
        body.host, body.port, body.security, username, body.password if username is not None else None, body.sender
    )
    keep = "password" not in body.model_fields_set
    mail_settings.put(tx, by.workspace_id, wanted, seal, by.agent.author, keep_password=keep)
    return mail_shape(mail_settings.find(tx, by.workspace_id, seal))


@routes.delete("/mail", access="workspace.manage", status=204)
async def remove_mail(call: Call) -> Reply:
    """Send no more mail: links are shown to copy again."""
    return await call.write(lambda tx, by: mail_settings.drop(tx, by.workspace_id, by.agent.author))


@routes.post("/mail/test", access="workspace.manage", answer=TestShape)
async def try_mail(call: Call, body: TestBody) -> Reply:
    """Send a mail now, by what is set, and say how it went."""
    desk, agent = call.desk, call.agent
    desk.mails_tried.count(remote_address(call.request, desk.settings.trusted_proxies))
    company = await call.read(workspace.find, agent.workspace_id)
    words = {"company": company.name}
    subject, text = (say(f"mail.test.{part}", company.locale, words) for part in ("subject", "text"))
    try:
        await desk.mailer.send(agent.workspace_id, body.to, subject, text)
    except (MailNotSet, MailFailed) as error:
        return Reply({"sent": False, "message": error.message})
    return Reply({"sent": True, "message": f"The mail server took it. Look whether it reached {body.to}."})
