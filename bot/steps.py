"""The transactions of a turn: claim it, say what was decided, or note that it failed.

A lease says who tries; the token of the claim, the epoch, the status and `answered_seq` decide who speaks. So one set
of a visitor's messages has one answer, whoever works on it, and none once a person has taken over.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from bot.memory import Memory, keep, recall
from bot.policy import Clarify, Decision, Escalate, Stay
from bot.replies import Reply
from conversations.held import Held, hold
from conversations.hints import TurnDue
from conversations.inbox import TURN_LEASE_MS, line_of
from conversations.items import enter_queue
from conversations.model import Author, Conversation, Inbox, Message
from conversations.outbox import post as say
from conversations.statements import (
    CLAIM_TURN,
    GET_MESSAGE,
    VISITOR_MESSAGES_AFTER,
    conversation_from,
    message_from,
)
from conversations.store.port import Tx
from conversations.visitor import tell

LEASE_MS = TURN_LEASE_MS
# A claim that has waited this long for its worker is not worth beginning on.
STALE_MS = LEASE_MS // 2
MESSAGES_LIMIT = 50
FAILURES_LIMIT = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """What a turn has read: the conversation as it was claimed, what was said since the last answer, open choices.

    asked: the messages whose choices are open or were picked from, by id. upto: the seq up to which this answers.
    """

    conversation: Conversation
    messages: tuple[Message, ...]
    asked: dict[str, Message]
    upto: int


@dataclass(frozen=True, slots=True)
class Done:
    """How a turn ended. seq: of what was said; failures: so far, of the turn."""

    how: Literal["spoke", "stayed", "lost", "failed", "not_due"]
    seq: int | None = None
    failures: int = 0


def claim(tx: Tx, conversation_id: str) -> Reading | None:
    """Take a due turn under a lease, and read what it is about. None where it is not due, or somebody else's."""
    row = tx.one(CLAIM_TURN, {"id": conversation_id, "now": tx.now, "until": tx.now + LEASE_MS})
    return _read(tx, conversation_from(row)) if row is not None else None


def claimed(conversation: Conversation, message: Message) -> Reading:
    """What a turn reads that was claimed with the message that made it due, and by which alone it is due."""
    return Reading(conversation, (message,), {}, conversation.visitor_seq)


def with_asked(tx: Tx, reading: Reading) -> Reading:
    """The reading with the messages whose choices it needs."""
    return replace(reading, asked=_asked(tx, reading.conversation, reading.messages))


def is_stale(reading: Reading, now: int) -> bool:
    """Whether the claim is so old that it might run out before the answer is there. now: milliseconds UTC."""
    until = reading.conversation.turn_leased_until
    return until is None or now > until - (LEASE_MS - STALE_MS)


def needs_asked(reading: Reading) -> bool:
    """Whether choices are open, or were picked from."""
    return recall(reading.conversation.memory).clarify is not None or bool(picks(reading.messages))


def speak(
    tx: Tx, reading: Reading, inbox: Inbox, decision: Decision, reply: Reply | None, restart: bool
) -> Done | Reading:
    """Say what was decided, if the turn is still ours and nothing has changed since it was read.

    restart: where the visitor has written more meanwhile, read again instead: a new Reading under the same claim.
    """
    held = hold(tx, reading.conversation.id)
    tx.reach("turn.locked")
    now = held.conversation
    if not _unchanged(now, reading):
        return _lose(held, reading)
    if now.turn_leased_until is None or tx.now > now.turn_leased_until:
        return _note_failure(held, reading, "lease_lapsed")
    if restart and now.visitor_seq > reading.conversation.visitor_seq:
        held.change(turn_leased_until=tx.now + LEASE_MS)
        return _read(tx, held.save())
    done = _stay(held, reading, decision) if reply is None else _say(held, reading, inbox, decision, reply)
    tx.reach("turn.posted")
    return done


def fail(tx: Tx, reading: Reading, inbox: Inbox, cause: str, apology: Decision, reply: Reply | None) -> Done:
    """Count a failure of the turn; after the third a person is called, with a line that says so.

    apology: the escalation, and reply its words.
    """
    held = hold(tx, reading.conversation.id)
    if not _unchanged(held.conversation, reading):
        return _lose(held, reading)
    done = _note_failure(held, reading, cause)
    if done.failures < FAILURES_LIMIT:
        return done
    if held.conversation.status == "queued":
        return replace(_stay(held, reading, Stay(memory_of(reading))), failures=done.failures)
    assert reply is not None
    return replace(_say(held, reading, inbox, apology, reply), failures=done.failures)


def let_go(tx: Tx, reading: Reading) -> Done:
    """End a turn that the bot may not take: nothing is due any more."""
    held = hold(tx, reading.conversation.id)
    if not _unchanged(held.conversation, reading):
        return _lose(held, reading)
    return _stay(held, reading, Stay(memory_of(reading)))


def memory_of(reading: Reading) -> Memory:
    """What is remembered of the conversation, at its epoch."""
    return recall(reading.conversation.memory).at(reading.conversation.epoch)


