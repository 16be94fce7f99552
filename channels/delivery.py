"""What is due to be sent, and what became of it: rows claimed under a lease, finished under the claim's token.

Within a conversation the oldest unfinished message is sent first, and none overtakes it; a dead letter lets the next
one go. States move only forward. Each function is one transaction, `fn(tx, ...)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import and_, bindparam, or_, select, update

from channels.base import Account, DeliveryReport, Failed, Outcome, RetryLater, Sent
from conversations import visitor
from conversations.errors import IllegalTransition, NotFound
from conversations.held import Held, hold
from conversations.hints import DeliveryDue
from conversations.lifecycle import delivery_after
from conversations.model import SYSTEM, Author, Conversation, DeliveryState, Message
from conversations.statements import GET_CONVERSATION, GET_MESSAGE, conversation_from, message_from
from conversations.store import Statement, Tx
from conversations.store.statement import Row
from conversations.store.tables import conversations, deliveries, identities, inboxes, messages
from conversations.words import storable

LEASE_MS = 30_000
ATTEMPTS = 8
WEB = "web"
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 1_800.0
_ERROR_LIMIT = 500

_d = deliveries.c
_older = deliveries.alias("older")
_open = and_(
    _d.due_at.is_not(None),
    _d.due_at <= bindparam("now"),
    or_(_d.leased_until.is_(None), _d.leased_until < bindparam("now")),
)

DUE = Statement(
    select(_d.conversation_id)
    .where(
        _open,
        ~select(_older.c.message_id)
        .where(
            _older.c.conversation_id == _d.conversation_id,
            _older.c.due_at.is_not(None),
            _older.c.made_rev < _d.made_rev,
        )
        .exists(),
    )
    .order_by(_d.due_at)
    .limit(bindparam("limit"))
)
HEAD = Statement(
    select(_d.message_id, _d.inbox_id)
    .where(_d.conversation_id == bindparam("conversation_id"), _d.due_at.is_not(None))
    .order_by(_d.made_rev)
    .limit(1)
)
CLAIM = Statement(
    update(deliveries)
    .where(_d.message_id == bindparam("message"), _open)
    .values(token=_d.token + 1, attempts=_d.attempts + 1, leased_until=bindparam("until"))
    .returning(_d.token, _d.attempts)
)
LOCK = Statement(
    select(_d.state, _d.token, _d.attempts, _d.external_id)
    .where(_d.message_id == bindparam("message_id"))
    .with_for_update()
)
SETTLE = Statement(
    update(deliveries)
    .where(_d.message_id == bindparam("message"))
    .values(
        state=bindparam("state"),
        due_at=bindparam("due_at"),
        leased_until=None,
        external_id=bindparam("external_id"),
        error=bindparam("error"),
        updated_at=bindparam("updated_at"),
    )
)
REPLAY = Statement(
    update(deliveries)
    .where(_d.message_id == bindparam("message"), _d.state == "failed")
    .values(
        state="queued",
        attempts=0,
        due_at=bindparam("due_at"),
        token=_d.token + 1,
        leased_until=None,
        error=None,
        updated_at=bindparam("updated_at"),
    )
)
OF_MESSAGE = Statement(select(_d.conversation_id).where(_d.message_id == bindparam("message_id")))
REPORTED = Statement(
    select(_d.message_id, _d.conversation_id)
    .where(
        _d.inbox_id == bindparam("inbox_id"),
        or_(_d.external_id == bindparam("external_id"), _d.message_id == bindparam("external_id")),
    )
    .order_by(_d.created_at.desc())
    .limit(1)
)
ACCOUNT = Statement(
    select(inboxes.c.id, inboxes.c.channel, inboxes.c.settings, inboxes.c.secrets, inboxes.c.archived_at).where(
        inboxes.c.id == bindparam("inbox_id")
    )
)
ADDRESS = Statement(select(identities.c.address).where(identities.c.id == bindparam("identity_id")))
LAST_HEARD = Statement(
    select(messages.c.created_at)
    .where(
        messages.c.conversation_id == bindparam("conversation_id"),
        messages.c.seq.is_not(None),
        messages.c.author_kind == "visitor",
    )
    .order_by(messages.c.seq.desc())
    .limit(1)
)
STATES = select(_d.message_id, _d.state, _d.attempts, _d.error, _d.due_at, _d.updated_at).where(
    _d.message_id.in_(bindparam("message_ids", expanding=True))
)
DEAD_LETTERS = Statement(
    select(_d.message_id, _d.conversation_id, _d.inbox_id, _d.attempts, _d.error, _d.updated_at)
    .join(conversations, conversations.c.id == _d.conversation_id)
    .where(
        conversations.c.workspace_id == bindparam("workspace_id"),
        _d.state == "failed",
        _d.updated_at < bindparam("before"),
    )
    .order_by(_d.updated_at.desc(), _d.message_id)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send until `leased_until` (milliseconds UTC), and all that sending needs.

    attempt: from 1. last_heard_at: when the visitor last wrote.
    """

    message: Message
    conversation: Conversation
    address: str
    account: Account
    archived: bool
    token: int
    attempt: int
    leased_until: int
    last_heard_at: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a message has come. next_at: when it is tried again, or first; None when nothing is due."""

    state: DeliveryState
    attempts: int
    error: str | None
    next_at: int | None
    updated_at: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up, and why; `replay_dead_letter` tries it again."""

    message_id: str
    conversation_id: str
    inbox_id: str
    attempts: int
    error: str | None
    failed_at: int


