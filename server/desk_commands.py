"""The desk's commands by their names on the wire: what each takes, and the function that does it.

The socket and HTTP both read this table, so that a command is the same by either way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conversations.errors import Invalid
from conversations.model import Conversation
from conversations.store import Tx
from handoff.desk import claiming, closing, labelling, passing
from handoff.desk.closing import WrapUp
from server.realtime import payloads
from server.realtime.payloads import Payload


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """do(tx, agent_id, payload) in one transaction; the conversation as it then is."""

    payload: type[Payload]
    do: Callable[[Tx, str, Any], Conversation]


def moment(text: str | None, field: str) -> int | None:
    """Milliseconds UTC of an ISO 8601 moment that names its offset. Raises Invalid."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is None:
            raise ValueError
        return int(parsed.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Invalid(
            f"{field} is a moment in ISO 8601 with its offset, such as 2026-05-01T08:00:00Z.", field=field
        ) from None


def _accept(tx: Tx, agent_id: str, given: payloads.Accept) -> Conversation:
    return claiming.accept(tx, agent_id, given.conversation_id, given.epoch, given.offer_id)


def _take_over(tx: Tx, agent_id: str, given: payloads.AtEpoch) -> Conversation:
    return claiming.take_over(tx, agent_id, given.conversation_id, given.epoch)


def _assign(tx: Tx, agent_id: str, given: payloads.Assign) -> Conversation:
    return claiming.assign(tx, agent_id, given.conversation_id, given.epoch, given.agent_id)


def _transfer(tx: Tx, agent_id: str, given: payloads.Transfer) -> Conversation:
    to = given.to
    return passing.transfer(
        tx,
        agent_id,
        given.conversation_id,
        given.epoch,
        to_agent_id=to.agent_id,
        to_team_id=to.team_id,
        to_tier=to.tier,
        note=given.note,
    )


def _release(tx: Tx, agent_id: str, given: payloads.AtEpoch) -> Conversation:
    return passing.release(tx, agent_id, given.conversation_id, given.epoch)


def _hand_back(tx: Tx, agent_id: str, given: payloads.HandBack) -> Conversation:
    return passing.hand_back(tx, agent_id, given.conversation_id, given.epoch, note=given.note)


def _snooze(tx: Tx, agent_id: str, given: payloads.Snooze) -> Conversation:
    return closing.snooze(tx, agent_id, given.conversation_id, given.epoch, moment(given.until, "until"))


def _wake(tx: Tx, agent_id: str, given: payloads.AtEpoch) -> Conversation:
    return closing.wake(tx, agent_id, given.conversation_id, given.epoch)


def _resolve(tx: Tx, agent_id: str, given: payloads.Resolve) -> Conversation:
    wrap_up = WrapUp(given.wrap_up.category, given.wrap_up.cause, given.wrap_up.outcome) if given.wrap_up else None
    return closing.resolve(tx, agent_id, given.conversation_id, given.epoch, wrap_up)


def _update(tx: Tx, agent_id: str, given: payloads.Update) -> Conversation:
    return labelling.update(
        tx, agent_id, given.conversation_id, category=given.category, priority=given.priority, labels=given.labels
    )


DESK_COMMANDS: Mapping[str, DeskCommand] = {
    "conversation.accept": DeskCommand(payloads.Accept, _accept),
    "conversation.take_over": DeskCommand(payloads.AtEpoch, _take_over),
    "conversation.assign": DeskCommand(payloads.Assign, _assign),
    "conversation.transfer": DeskCommand(payloads.Transfer, _transfer),
    "conversation.release": DeskCommand(payloads.AtEpoch, _release),
    "conversation.hand_back": DeskCommand(payloads.HandBack, _hand_back),
    "conversation.snooze": DeskCommand(payloads.Snooze, _snooze),
    "conversation.wake": DeskCommand(payloads.AtEpoch, _wake),
    "conversation.resolve": DeskCommand(payloads.Resolve, _resolve),
    "conversation.update": DeskCommand(payloads.Update, _update),
}
