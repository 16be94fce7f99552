"""From what a channel parsed to the one door in: files get their sender, a written "2" is read as a choice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select

from channels.base import Arrived
from channels.capabilities import Capabilities
from channels.render import options_of, picked
from conversations import attachments
from conversations.attachments import Attachment
from conversations.identities import lock_sender
from conversations.inbox import receive
from conversations.model import Choice, InboundMessage, Inbox, Message, Receipt
from conversations.statements import (
    ALL_MESSAGE,
    BY_EXTERNAL_ID,
    GET_CONVERSATION,
    LOCK_NEWEST,
    LOCK_THREAD,
    conversation_from,
    message_from,
)
from conversations.store import Statement, Tx
from conversations.store.tables import messages

_LOOK_BACK = 10


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is safe on disk. path: as its keeper names it. type: by its content."""

    name: str
    type: str
    size_bytes: int
    sha256: str
    path: str


NEWEST_SEEN = Statement(
    select(*ALL_MESSAGE)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq.is_not(None))
    .order_by(messages.c.seq.desc())
    .limit(bindparam("limit"))
)


def take_in(
    tx: Tx, inbox: Inbox, arrived: Arrived, capabilities: Capabilities, files: Sequence[KeptFile] = ()
) -> Receipt:
    """Store what arrived, once. files: what came with it, kept already; of a repeat they are not wanted again.

    Raises what `inbox.receive` raises.
    """
    message = arrived.message
    sender = lock_sender(tx, inbox, message)
    if message.external_id is not None and (before := _already(tx, inbox, message.external_id)) is not None:
        return before
    if files:
        ids = tuple(_add(tx, inbox, sender.id, file).id for file in files)
        message = replace(message, attachment_ids=message.attachment_ids + ids)
    if capabilities.choices == "numbered" and message.choice is None and not files:
        message = _read_choice(tx, inbox, sender.id, message)
    return receive(tx, inbox, message)


def _add(tx: Tx, inbox: Inbox, sender_id: str, file: KeptFile) -> Attachment:
    row = Attachment(
        id=tx.new_id("att"),
        workspace_id=inbox.workspace_id,
        uploader=sender_id,
        name=file.name,
        type=file.type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        path=file.path,
        conversation_id=None,
        message_id=None,
        created_at=tx.now,
        erased_at=None,
    )
    return attachments.add(tx, row)


def _already(tx: Tx, inbox: Inbox, external_id: str) -> Receipt | None:
    """The receipt of a repeat: its files are here already, and a choice is not read twice."""
    row = tx.one(BY_EXTERNAL_ID, {"inbox_id": inbox.id, "external_id": external_id})
    if row is None:
        return None
    message = message_from(row)
    where = tx.one(GET_CONVERSATION, {"id": message.conversation_id})
    assert where is not None
    return Receipt(conversation_from(where), message, duplicate=True)


def _read_choice(tx: Tx, inbox: Inbox, sender_id: str, message: InboundMessage) -> InboundMessage:
    """The message as a choice, where it answers the question that stands open; it then says the choice's title."""
    asked = _open_question(tx, inbox, sender_id, message.thread_key)
    option = picked(message.text, options_of(asked)) if asked is not None else None
    if asked is None or option is None:
        return message
    return replace(message, text="", choice=Choice(asked.id, option.value))


def _open_question(tx: Tx, inbox: Inbox, sender_id: str, thread_key: str | None) -> Message | None:
    """The last message with choices that the visitor has not answered, in the conversation they are about to go on."""
    if thread_key is not None:
        row = tx.one(LOCK_THREAD, {"inbox_id": inbox.id, "thread_key": thread_key})
    else:
        row = tx.one(LOCK_NEWEST, {"identity_id": sender_id})
    if row is None or (conversation := conversation_from(row)).status == "resolved":
        return None
    for found in tx.all(NEWEST_SEEN, {"conversation_id": conversation.id, "limit": _LOOK_BACK}):
        said = message_from(found)
        if said.author_kind == "visitor":
            return None
        if said.kind == "choices" and said.erased_at is None:
            return said
    return None
