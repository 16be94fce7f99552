"""The statements of a message's way, built once at import, and how their rows become values."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Table, and_, bindparam, func, insert, or_, select, update

from conversations.copies import Copies
from conversations.model import Conversation, Message
from conversations.store.statement import Row, Statement, UpdateByKey
from conversations.store.tables import conversations, messages

CONVERSATIONS = Copies(Conversation)
MESSAGES = Copies(Message)
_PRIVATE = MESSAGES.names.index("private")


def insert_of(table: Table, names: tuple[str, ...]) -> Any:
    return insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in names})


conversation_from = CONVERSATIONS.of


def message_from(row: Row) -> Message:
    values = list(row)
    values[_PRIVATE] = bool(values[_PRIVATE])
    return MESSAGES.of(values)


def conversation_row(value: Conversation) -> dict[str, Any]:
    """A conversation's columns, by name."""
    return dict(zip(CONVERSATIONS.names, CONVERSATIONS.values(value), strict=True))


def message_row(value: Message) -> dict[str, Any]:
    """A message's columns, by name."""
    return dict(zip(MESSAGES.names, MESSAGES.values(value), strict=True))


def every_column(table: Table, kind: type) -> list[Any]:
    """The table's columns in the order of the value's fields."""
    return [table.c[field.name] for field in fields(kind)]


ALL_CONVERSATION = every_column(conversations, Conversation)
ALL_MESSAGE = every_column(messages, Message)

INSERT_CONVERSATION = Statement(
    insert_of(conversations, tuple(name for name in CONVERSATIONS.names if name != "number")).returning(
        conversations.c.number
    )
)
UPDATE_CONVERSATION = UpdateByKey(conversations, "number")
INSERT_MESSAGE = Statement(insert_of(messages, MESSAGES.names))
UPDATE_MESSAGE = UpdateByKey(messages, "id")

GET_CONVERSATION = Statement(select(*ALL_CONVERSATION).where(conversations.c.id == bindparam("id")))
LOCK_CONVERSATION = Statement(
    select(*ALL_CONVERSATION).where(conversations.c.id == bindparam("id")).with_for_update(key_share=True)
)
_any = conversations.alias("of_theirs")
_newest = (
    select(_any.c.number).where(_any.c.identity_id == bindparam("identity_id")).order_by(_any.c.number.desc()).limit(1)
)
# an open one before any that is closed, each found by walking the index from its end
LOCK_NEWEST = Statement(
    select(*ALL_CONVERSATION)
    .where(
        conversations.c.number
        == func.coalesce(_newest.where(_any.c.status != "resolved").scalar_subquery(), _newest.scalar_subquery())
    )
    .with_for_update(key_share=True)
)
LOCK_NEWEST_OPEN = Statement(
    select(*ALL_CONVERSATION)
    .where(conversations.c.identity_id == bindparam("identity_id"), conversations.c.status != "resolved")
    .order_by(conversations.c.number.desc())
    .limit(1)
    .with_for_update(key_share=True)
)
LOCK_THREAD = Statement(
    select(*ALL_CONVERSATION)
    .where(conversations.c.inbox_id == bindparam("inbox_id"), conversations.c.thread_key == bindparam("thread_key"))
    .order_by(conversations.c.number.desc())
    .limit(1)
    .with_for_update(key_share=True)
)
GET_MESSAGE = Statement(select(*ALL_MESSAGE).where(messages.c.id == bindparam("id")))
BY_CLIENT_ID = Statement(
    select(*ALL_MESSAGE).where(
        messages.c.inbox_id == bindparam("inbox_id"),
        messages.c.sender == bindparam("sender"),
        messages.c.client_id == bindparam("client_id"),
    )
)
BY_EXTERNAL_ID = Statement(
    select(*ALL_MESSAGE).where(
        messages.c.inbox_id == bindparam("inbox_id"), messages.c.external_id == bindparam("external_id")
    )
)
VISITOR_MESSAGES_AFTER = Statement(
    select(*ALL_MESSAGE)
    .where(
        messages.c.conversation_id == bindparam("conversation_id"),
        messages.c.seq > bindparam("seq"),
        messages.c.author_kind == "visitor",
    )
    .order_by(messages.c.seq)
    .limit(bindparam("limit"))
)
UNREAD_BY_VISITOR = Statement(
    select(messages.c.id)
    .where(
        messages.c.conversation_id == bindparam("conversation_id"),
        messages.c.seq > bindparam("seq"),
        messages.c.author_kind != "visitor",
        messages.c.kind != "event",
    )
    .limit(100)
)
CLAIM_TURN = Statement(
    update(conversations)
    .where(
        conversations.c.id == bindparam("id"),
        conversations.c.turn_due_at <= bindparam("now"),
        or_(conversations.c.turn_leased_until.is_(None), conversations.c.turn_leased_until < bindparam("now")),
    )
    .values(turn_token=conversations.c.turn_token + 1, turn_leased_until=bindparam("until"))
    .returning(*ALL_CONVERSATION)
)
TURNS_DUE = Statement(
    select(conversations.c.id)
    .where(
        and_(
            conversations.c.turn_due_at.is_not(None),
            conversations.c.turn_due_at <= bindparam("now"),
            or_(conversations.c.turn_leased_until.is_(None), conversations.c.turn_leased_until < bindparam("now")),
        )
    )
    .order_by(conversations.c.turn_due_at)
    .limit(bindparam("limit"))
)
