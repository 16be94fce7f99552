"""A conversation as its facts alone tell it: the oracle for `facts are complete`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from conversations.facts import Fact
from conversations.model import Conversation


@dataclass(frozen=True, slots=True)
class State:
    """What replaying facts gives. item_id: of the live chat item; offer_id: of the live offer."""

    status: str = "bot"
    assignee_id: str | None = None
    resolution: str | None = None
    epoch: int = 1
    agent_rev: int = 0
    last_seq: int = 0
    visitor_seq: int = 0
    answered_seq: int = 0
    read_visitor: int = 0
    read_us: int = 0
    delivered_visitor: int = 0
    team_id: str | None = None
    tier: int = 1
    category: str | None = None
    item_id: str | None = None
    offer_id: str | None = None


IN_ROW = tuple(name for name in State.__dataclass_fields__ if name not in ("item_id", "offer_id"))
"""The fields that the conversation's row has, too."""


def replay(facts: Iterable[Fact]) -> dict[str, State]:
    """The state of each conversation, by id, after these facts. facts: in the order of their ids."""
    states: dict[str, State] = {}
    for fact in facts:
        if fact.conversation_id is not None:
            states[fact.conversation_id] = after(states.get(fact.conversation_id, State()), fact)
    return states


def of_row(conversation: Conversation, item_id: str | None = None, offer_id: str | None = None) -> State:
    """The same, as the rows tell it."""
    return State(**{name: getattr(conversation, name) for name in IN_ROW}, item_id=item_id, offer_id=offer_id)


def after(state: State, fact: Fact) -> State:
    """The state after one more fact."""
    if fact.rev is not None:
        state = replace(state, agent_rev=fact.rev)
    data = fact.data
    match fact.kind:
        case "message_received":
            return replace(state, last_seq=data["seq"], visitor_seq=data["seq"])
        case "message_posted":
            known = {name: data[name] for name in ("answered_seq", "read_us") if name in data}
            return replace(state, last_seq=state.last_seq if data["seq"] is None else data["seq"], **known)
        case "turn_stayed":
            return state if state.status == "queued" else replace(state, answered_seq=data["upto"])
        case "read" if data["side"] == "visitor":
            delivered = data.get("delivered", state.delivered_visitor)
            return replace(state, read_visitor=data["seq"], delivered_visitor=delivered)
        case "read":
            return replace(state, read_us=data["seq"])
        case "status_changed":
            return replace(
                state,
                status=data["to_status"],
                assignee_id=data["to_assignee"],
                resolution=data.get("resolution"),
                epoch=fact.epoch or 0,
                team_id=data["team"],
                tier=data["tier"],
                category=data["category"],
            )
        case "conversation_updated":
            return replace(state, category=data.get("category", state.category))
        case "queue_entered":
            return replace(state, item_id=data["item_id"])
        case "queue_left":
            return replace(state, item_id=None)
        case "offer_made":
            return replace(state, offer_id=data["offer_id"])
        case "offer_ended":
            return replace(state, offer_id=None)
        case _:
            return state
