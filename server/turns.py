"""What a visitor said in one turn of a conversation, found again from any message of it."""

import orjson
from sqlalchemy import bindparam, select

from conversations.errors import Invalid, NotFound
from conversations.model import Conversation, Message
from conversations.statements import ALL_MESSAGE, GET_MESSAGE, message_from
from conversations.store import Statement, Tx
from conversations.store.tables import messages
from handoff.agents import Agent
from intents.signals import detect
from server.http.conversations import seen

AROUND = 60
"""Messages looked at before the one named; a turn that is longer is cut off at its beginning."""

BEFORE = Statement(
    select(*ALL_MESSAGE)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq <= bindparam("seq"))
    .order_by(messages.c.seq.desc())
    .limit(AROUND)
)
AFTER = Statement(
    select(*ALL_MESSAGE)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq > bindparam("seq"))
    .order_by(messages.c.seq)
    .limit(AROUND)
)


def turn_of(tx: Tx, agent: Agent, message_id: str) -> tuple[Conversation, tuple[str, ...]]:
    """The conversation, and the visitor's texts that a bot's message answers, or among which a visitor's stands.

    What was picked instead of written is passed over, and so is small talk beside something else. Raises NotFound (also
    for a message that the agent may not see), Invalid for one of an agent, or where nothing was written.
    """
    row = tx.one(GET_MESSAGE, {"id": message_id})
    if row is None:
        raise NotFound("There is no such message.", field="message_id")
    message = message_from(row)
    try:
        conversation = seen(tx, agent, message.conversation_id)
    except NotFound:
        raise NotFound("There is no such message.", field="message_id") from None
    if message.seq is None or message.author_kind not in ("bot", "visitor"):
        raise Invalid("Name what the bot said, or what the visitor said before it.", field="message_id")
    texts = _texts(tx, message)
    if not texts:
        raise Invalid("The visitor wrote nothing here that the bot could learn from.", field="message_id")
    telling = tuple(text for text in texts if not _is_small_talk(text))
    return conversation, telling or texts


def _texts(tx: Tx, message: Message) -> tuple[str, ...]:
    where = {"conversation_id": message.conversation_id, "seq": message.seq}
    before = [message_from(row) for row in tx.all(BEFORE, where)]
    found: list[str] = []
    if message.author_kind == "visitor":
        for one in (message_from(row) for row in tx.all(AFTER, where)):
            if one.author_kind in ("bot", "agent"):
                break
            found += _written(one)
    else:
        before = before[1:]
    for one in before:
        if one.author_kind in ("bot", "agent") and found:
            break
        found[:0] = _written(one)
    return tuple(dict.fromkeys(found))


def _written(message: Message) -> list[str]:
    if message.author_kind != "visitor" or message.erased_at is not None or not message.text.strip():
        return []
    if message.content is not None and "choice" in orjson.loads(message.content):
        return []
    return [message.text.strip()]


def _is_small_talk(text: str) -> bool:
    signals = detect(text).signals
    return signals.greeting or signals.thanks or signals.goodbye or signals.opening
