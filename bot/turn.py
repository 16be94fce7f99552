"""The bot's turn: read what the visitor said, understand it, decide, and answer it once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import orjson
import structlog

from bot import policy, steps
from bot.hearing import Heard, Picked, Ref, Topic, Topics
from bot.policy import Decision, Escalate, Standing
from bot.replies import NONE_OF_THESE, compose, meaning
from bot.steps import Done, Reading
from bot.topics import TopicBook
from conversations.errors import NotFound
from conversations.inbox import bot_may_answer
from conversations.model import TEXT_LIMIT, Inbox, Message
from conversations.store import Points, Store, StoreError
from intents.understanding import Understanding

log = structlog.get_logger(__name__)

UNDERSTANDING_S = 2.0
RESTARTS = 2


class LeaseLapsed(Exception):
    """The turn took so long, again and again, that its claim ran out each time."""


class Understander(Protocol):
    """Makes an Understanding of a text, off the event loop."""

    async def understand(self, bot_id: str, text: str, locale: str | None) -> Understanding: ...


@dataclass(frozen=True, slots=True)
class TurnDesk:
    """What a turn needs of the house.

    inbox_of: an inbox by its id; raises NotFound. understanding_s: how long a turn waits to understand.
    """

    store: Store
    understander: Understander
    topics: TopicBook
    inbox_of: Callable[[str], Inbox]
    points: Points
    understanding_s: float = UNDERSTANDING_S


async def take_turn(desk: TurnDesk, conversation_id: str, claimed: Reading | None = None) -> Done:
    """Answer what the visitor has said since the last answer, if that is due and nobody else is at it.

    claimed: what is to be read, where the turn was claimed with the message already. Nothing is said once the
    conversation changed hands. A failure is counted, and the third brings a person. Raises StoreError where the
    database cannot take it: the turn then stays due.
    """
    reading = await _claim(desk, conversation_id, claimed)
    if reading is None:
        return Done("not_due")
    inbox = _inbox(desk, reading)
    if inbox is None or (reading.conversation.status == "queued" and not bot_may_answer(inbox, reading.conversation)):
        return await desk.store.write(steps.let_go, reading)
    try:
        return await _answer(desk, inbox, reading)
    except StoreError:
        raise
    except Exception as error:
        return await _failed(desk, inbox, reading, error)


async def _claim(desk: TurnDesk, conversation_id: str, claimed: Reading | None) -> Reading | None:
    if claimed is None or steps.is_stale(claimed, desk.store.now()):
        return await desk.store.write(steps.claim, conversation_id)
    if steps.needs_asked(claimed):
        return await desk.store.read(steps.with_asked, claimed)
    return claimed


async def _answer(desk: TurnDesk, inbox: Inbox, reading: Reading) -> Done:
    restarts = RESTARTS
    while True:
        await desk.points.pause("turn.read")
        async with asyncio.timeout(desk.understanding_s):
            decision = await _decide(desk, inbox, reading)
        reply = compose(decision, reading.conversation.locale or inbox.rules.locale, inbox.rules.words)
        await desk.points.pause("turn.decided")
        done = await desk.store.write(steps.speak, reading, inbox, decision, reply, restarts > 0)
        if isinstance(done, Reading):
            reading, restarts = done, restarts - 1
            continue
        if done.how == "failed" and done.failures >= steps.FAILURES_LIMIT:
            raise LeaseLapsed
        return done


async def _failed(desk: TurnDesk, inbox: Inbox, reading: Reading, error: Exception) -> Done:
    conversation = reading.conversation
    cause = type(error).__name__
    log.warning(
        "turn.failed", conversation_id=conversation.id, seq=reading.upto, cause=cause, exc_info=error,
        failures=conversation.turn_failures + 1,
    )  # fmt: skip
    apology = Escalate("bot_failed", None, steps.memory_of(reading))
    reply = compose(apology, conversation.locale or inbox.rules.locale, inbox.rules.words)
    return await desk.store.write(steps.fail, reading, inbox, cause, apology, reply)


def _inbox(desk: TurnDesk, reading: Reading) -> Inbox | None:
    try:
        return desk.inbox_of(reading.conversation.inbox_id)
    except NotFound:
        return None


async def _decide(desk: TurnDesk, inbox: Inbox, reading: Reading) -> Decision:
    conversation = reading.conversation
    memory = steps.memory_of(reading)
    if inbox.bot_id is None:
        return Escalate("no_bot", None, memory)
    topics = await desk.topics.of(inbox.bot_id)
    offers = {key: _offer(message) for key, message in reading.asked.items()}
    offered = offers.get(memory.clarify or "", _NO_OFFER)
    texts, picked = _said(reading.messages, offers, offered, topics)
    said, whole = await _understood(desk, inbox.bot_id, texts, conversation.locale or inbox.rules.locale)
    heard = Heard(
        said=said,
        whole=whole,
        picked=picked,
        offered=tuple(offered.refs),
        files=any(not message.text for message in reading.messages if message.erased_at is None),
    )
    standing = Standing(
        guest=conversation.status == "queued",
        rules=inbox.rules,
        # of a new conversation after an earlier one it is who had that
        known=conversation.preferred_agent_id is not None and conversation.previous_id is None,
    )
    return policy.decide(heard, memory, standing, topics)


async def _understood(
    desk: TurnDesk, bot_id: str, texts: list[str], locale: str
) -> tuple[tuple[Understanding, ...], Understanding | None]:
    understand = desk.understander.understand
    if not texts:
        return (), None
    if len(texts) == 1:
        return (await understand(bot_id, texts[0], locale),), None
    together = "\n".join(texts)[:TEXT_LIMIT]
    *said, whole = await asyncio.gather(*(understand(bot_id, text, locale) for text in (*texts, together)))
    return tuple(said), whole


@dataclass(frozen=True, slots=True)
class _Offer:
    """The choices of a message: what each value means, and the words by which one may be named instead of picked."""

    means: Mapping[str, Ref | None]
    words: Mapping[str, str]

    @property
    def refs(self) -> list[Ref]:
        return [ref for ref in self.means.values() if ref is not None]


_NO_OFFER = _Offer({}, {})
_ORDINALS = {
    value: tuple(word for stem in line.split("|") for word in (stem, f"the {stem}", f"the {stem} one", f"{stem} one"))
    + tuple(other.split("|"))
    for value, line, other in (
        ("1", "first|1st|one", "das erste|die erste|der erste|erstens|la primera|el primero|le premier|la premiere"),
        ("2", "second|2nd|two", "das zweite|die zweite|der zweite|la segunda|el segundo|le deuxieme|la deuxieme"),
        (
            "3",
            "third|3rd|three|last",
            "das dritte|die dritte|der dritte|la tercera|el tercero|le troisieme|la troisieme",
        ),
    )
}
_NONE = tuple(
    "none|none of them|none of those|none of these|neither|neither of them|keins davon|keine davon".split("|")
)


def _offer(message: Message) -> _Offer:
    content = orjson.loads(message.content or "{}")
    means: dict[str, Ref | None] = {value: meaning(content, value) for value in content.get("means", ())}
    if not means:
        return _NO_OFFER
    words = {value.casefold(): value for value in means}
    words |= {word: value for value in means for word in _ORDINALS.get(value, ())}
    words |= {_plain(choice["title"]): choice["value"] for choice in content["choices"]}
    words |= dict.fromkeys((_plain(content["none_title"]), *_NONE), NONE_OF_THESE)
    means[NONE_OF_THESE] = None
    return _Offer(means, words)


def _said(
    messages: tuple[Message, ...], offers: Mapping[str, _Offer], offered: _Offer, topics: Topics
) -> tuple[list[str], Picked | None]:
    """The texts to understand, and the last choice taken: by its button, or by its number or title in words."""
    texts: list[str] = []
    picked: Picked | None = None
    buttons = steps.picks(messages)
    for message in messages:
        if not message.text or message.erased_at is not None:
            continue
        offer, value = offered, offered.words.get(_plain(message.text))
        if message.id in buttons:
            offer = offers.get(buttons[message.id], _NO_OFFER)
            value = orjson.loads(message.content or "{}")["choice"]["value"]
        if value is None or value not in offer.means:
            texts.append(message.text)
            continue
        ref = offer.means[value]
        topic: Topic | None = topics.get(ref) if ref is not None else None
        if ref is not None and topic is None:
            texts.append(message.text)  # what was offered is no more: its title says what was meant
        else:
            picked = Picked(topic)
    return texts, picked


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .,!?:;")
