"""What may follow what: pure tables for conversations, offers and deliveries."""

from collections.abc import Mapping
from typing import Literal

from conversations.errors import IllegalTransition
from conversations.model import DeliveryState, OfferState, Status

Move = Literal[
    "escalate",
    "accept",
    "take_over",
    "assign",
    "transfer",
    "requeue",
    "release",
    "hand_back",
    "snooze",
    "wake",
    "wake_to_queue",
    "resolve",
    "reopen",
    "reopen_to_queue",
]

AFTER: Mapping[tuple[Status, Move], Status] = {
    ("bot", "escalate"): "queued",
    ("bot", "take_over"): "assigned",
    ("bot", "assign"): "assigned",
    ("bot", "snooze"): "snoozed",
    ("bot", "resolve"): "resolved",
    ("queued", "accept"): "assigned",
    ("queued", "take_over"): "assigned",
    ("queued", "assign"): "assigned",
    ("queued", "hand_back"): "bot",
    ("queued", "resolve"): "resolved",
    ("assigned", "release"): "queued",
    ("assigned", "requeue"): "queued",
    ("assigned", "take_over"): "assigned",
    ("assigned", "assign"): "assigned",
    ("assigned", "transfer"): "assigned",
    ("assigned", "hand_back"): "bot",
    ("assigned", "snooze"): "snoozed",
    ("assigned", "resolve"): "resolved",
    ("snoozed", "wake"): "assigned",
    ("snoozed", "wake_to_queue"): "queued",
    ("snoozed", "resolve"): "resolved",
    ("resolved", "reopen"): "bot",
    ("resolved", "reopen_to_queue"): "queued",
}

OFFER_AFTER: Mapping[OfferState, frozenset[OfferState]] = {
    "offered": frozenset({"accepted", "declined", "expired", "withdrawn"}),
    "accepted": frozenset(),
    "declined": frozenset(),
    "expired": frozenset(),
    "withdrawn": frozenset(),
}

DELIVERY_ORDER: tuple[DeliveryState, ...] = ("queued", "sent", "delivered", "read")

_WORDS: Mapping[Status, str] = {
    "bot": "with the bot",
    "queued": "in the queue",
    "assigned": "with an agent",
    "snoozed": "snoozed",
    "resolved": "resolved",
}


def after(status: Status, move: Move) -> Status:
    """The status that a move leads to. Raises IllegalTransition where the table has none."""
    try:
        return AFTER[status, move]
    except KeyError:
        raise IllegalTransition(
            f"This conversation is {_WORDS[status]}: {move.replace('_', ' ')} is not possible now.",
            field="conversation_id",
        ) from None


def held_by_agent(status: Status) -> bool:
    """Whether this status has an assignee: exactly `assigned` and `snoozed`."""
    return status in ("assigned", "snoozed")


def delivery_after(state: DeliveryState, reported: DeliveryState) -> DeliveryState:
    """The state after a channel's report: only forward. `failed` is final, and never follows a success."""
    if state == "failed":
        return state
    if reported == "failed":
        return "failed" if state in ("queued", "sent") else state
    return max(state, reported, key=DELIVERY_ORDER.index)