def pause_s(attempt: int, chance: float) -> float:
    """How long to wait after a failed attempt: 5 s, three times as long each time, at most half an hour.

    attempt: from 1; eight take about an hour. chance: from [0, 1); spreads the wait by a fifth either way.
    """
    return min(FIRST_PAUSE_S * 3.0 ** (attempt - 1), LONGEST_PAUSE_S) * (0.8 + 0.4 * chance)


# sending -------------------------------------------------------------------------------------


def due(tx: Tx, limit: int) -> list[str]:
    """Conversations whose oldest unfinished message is due, longest due first."""
    return [row[0] for row in tx.all(DUE, {"now": tx.now, "limit": limit})]


def inbox_of_next(tx: Tx, conversation_id: str) -> str | None:
    """The inbox of the next message in line; None where all are finished."""
    row = tx.one(HEAD, {"conversation_id": conversation_id})
    return row[1] if row is not None else None


def claim(tx: Tx, conversation_id: str, lease_ms: int = LEASE_MS) -> Claimed | None:
    """The next message in line, ours for a while; None where none is due or somebody else sends it.

    A claim counts as an attempt, so a message that ends the process that sends it is given up like any other.
    """
    head = tx.one(HEAD, {"conversation_id": conversation_id})
    if head is None:
        return None
    until = tx.now + lease_ms
    # rows of a conversation become visible in order, and a finished head matches no longer: no one can slip past it
    won = tx.one(CLAIM, {"message": head[0], "now": tx.now, "until": until})
    if won is None:
        return None
    said, where = tx.one(GET_MESSAGE, {"id": head[0]}), tx.one(GET_CONVERSATION, {"id": conversation_id})
    assert said is not None
    assert where is not None
    conversation = conversation_from(where)
    address = tx.one(ADDRESS, {"identity_id": conversation.identity_id})
    heard = tx.one(LAST_HEARD, {"conversation_id": conversation_id})
    account, archived = _account(tx, conversation.inbox_id)
    assert address is not None
    return Claimed(
        message=message_from(said),
        conversation=conversation,
        address=address[0],
        account=account,
        archived=archived,
        token=won[0],
        attempt=won[1],
        leased_until=until,
        last_heard_at=heard[0] if heard is not None else conversation.created_at,
    )


def settle(tx: Tx, claimed: Claimed, outcome: Outcome, pause_ms: int) -> bool:
    """Record what came of an attempt. False: the claim was lost, and whoever has it records.

    pause_ms: until the next attempt, where the outcome asks for one; the last attempt leaves a dead letter.
    """
    held = hold(tx, claimed.conversation.id)
    row = tx.one(LOCK, {"message_id": claimed.message.id})
    if row is None or row[1] != claimed.token:
        return False
    state, _, attempts, external_id = row
    match outcome:
        case Sent(named):
            _become(held, claimed.message.id, row, "sent", named=named)
        case RetryLater(why) if attempts < ATTEMPTS and state == "queued":
            due_at = tx.now + pause_ms
            _write(tx, claimed.message.id, state=state, due_at=due_at, external_id=external_id, error=why)
        case RetryLater(why) | Failed(why):
            _become(held, claimed.message.id, row, "failed", error=why)
    return True


# what comes back -----------------------------------------------------------------------------


def report(tx: Tx, inbox_id: str, told: DeliveryReport) -> DeliveryState:
    """Take in what the far end says of a message, by its name for it or by our id; the state it is in now.

    Only forward: an older or repeated report changes nothing. Raises NotFound.
    """
    row = tx.one(REPORTED, {"inbox_id": inbox_id, "external_id": told.external_id})
    if row is None:
        raise NotFound("No message was sent from this inbox under that id.", field="external_id")
    message_id, conversation_id = row
    held = hold(tx, conversation_id)
    row = tx.one(LOCK, {"message_id": message_id})
    assert row is not None
    was = row[0]
    now = _become(held, message_id, row, told.state, error=told.error)
    if now != was:
        _move_pointers(tx, held.conversation, message_id, now)
        tx.hint(DeliveryDue(conversation_id))
    return now