def _read(tx: Tx, conversation: Conversation) -> Reading:
    memory = recall(conversation.memory)
    after = conversation.answered_seq
    if conversation.status == "queued":
        after = max(after, memory.heard_seq)
    where = {"conversation_id": conversation.id, "seq": after, "limit": MESSAGES_LIMIT}
    messages = tuple(message_from(row) for row in tx.all(VISITOR_MESSAGES_AFTER, where))
    full = len(messages) == MESSAGES_LIMIT
    upto = (messages[-1].seq or 0) if full else conversation.visitor_seq
    return Reading(conversation, messages, _asked(tx, conversation, messages), max(upto, conversation.answered_seq))


def _asked(tx: Tx, conversation: Conversation, messages: tuple[Message, ...]) -> dict[str, Message]:
    open_now = recall(conversation.memory).clarify
    found: dict[str, Message] = {}
    for message_id in {*picks(messages).values(), *((open_now,) if open_now else ())}:
        row = tx.one(GET_MESSAGE, {"id": message_id})
        if row is not None:
            found[message_id] = message_from(row)
    return found


def picks(messages: tuple[Message, ...]) -> dict[str, str]:
    """The id of each message that is a picked choice, with the id of the message it was picked from."""
    found: dict[str, str] = {}
    for message in messages:
        if message.content is not None:
            choice = orjson.loads(message.content).get("choice")
            if choice is not None:
                found[message.id] = choice["message_id"]
    return found


def _unchanged(now: Conversation, reading: Reading) -> bool:
    was = reading.conversation
    return (
        now.turn_token == was.turn_token
        and now.epoch == was.epoch
        and now.status == was.status
        and now.answered_seq == was.answered_seq
        and now.memory == was.memory  # a rating that counts came in between
    )


def _lose(held: Held, reading: Reading) -> Done:
    """Say nothing; where the claim is still ours, leave it to whoever comes next."""
    now = held.conversation
    if now.turn_token == reading.conversation.turn_token and now.turn_leased_until is not None:
        held.change(turn_leased_until=None)
        held.save()
        if now.turn_due_at is not None:
            held.hint(TurnDue(now.id))
    return Done("lost")


def _note_failure(held: Held, reading: Reading, cause: str) -> Done:
    failures = held.conversation.turn_failures + 1
    held.change(turn_failures=failures, turn_leased_until=None)
    held.fact("turn_failed", Author("bot"), cause=cause, failures=failures, upto=reading.upto)
    held.save()
    return Done("failed", failures=failures)


def _ended(held: Held, reading: Reading) -> dict[str, Any]:
    """The columns of a turn that is over; due again where the visitor has written more meanwhile."""
    more = held.conversation.visitor_seq > reading.upto
    if more:
        held.hint(TurnDue(held.conversation.id))
    return {"turn_due_at": held.tx.now if more else None, "turn_leased_until": None, "turn_failures": 0}


def _stay(held: Held, reading: Reading, decision: Decision) -> Done:
    ended = _ended(held, reading)
    if held.conversation.status == "queued":
        # what a guest did not answer stays unanswered: whoever gets the chat next sees it so
        ended["memory"] = keep(replace(decision.memory, heard_seq=reading.upto))
    else:
        ended["answered_seq"] = reading.upto
    held.change(**ended)
    held.fact("turn_stayed", Author("bot"), upto=reading.upto)
    held.save()
    return Done("stayed")


def _say(held: Held, reading: Reading, inbox: Inbox, decision: Decision, reply: Reply) -> Done:
    now, bot = held.conversation, Author("bot", inbox.bot_id)
    columns = {**_ended(held, reading), "answered_seq": reading.upto}
    if now.status == "bot" and now.visitor_seq <= reading.upto and not isinstance(decision, Escalate):
        columns |= {"waiting_on": "visitor", "waiting_since": None}
    kept = keep(decision.memory)
    if kept != now.memory:
        columns["memory"] = kept
    message = say(
        held,
        bot,
        reply.text,
        kind=reply.kind,
        content=reply.content,
        understanding=reply.understanding,
        columns=columns,
        data={"answers": (now.answered_seq, reading.upto)},
    )
    if isinstance(decision, Clarify):
        held.change(memory=keep(replace(decision.memory, clarify=message.id)))
    if isinstance(decision, Escalate):
        to_person(held, inbox, decision, bot)
    held.save()
    return Done("spoke", message.seq)


def to_person(held: Held, inbox: Inbox, decision: Escalate, bot: Author) -> None:
    """Put the conversation in line for a person, and tell the visitor so."""
    now = held.conversation
    if decision.reason == "asked":
        held.fact("person_requested", Author("visitor", now.identity_id), reason=None, in_words=True)
    columns: dict[str, Any] = {}
    topic = decision.topic or next(iter(decision.answers), None)
    if topic is not None and topic.category is not None and now.category is None:
        columns["category"] = topic.category
    enter_queue(
        held,
        "escalate",
        bot,
        reason=decision.reason,
        team_id=line_of(now, inbox),
        preferred_agent_id=now.preferred_agent_id,
        columns=columns,
    )
    tell(held, "queue.entered")
