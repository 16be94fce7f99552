"""Putting a conversation aside: snooze it, wake it, resolve it."""

from dataclasses import asdict, dataclass
from typing import Any

from conversations import work
from conversations.errors import Invalid
from conversations.hints import RoutingDue
from conversations.items import leave_queue
from conversations.lifecycle import after
from conversations.model import Conversation
from conversations.store.port import Tx
from conversations.visitor import tell
from conversations.words import storable
from handoff import seats
from handoff.desk.grasp import begin, grasp
from handoff.events import tell_agents

SNOOZE_MOST_MS = 366 * 86_400_000
WRAP_UP_LIMIT = 200
WAKE = "wake"


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What a chat was about and how it ended, in the words of whoever closes it."""

    category: str | None = None
    cause: str | None = None
    outcome: str | None = None


def snooze(tx: Tx, agent_id: str, conversation_id: str, epoch: int, until: int | None = None) -> Conversation:
    """Put a conversation aside until a moment, or until its visitor writes; its seat is free meanwhile.

    until: milliseconds UTC, in the future, within a year. Raises Invalid, NotFound, Conflict, Forbidden,
    IllegalTransition.
    """
    mine, done = begin(tx, agent_id, conversation_id, "snooze", {"until": until})
    held, agent = mine.held, mine.agent
    if done:
        return held.conversation
    mine.at_epoch(epoch)
    mine.may_decide()
    if until is not None and not tx.now < until <= tx.now + SNOOZE_MOST_MS:
        raise Invalid("until is a moment in the future, within a year.", field="until")
    after(held.conversation.status, "snooze")
    holder = held.conversation.assignee_id or agent.id
    held.move(
        "snooze",
        agent.author,
        assignee_id=holder,
        columns={"snoozed_until": until},
        command="snooze",
        target={"until": until},
    )
    tell_agents(mine.held, "desk.snoozed", by=agent.name)
    held.hint(RoutingDue(agent.workspace_id))
    conversation = held.save()
    if until is not None:
        work.schedule(tx, WAKE, conversation_id, until)
    return conversation


def wake(tx: Tx, agent_id: str, conversation_id: str, epoch: int) -> Conversation:
    """Take a snoozed conversation up again: it needs a seat of whoever has it.

    Raises NotFound, Conflict, Forbidden, IllegalTransition, Capacity.
    """
    mine = grasp(tx, agent_id, conversation_id)
    held, agent = mine.held, mine.agent
    if held.conversation.status == "assigned" and mine.is_mine():
        return held.conversation
    mine.at_epoch(epoch)
    after(held.conversation.status, "wake")
    if not mine.is_mine():
        agent.require("conversation.take_over_from_agent")
    seats.take(held, agent)
    held.move("wake", agent.author, assignee_id=agent.id, command="wake")
    tell_agents(mine.held, "desk.woken", by=agent.name)
    conversation = held.save()
    work.cancel(tx, WAKE, conversation_id)
    return conversation


def resolve(tx: Tx, agent_id: str, conversation_id: str, epoch: int, wrap_up: WrapUp | None = None) -> Conversation:
    """Close a conversation. The visitor may reopen it by writing, within the inbox's time.

    Raises Invalid, NotFound, Conflict, Forbidden, IllegalTransition.
    """
    mine, done = begin(tx, agent_id, conversation_id, "resolve")
    held, agent = mine.held, mine.agent
    if done:
        return held.conversation
    mine.at_epoch(epoch)
    mine.may_decide()
    after(held.conversation.status, "resolve")
    wrapped = _checked(wrap_up)
    was = held.conversation
    if was.status == "queued":
        leave_queue(held, agent.author, taken=False, reason="resolved")
    columns: dict[str, Any] = {"waiting_on": "visitor", "waiting_since": None, "preferred_agent_id": was.assignee_id}
    if wrapped.get("category"):
        columns["category"] = wrapped["category"]
    tell(held, "conversation.resolved")
    held.move("resolve", agent.author, resolution="agent", columns=columns, command="resolve", wrap_up=wrapped or None)
    held.hint(RoutingDue(was.workspace_id))
    conversation = held.save()
    if was.status == "snoozed":
        work.cancel(tx, WAKE, conversation_id)
    return conversation


def _checked(wrap_up: WrapUp | None) -> dict[str, str]:
    if wrap_up is None:
        return {}
    given = {name: storable(value).strip() for name, value in asdict(wrap_up).items() if value}
    for name, value in given.items():
        if len(value) > WRAP_UP_LIMIT:
            raise Invalid(f"{name} has at most {WRAP_UP_LIMIT} characters.", field=f"wrap_up.{name}")
    return given