def replay_dead_letter(tx: Tx, message_id: str, by: Author = SYSTEM) -> None:
    """Begin again with a message that was given up: due now, with all its attempts before it.

    It goes before what was said later and is still in line. Raises NotFound, IllegalTransition.
    """
    row = tx.one(OF_MESSAGE, {"message_id": message_id})
    if row is None:
        raise NotFound("There is no such message to send.", field="message_id")
    held = hold(tx, row[0])
    if tx.run(REPLAY, {"message": message_id, "due_at": tx.now, "updated_at": tx.now}) == 0:
        raise IllegalTransition("This message has not failed; there is nothing to send again.", field="message_id")
    _tell(held, message_id, by, was="failed", now="queued", attempts=0, error=None)
    tx.hint(DeliveryDue(row[0]))


# showing -------------------------------------------------------------------------------------


def states(tx: Tx, message_ids: list[str]) -> dict[str, Delivery]:
    """How far each message has come; those of channels without deliveries are not in it."""
    if not message_ids:
        return {}
    return {row[0]: Delivery(*row[1:]) for row in tx.all(STATES, {"message_ids": message_ids})}


def sent_of(tx: Tx, conversation: Conversation, said: Sequence[Message]) -> dict[str, Delivery]:
    """How far each message of a conversation has come, by its id; empty for the web, which keeps no deliveries."""
    if conversation.channel == WEB:
        return {}
    return states(tx, [message.id for message in said if message.author_kind != "visitor" and message.seq is not None])


def dead_letters(tx: Tx, workspace_id: str, *, before: int | None = None, limit: int = 50) -> list[DeadLetter]:
    """A workspace's messages that were given up, latest first, those before a moment (milliseconds UTC)."""
    where = {"workspace_id": workspace_id, "before": before if before is not None else 1 << 62, "limit": limit}
    return [DeadLetter(*row) for row in tx.all(DEAD_LETTERS, where)]


def account_of(tx: Tx, inbox_id: str) -> Account:
    """An inbox as its channel needs it. Raises NotFound, also for an archived one."""
    account, archived = _account(tx, inbox_id)
    if archived:
        raise NotFound("There is no such inbox.", field="inbox")
    return account


def _account(tx: Tx, inbox_id: str) -> tuple[Account, bool]:
    row = tx.one(ACCOUNT, {"inbox_id": inbox_id})
    if row is None:
        raise NotFound("There is no such inbox.", field="inbox")
    return Account(row[0], row[1], orjson.loads(row[2]), orjson.loads(row[3])), row[4] is not None


# changing ------------------------------------------------------------------------------------


def _become(
    held: Held,
    message_id: str,
    row: Row,
    reported: DeliveryState,
    *,
    named: str | None = None,
    error: str | None = None,
) -> DeliveryState:
    """Move a delivery forward, if that is forward, and tell it in the conversation; the state it has then.

    row: of LOCK. named: the far end's name for the message, as just learned.
    """
    was, _, attempts, external_id = row
    now = delivery_after(was, reported)
    told = storable(error)[:_ERROR_LIMIT] if error is not None and now == "failed" else None
    if now != was or (named is not None and now != "failed"):
        _write(held.tx, message_id, state=now, due_at=None, external_id=named or external_id, error=told)
    if now != was:
        _tell(held, message_id, SYSTEM, was=was, now=now, attempts=attempts, error=told)
    return now


def _write(
    tx: Tx, message_id: str, *, state: DeliveryState, due_at: int | None, external_id: str | None, error: str | None
) -> None:
    tx.run(
        SETTLE,
        {
            "message": message_id,
            "state": state,
            "due_at": due_at,
            "external_id": external_id,
            "error": storable(error)[:_ERROR_LIMIT] if error is not None else None,
            "updated_at": tx.now,
        },
    )


def _tell(held: Held, message_id: str, by: Author, *, was: str, now: str, attempts: int, error: str | None) -> None:
    row = held.tx.one(GET_MESSAGE, {"id": message_id})
    assert row is not None
    data: dict[str, Any] = {"from": was, "to": now, "attempts": attempts}
    if error is not None:
        data["error"] = error
    held.amend(message_from(row), "delivery_changed", by, {}, **data)
    held.save()


def _move_pointers(tx: Tx, conversation: Conversation, message_id: str, state: DeliveryState) -> None:
    """What a channel says was read or delivered, the conversation's own pointers say too."""
    row = tx.one(GET_MESSAGE, {"id": message_id})
    seq = message_from(row).seq if row is not None else None
    if seq is None or state not in ("delivered", "read"):
        return
    read = max(seq, conversation.read_visitor) if state == "read" else conversation.read_visitor
    visitor.read(tx, conversation.identity_id, conversation.id, read, seq)
