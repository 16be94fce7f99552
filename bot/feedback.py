"""Was this helpful? What a visitor says of an answer, and what follows from a no."""

from dataclasses import replace

import orjson
from sqlalchemy import bindparam, select

from bot.memory import keep, recall
from bot.policy import Escalate, unhelpful
from bot.steps import to_person
from conversations.errors import Invalid, NotFound, TooLarge
from conversations.held import Held
from conversations.model import Author, Conversation, Inbox, Message
from conversations.statements import GET_MESSAGE, message_from
from conversations.store import Statement, Tx
from conversations.store.tables import messages
from conversations.visitor import COMMENT_LIMIT, hold_own, tell
from conversations.words import storable

_WHERE = Statement(select(messages.c.conversation_id).where(messages.c.id == bindparam("id")))


def rate(
    tx: Tx, inbox: Inbox, identity_id: str, message_id: str, helpful: bool, comment: str | None = None
) -> Conversation:
    """Note how a visitor rates an answer of the bot; the last rating counts, and the same again changes nothing.

    The first answer of a talk that did not help is met with an offer, the second with a person; either is part of the
    same change. The conversation as it then is. Raises NotFound (also for somebody else's), Invalid for a message that
    is no answer of the bot, TooLarge for a comment over 2,000 characters.
    """
    if comment is not None and len(comment) > COMMENT_LIMIT:
        raise TooLarge(f"The comment is longer than {COMMENT_LIMIT:,} characters. Shorten it.", field="comment")
    held, message = _own_answer(tx, identity_id, message_id)
    before = orjson.loads(message.rating) if message.rating is not None else {}
    comment = storable(comment).strip() or None if comment is not None else before.get("comment")
    if before.get("helpful") is helpful and before.get("comment") == comment:
        return held.conversation
    rating = orjson.dumps({"helpful": helpful, "comment": comment, "at": tx.now}).decode()
    visitor = Author("visitor", identity_id)
    held.amend(message, "message_rated", visitor, {"rating": rating}, helpful=helpful, before=before.get("helpful"))
    if before.get("helpful") is not helpful:
        _draw_consequences(held, inbox, helpful, before.get("helpful"))
    return held.save()


def _own_answer(tx: Tx, identity_id: str, message_id: str) -> tuple[Held, Message]:
    where = tx.one(_WHERE, {"id": message_id})
    if where is None:
        raise NotFound("There is no such message of yours.", field="message_id")
    try:
        held = hold_own(tx, identity_id, where[0])
    except NotFound:
        raise NotFound("There is no such message of yours.", field="message_id") from None
    row = tx.one(GET_MESSAGE, {"id": message_id})
    message = message_from(row) if row is not None else None
    if message is None or message.private:
        raise NotFound("There is no such message of yours.", field="message_id")
    if message.author_kind != "bot":
        raise Invalid("Only the bot's answers can be rated.", field="message_id")
    return held, message


def _draw_consequences(held: Held, inbox: Inbox, helpful: bool, before: bool | None) -> None:
    now = held.conversation
    memory = recall(now.memory).at(now.epoch)
    if helpful:
        if before is False and memory.unhelpful:
            held.change(memory=keep(replace(memory, unhelpful=memory.unhelpful - 1)))
        return
    if now.status != "bot":
        return
    decision = unhelpful(memory)
    held.change(memory=keep(decision.memory))
    if isinstance(decision, Escalate):
        to_person(held, inbox, decision, Author("bot", inbox.bot_id))
    else:
        # the house's line, not the bot's: what the bot says answers what the visitor said, and nothing was said here
        tell(held, "feedback.unhelpful")
