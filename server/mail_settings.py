"""By which server a workspace sends its mail; the password is kept sealed under the house's own key."""

from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from typing import Literal

import structlog
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.errors import Invalid
from conversations.facts import record
from conversations.model import Author
from conversations.store import Statement, Tx
from conversations.store.tables import mail_settings

log = structlog.get_logger(__name__)

Security = Literal["tls", "starttls", "none"]
_SEALED = {"alg": "dir", "enc": "A256GCM"}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """security: TLS from the first byte, by STARTTLS, or none. password: None where the server asks for none."""

    host: str
    port: int
    security: Security
    username: str | None
    password: str | None = field(repr=False)
    sender: str


_COLUMNS = ("host", "port", "security", "username", "password", "sender")
_GET = Statement(
    select(*(mail_settings.c[name] for name in _COLUMNS)).where(
        mail_settings.c.workspace_id == bindparam("workspace_id")
    )
)
_insert = upsert(mail_settings).values(
    workspace_id=bindparam("workspace_id"),
    updated_at=bindparam("now"),
    **{name: bindparam(name) for name in _COLUMNS},
)
_SET = Statement(
    _insert.on_conflict_do_update(
        index_elements=["workspace_id"],
        set_={name: _insert.excluded[name] for name in (*_COLUMNS, "updated_at")},
    )
)
_DROP = Statement(delete(mail_settings).where(mail_settings.c.workspace_id == bindparam("workspace")))


class Seal:
    """Seals what has to be read again, by AES-256-GCM (RFC 7516). key: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)

    def close(self, text: str) -> str:
        return jwe.encrypt_compact(_SEALED, text.encode(), self._key)

    def open(self, sealed: str) -> str | None:
        """The text; None where it was sealed under another key."""
        try:
            return (jwe.decrypt_compact(sealed, self._key).plaintext or b"").decode()
        except (JoseError, ValueError):
            log.warning("mail.password_sealed_under_another_key")
            return None


def find(tx: Tx, workspace_id: str, seal: Seal) -> MailSettings | None:
    """What is set; None where nothing is, also where SECRET_KEY changed since and the password cannot be read."""
    row = tx.one(_GET, {"workspace_id": workspace_id})
    if row is None:
        return None
    host, port, security, username, sealed, sender = row
    password = seal.open(sealed) if sealed is not None else None
    if sealed is not None and password is None:
        return None
    return MailSettings(host, port, security, username, password, sender)


def put(tx: Tx, workspace_id: str, wanted: MailSettings, seal: Seal, by: Author, *, keep_password: bool) -> None:
    """Send by these from now on.

    keep_password: as it is, for the same server and user name; it goes to no other. Raises Invalid.
    """
    before = find(tx, workspace_id, seal)
    password = wanted.password
    if keep_password and before is not None and before.password is not None and wanted.username is not None:
        if (before.host, before.username) != (wanted.host, wanted.username):
            raise Invalid("Another server or user name: type the password again.", field="password")
        password = before.password
    if password is not None and wanted.security == "none":
        told = "A password is never sent without TLS. Choose tls or starttls, or leave user name and password empty."
        raise Invalid(told, field="security")
    sender_of(wanted.sender)
    row = {name: getattr(wanted, name) for name in _COLUMNS}
    row["password"] = seal.close(password) if password is not None else None
    tx.run(_SET, {**row, "workspace_id": workspace_id, "now": tx.now})
    record(tx, "settings_changed", by.actor, {"workspace_id": workspace_id, "changed": ["mail"]})


def drop(tx: Tx, workspace_id: str, by: Author) -> None:
    """Send no more mail. Well also where nothing was set."""
    tx.run(_DROP, {"workspace": workspace_id})
    record(tx, "settings_changed", by.actor, {"workspace_id": workspace_id, "changed": ["mail"]})


def sender_of(text: str) -> Address:
    """`Name <address>` or an address, as a header takes it. Raises Invalid (`field` sender)."""
    found = getaddresses([text])
    if len(found) != 1:
        raise Invalid("Give one address, or `Name <address>`; a name with a comma in quotes.", field="sender")
    name, address = found[0]
    return address_of(address, name, field="sender")


def address_of(text: str, name: str = "", *, field: str) -> Address:
    """One address and no more. Raises Invalid."""
    try:
        address = Address(name, addr_spec=text)
    except (ValueError, IndexError, MessageError):
        raise Invalid("This is not an e-mail address.", field=field) from None
    if not address.username or not address.domain:
        raise Invalid("This is not an e-mail address.", field=field)
    return address
