"""Conversations in lists, as an agent sees them: with their contact and their last message, looked up together."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from conversations.model import Conversation, Message
from conversations.reading import LAST_MESSAGES
from conversations.statements import message_from
from conversations.store import Tx
from conversations.store.tables import contacts
from server.shapes import Faces, Json, agent_conversation, contact_shape, last_message

CONTACTS = select(
    contacts.c.id, contacts.c.name, contacts.c.email, contacts.c.phone, contacts.c.attributes, contacts.c.verified
).where(contacts.c.id.in_(bindparam("ids", expanding=True)))


def conversation_shapes(tx: Tx, found: Sequence[Conversation], faces: Faces) -> list[Json]:
    """Each conversation, in the same order."""
    if not found:
        return []
    contacts_by_id = {
        row[0]: contact_shape(row) for row in tx.all(CONTACTS, {"ids": list({one.contact_id for one in found})})
    }
    last = _last_messages(tx, [one.id for one in found])
    shapes = []
    for one in found:
        shape = agent_conversation(one, faces, contacts_by_id.get(one.contact_id))
        if one.id in last:
            shape["last_message"] = last_message(last[one.id])
        shapes.append(shape)
    return shapes


def _last_messages(tx: Tx, ids: list[str]) -> dict[str, Message]:
    rows: list[tuple[Any, ...]] = tx.all(LAST_MESSAGES, {"ids": ids})
    return {message.conversation_id: message for message in map(message_from, rows)}
