"""Mail to one person at a time, by the server that an admin chose.

Refused
├── MailNotSet    no server is chosen: what was to be mailed is shown to copy
└── MailFailed    the server did not take it, and why
"""

import asyncio
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import aiosmtplib
import structlog

from conversations.errors import Unavailable, Unsupported
from conversations.store import Store, Tx
from server import mail_settings
from server.mail_settings import MailSettings, Seal, address_of, sender_of

log = structlog.get_logger(__name__)

STEP_S = 10.0
SEND_S = 25.0
AT_ONCE = 4
WAITING = 64
SUBJECT_LIMIT = 200


class MailNotSet(Unsupported):
    """No mail server is set."""


class MailFailed(Unavailable):
    """The mail server did not take it."""


class Mailer:
    """Sends mail by each workspace's own settings, few at once.

    key: 32 bytes that passwords are sealed under. tls: which servers' certificates count; the system's where None.
    """

    def __init__(self, store: Store, key: bytes, *, tls: ssl.SSLContext | None = None, step_s: float = STEP_S) -> None:
        self.seal = Seal(key)
        self._store = store
        self._tls = tls
        self._step_s = step_s
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def is_set(self, workspace_id: str) -> bool:
        """Whether mail can be sent, as far as one can say without sending."""
        return await self._store.read(mail_settings.find, workspace_id, self.seal) is not None

    async def send(self, workspace_id: str, to: str, subject: str, text: str) -> None:
        """Hand one mail over to the workspace's server. to: one address. text: plain.

        Raises MailNotSet, MailFailed, Invalid (`field` to).
        """
        chosen = await self._store.read(self._chosen, workspace_id)
        message = _message(chosen, to, subject, text)
        if self._waiting >= WAITING:
            raise MailFailed("Too much mail is on its way. Try again in a moment.", retry_after_s=5)
        self._waiting += 1
        try:
            async with asyncio.timeout(SEND_S), self._turn:
                await self._hand_over(chosen, message)
        except TimeoutError:
            raise MailFailed(f"{_server(chosen)} was too slow. Try again later.", retry_after_s=60) from None
        finally:
            self._waiting -= 1

    def _chosen(self, tx: Tx, workspace_id: str) -> MailSettings:
        chosen = mail_settings.find(tx, workspace_id, self.seal)
        if chosen is None:
            raise MailNotSet("This desk sends no mail yet. An admin can set a mail server under Mail.")
        return chosen

    async def _hand_over(self, chosen: MailSettings, message: EmailMessage) -> None:
        try:
            await aiosmtplib.send(
                message,
                hostname=chosen.host,
                port=chosen.port,
                username=chosen.username if chosen.password is not None else None,
                password=chosen.password,
                use_tls=chosen.security == "tls",
                start_tls=chosen.security == "starttls",
                tls_context=self._tls,
                timeout=self._step_s,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            log.warning("mail.failed", host=chosen.host, port=chosen.port, cause=type(error).__name__)
            raise MailFailed(_why(error, chosen), retry_after_s=60) from error


def _message(chosen: MailSettings, to: str, subject: str, text: str) -> EmailMessage:
    sender = sender_of(chosen.sender)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = address_of(to, field="to")
    message["Subject"] = " ".join(subject.split())[:SUBJECT_LIMIT]
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # no machine answers it (RFC 3834)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _why(error: Exception, chosen: MailSettings) -> str:
    """What went wrong, and what to look at; nothing of what the far end wrote."""
    server = _server(chosen)
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return f"{server} refused the user name or the password."
        case aiosmtplib.SMTPSenderRefused():
            return f"{server} does not send for {chosen.sender}. Give the sender that the account may use."
        case aiosmtplib.SMTPRecipientsRefused() | aiosmtplib.SMTPRecipientRefused():
            return f"{server} does not take mail to this address."
        case aiosmtplib.SMTPException() if "not supported" in str(error):
            return f"{server} cannot do what is asked of it. Choose another security, or no user name."
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            return f"{server} did not answer in time. Look at host, port and security."
        case _ if _is_tls(error):
            return f"{server} could not be trusted, or speaks no TLS there. Look at its certificate, port and security."
        case aiosmtplib.SMTPConnectError() | aiosmtplib.SMTPServerDisconnected() | OSError():
            return f"There is no connection to {server}. Look at host, port and security."
        case aiosmtplib.SMTPResponseException(code=code):
            return f"{server} refused the mail with code {code}."
        case _:
            return f"{server} did not take the mail."


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__
    return False


def _server(chosen: MailSettings) -> str:
    return f"{chosen.host}:{chosen.port}"
