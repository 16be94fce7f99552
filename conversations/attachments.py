"""Files' rows: uploaded first, bound to one message when it is sent, readable by those who may read it."""

from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update

from conversations.errors import NotFound
from conversations.model import Conversation, Message
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import attachments

SIZE_LIMIT_BYTES = 25_000_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file. `uploader`: the identity or agent that brought it, who alone may send it.

    width, height: of an image, in pixels. warning: `macros`, or None.
    """

    id: str
    workspace_id: str
    uploader: str
    name: str
    type: str
    size_bytes: int
    sha256: str
    path: str
    conversation_id: str | None
    message_id: str | None
    created_at: int
    erased_at: int | None
    width: int | None = None
    height: int | None = None
    warning: str | None = None


_ALL = [attachments.c[name] for name in Attachment.__dataclass_fields__]
_ROW = tuple(Attachment.__dataclass_fields__)

INSERT = Statement(insert(attachments).values({name: bindparam(name) for name in _ROW}))
GET = Statement(select(*_ALL).where(attachments.c.id == bindparam("id")))
BIND = Statement(
    update(attachments)
    .where(
        attachments.c.id == bindparam("attachment"),
        attachments.c.uploader == bindparam("owner"),
        attachments.c.message_id.is_(None),
    )
    .values(message_id=bindparam("message"), conversation_id=bindparam("conversation"))
    .returning(*_ALL)
)


def add(tx: Tx, attachment: Attachment) -> Attachment:
    """Store an uploaded file's row, not yet bound to a message."""
    tx.run(INSERT, {name: getattr(attachment, name) for name in _ROW})
    return attachment


def find(tx: Tx, attachment_id: str) -> Attachment:
    """Raises NotFound."""
    row = tx.one(GET, {"id": attachment_id})
    if row is None:
        raise NotFound("There is no such file.", field="attachment_id")
    return Attachment(*row)


def shown_attachment(found: Attachment) -> dict[str, Any]:
    """A file as a message tells of it, to whoever sees the message."""
    shape: dict[str, Any] = {"id": found.id, "name": found.name, "type": found.type, "size_bytes": found.size_bytes}
    if found.width is not None:
        shape |= {"width": found.width, "height": found.height}
    if found.warning is not None:
        shape["warning"] = found.warning
    return shape


def bind(
    tx: Tx, conversation: Conversation, message: Message, attachment_ids: tuple[str, ...], *, uploader: str
) -> Message:
    """Tie uploaded files to the message that sends them; each can be sent once, by its uploader.

    The message, with `attachments` in its content. Raises NotFound.
    """
    shown: list[dict[str, Any]] = []
    for attachment_id in dict.fromkeys(attachment_ids):
        row = tx.one(
            BIND,
            {"attachment": attachment_id, "owner": uploader, "message": message.id, "conversation": conversation.id},
        )
        if row is None:
            raise NotFound("There is no such file of yours waiting to be sent.", field="attachment_ids")
        shown.append(shown_attachment(Attachment(*row)))
    content = {**(orjson.loads(message.content) if message.content else {}), "attachments": shown}
    kind = message.kind if message.text else "file"
    return replace(message, kind=kind, content=orjson.dumps(content).decode())
