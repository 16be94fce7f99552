"""Reading for one audience: what changed since a rev, what came before a seq, who follows what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, select

from conversations.errors import Invalid, NotFound
from conversations.model import Audience, Conversation, Message
from conversations.statements import (
    ALL_CONVERSATION,
    ALL_MESSAGE,
    GET_CONVERSATION,
    conversation_from,
    message_from,
)
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import contacts, conversations, messages

PAGE_LIMIT = 200
FIRST_PAGE = 50

_REV = {"visitor": messages.c.visitor_rev, "agent": messages.c.agent_rev}
_newer = messages.alias("newer")
_SEEN = {"visitor": messages.c.seq.is_not(None), "agent": messages.c.made_rev > 0}

CHANGED = {
    audience: Statement(
        select(*ALL_MESSAGE)
        .where(messages.c.conversation_id == bindparam("conversation_id"), _REV[audience] > bindparam("rev"), seen)
        .order_by(_REV[audience])
        .limit(bindparam("limit"))
    )
    for audience, seen in _SEEN.items()
}
NEWEST = {
    audience: Statement(
        select(*ALL_MESSAGE)
        .where(messages.c.conversation_id == bindparam("conversation_id"), seen)
        .order_by(messages.c.made_rev.desc())
        .limit(bindparam("limit"))
    )
    for audience, seen in _SEEN.items()
}
BEFORE_SEQ = Statement(
    select(*ALL_MESSAGE)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq < bindparam("seq"))
    .order_by(messages.c.seq.desc())
    .limit(bindparam("limit"))
)
BEFORE_MADE = Statement(
    select(*ALL_MESSAGE)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.made_rev < bindparam("made_rev"))
    .order_by(messages.c.made_rev.desc())
    .limit(bindparam("limit"))
)
MADE_AT_SEQ = Statement(
    select(messages.c.made_rev).where(
        messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq == bindparam("seq")
    )
)
NEWEST_OPEN = Statement(
    select(*ALL_CONVERSATION)
    .where(conversations.c.identity_id == bindparam("identity_id"), conversations.c.status != "resolved")
    .order_by(conversations.c.number.desc())
    .limit(1)
)
OF_VISITOR = Statement(
    select(*ALL_CONVERSATION)
    .where(conversations.c.identity_id == bindparam("identity_id"), conversations.c.number < bindparam("before"))
    .order_by(conversations.c.number.desc())
    .limit(bindparam("limit"))
)
CONTACT = Statement(
    select(
        contacts.c.id, contacts.c.name, contacts.c.email, contacts.c.phone, contacts.c.attributes, contacts.c.verified
    ).where(contacts.c.id == bindparam("id"))
)
REVS = select(conversations.c.id, conversations.c.visitor_rev, conversations.c.agent_rev).where(
    conversations.c.id.in_(bindparam("ids", expanding=True))
)
LAST_MESSAGES = select(*ALL_MESSAGE).where(
    and_(
        messages.c.conversation_id.in_(bindparam("ids", expanding=True)),
        messages.c.made_rev
        == (
            # lists tell what somebody said to somebody, not what the house announced after it
            select(_newer.c.made_rev)
            .where(
                _newer.c.conversation_id == messages.c.conversation_id,
                _newer.c.author_kind != "system",
                _newer.c.private.is_(False),
            )
            .order_by(_newer.c.made_rev.desc())
            .limit(1)
            .scalar_subquery()
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Page:
    """A conversation and some of its messages, oldest first. more: there are further ones that way."""

    conversation: Conversation
    messages: tuple[Message, ...]
    rev: int
    more: bool


def get(tx: Tx, conversation_id: str) -> Conversation:
    """Raises NotFound."""
    row = tx.one(GET_CONVERSATION, {"id": conversation_id})
    if row is None:
        raise NotFound("There is no such conversation.", field="conversation_id")
    return conversation_from(row)


def get_own(tx: Tx, identity_id: str, conversation_id: str) -> Conversation:
    """A visitor's own conversation. Raises NotFound, also for somebody else's."""
    conversation = get(tx, conversation_id)
    if conversation.identity_id != identity_id:
        raise NotFound("There is no such conversation of yours.", field="conversation_id")
    return conversation


def changes_after(tx: Tx, conversation: Conversation, audience: Audience, rev: int, limit: int = PAGE_LIMIT) -> Page:
    """What an audience has not seen since a rev: the conversation as it is, and each changed message.

    Messages come in the order of their last change. With `more`, ask again from `rev`: it is that of the
    last message given, and the conversation's own only when nothing is left. Raises Invalid.
    """
    limit = bounded(limit)
    if rev < 0 or rev > conversation.rev(audience):
        raise Invalid(f"The conversation's rev is {conversation.rev(audience)}.", field="rev")
    rows = tx.all(CHANGED[audience], {"conversation_id": conversation.id, "rev": rev, "limit": limit + 1})
    found = tuple(message_from(row) for row in rows[:limit])
    more = len(rows) > limit
    if more:
        last = found[-1]
        reached = last.visitor_rev if audience == "visitor" else last.agent_rev
        assert reached is not None
    else:
        reached = conversation.rev(audience)
    return Page(conversation, found, reached, more)


def newest(tx: Tx, conversation: Conversation, audience: Audience, limit: int = FIRST_PAGE) -> Page:
    """The conversation with its newest messages, oldest of them first."""
    rows = tx.all(NEWEST[audience], {"conversation_id": conversation.id, "limit": limit + 1})
    found = tuple(message_from(row) for row in reversed(rows[:limit]))
    return Page(conversation, found, conversation.rev(audience), len(rows) > limit)


def opened(tx: Tx, conversation: Conversation, audience: Audience, rev: int | None) -> Page:
    """What a reader who comes (back) needs: what changed since their rev, or the newest page."""
    if rev is None or rev > conversation.rev(audience) or rev < 0:
        return newest(tx, conversation, audience)
    return changes_after(tx, conversation, audience, rev)


def messages_before(tx: Tx, conversation: Conversation, audience: Audience, seq: int, limit: int = FIRST_PAGE) -> Page:
    """Older messages, those before a seq; agents also get the private ones among them. Raises Invalid."""
    limit = bounded(limit)
    if seq < 1:
        raise Invalid("seq is a whole number from 1.", field="seq")
    where: dict[str, Any] = {"conversation_id": conversation.id, "limit": limit + 1}
    if audience == "visitor":
        rows = tx.all(BEFORE_SEQ, {**where, "seq": seq})
    else:
        made = tx.one(MADE_AT_SEQ, {"conversation_id": conversation.id, "seq": seq})
        rows = tx.all(BEFORE_MADE, {**where, "made_rev": made[0] if made else conversation.agent_rev + 1})
    found = tuple(message_from(row) for row in reversed(rows[:limit]))
    return Page(conversation, found, conversation.rev(audience), len(rows) > limit)


def newest_open(tx: Tx, identity_id: str) -> Conversation | None:
    row = tx.one(NEWEST_OPEN, {"identity_id": identity_id})
    return conversation_from(row) if row is not None else None


def of_visitor(tx: Tx, identity_id: str, before: int | None, limit: int = FIRST_PAGE) -> list[Conversation]:
    """A visitor's conversations, newest first, those numbered below `before`."""
    rows = tx.all(OF_VISITOR, {"identity_id": identity_id, "before": before or 1 << 62, "limit": bounded(limit)})
    return [conversation_from(row) for row in rows]


def revs_of(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(rev for visitors, rev for agents) of each conversation; at most some hundred ids at once."""
    return {row[0]: (row[1], row[2]) for row in tx.all(REVS, {"ids": list(ids)})} if ids else {}


def bounded(limit: int) -> int:
    """Raises Invalid outside 1 to 200."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid(f"limit is a whole number from 1 to {PAGE_LIMIT}.", field="limit")
    return limit
