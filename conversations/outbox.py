"""The one door out: bot, agent and system speak through `post`."""

from typing import Any

import orjson
from sqlalchemy import bindparam, insert

from conversations.attachments import bind
from conversations.held import Held
from conversations.hints import DeliveryDue
from conversations.model import Author, Message, MessageKind
from conversations.store.statement import Statement
from conversations.store.tables import deliveries

INSERT_DELIVERY = Statement(
    insert(deliveries).values(
        message_id=bindparam("message_id"),
        conversation_id=bindparam("conversation_id"),
        inbox_id=bindparam("inbox_id"),
        made_rev=bindparam("made_rev"),
        state="queued",
        due_at=bindparam("now"),
        created_at=bindparam("now"),
        updated_at=bindparam("now"),
    )
)


def post(
    held: Held,
    by: Author,
    text: str,
    *,
    kind: MessageKind = "text",
    content: dict[str, Any] | None = None,
    private: bool = False,
    sender: str | None = None,
    client_id: str | None = None,
    body: str | None = None,
    understanding: dict[str, Any] | None = None,
    attachment_ids: tuple[str, ...] = (),
    columns: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> Message:
    """Say something in a held conversation, and make it due for its channel. The caller saves.

    content: what the kind needs (`choices`, attachments, the key and parameters of a catalogue's
    sentence). attachment_ids: files that the sender uploaded. columns: what the speaking changes on the
    conversation's row, beside seq and revs. data: more for its fact. Raises NotFound for a file that is not theirs.
    """
    tx, conversation = held.tx, held.conversation
    message = Message(
        id=tx.new_id("msg"),
        conversation_id=conversation.id,
        inbox_id=conversation.inbox_id,
        seq=None,
        visitor_rev=None,
        agent_rev=0,
        made_rev=0,
        author_kind=by.kind,
        author_id=by.id,
        author_name=by.name,
        kind=kind,
        text=text,
        content=orjson.dumps(content).decode() if content is not None else None,
        private=private,
        sender=sender,
        client_id=client_id,
        external_id=None,
        body_hash=body,
        understanding=orjson.dumps(understanding).decode() if understanding is not None else None,
        rating=None,
        created_at=tx.now,
        edited_at=None,
        erased_at=None,
    )
    if attachment_ids:
        message = bind(tx, conversation, message, attachment_ids, uploader=sender or "")
    changed = dict(columns or {})
    if not private and by.kind != "visitor" and kind != "event":
        changed["unread_visitor"] = conversation.unread_visitor + 1
    message = held.say(message, "message_posted", by, changed, **(data or {}))
    if not private and conversation.channel != "web":
        _deliver(held, message)
    return message


def _deliver(held: Held, message: Message) -> None:
    """A row for the channel's sender, in the same transaction: what is posted is sent, or visibly failed."""
    conversation = held.conversation
    held.tx.run(
        INSERT_DELIVERY,
        {
            "message_id": message.id,
            "conversation_id": conversation.id,
            "inbox_id": conversation.inbox_id,
            "made_rev": message.made_rev,
            "now": held.tx.now,
        },
    )
    held.hint(DeliveryDue(conversation.id))
