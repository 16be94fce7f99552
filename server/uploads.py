"""Files that nobody has sent yet, and who may see those that were."""

from sqlalchemy import and_, bindparam, delete, func, select

from conversations.attachments import Attachment
from conversations.store import Statement, Store, Tx
from conversations.store.tables import attachments, conversations, messages
from server.files import Files

UNSENT_LIFE_MS = 24 * 3_600_000
_AT_ONCE = 200

COUNT_UNSENT = Statement(
    select(func.count()).where(
        attachments.c.uploader == bindparam("uploader"),
        attachments.c.message_id.is_(None),
        attachments.c.created_at > bindparam("since"),
    )
)
SHOWN = Statement(
    select(attachments.c.id)
    .join(messages, messages.c.id == attachments.c.message_id)
    .join(conversations, conversations.c.id == attachments.c.conversation_id)
    .where(
        attachments.c.id == bindparam("id"),
        conversations.c.identity_id == bindparam("identity_id"),
        messages.c.seq.is_not(None),
        messages.c.erased_at.is_(None),
    )
)
_UNSENT = and_(attachments.c.message_id.is_(None), attachments.c.created_at < bindparam("before"))
OLD = Statement(
    select(attachments.c.id, attachments.c.path)
    .where(_UNSENT)
    .order_by(attachments.c.created_at)
    .limit(bindparam("limit"))
)
DROP = Statement(delete(attachments).where(attachments.c.id == bindparam("id"), _UNSENT).returning(attachments.c.path))


def count_unsent(tx: Tx, uploader: str) -> int:
    """How many files somebody has uploaded in the last day and not sent."""
    row = tx.one(COUNT_UNSENT, {"uploader": uploader, "since": tx.now - UNSENT_LIFE_MS})
    return int(row[0]) if row is not None else 0


def shown_to_visitor(tx: Tx, attachment: Attachment, identity_id: str) -> bool:
    """Whether a sent file is in a conversation of this visitor's, in a message that visitors see."""
    return tx.one(SHOWN, {"id": attachment.id, "identity_id": identity_id}) is not None


async def forget_unsent(store: Store, files: Files) -> int:
    """Remove what was uploaded and not sent for a day; how many. For a job, some hundred at a time."""
    paths = await store.write(_drop_old)
    for path in paths:
        await files.remove(path)
    return len(paths)


def _drop_old(tx: Tx) -> list[str]:
    before = tx.now - UNSENT_LIFE_MS
    dropped = []
    for attachment_id, _ in tx.all(OLD, {"before": before, "limit": _AT_ONCE}):
        row = tx.one(DROP, {"id": attachment_id, "before": before})
        if row is not None:
            dropped.append(row[0])
    return dropped
