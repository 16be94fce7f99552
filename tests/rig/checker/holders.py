"""Who holds a conversation: one at a time, each change at its epoch, nobody beyond their seats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from conversations.facts import Fact
from tests.rig.history import Evidence, Finding

HELD = ("assigned", "snoozed")


@dataclass(slots=True)
class Replayed:
    """A conversation as its facts tell it so far."""

    status: str = "bot"
    assignee: str | None = None
    epoch: int = 1
    item: str | None = None


@dataclass(slots=True)
class _Seats:
    """What fills each agent's seats: chats assigned to them, and offers that live."""

    chats: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    offers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def used(self, agent_id: str) -> int:
        return len(self.chats[agent_id]) + len(self.offers[agent_id])


def holders(evidence: Evidence) -> Iterator[Finding]:
    """5, 6 and 17: replaying the facts meets one owner at every instant, and ends at the rows."""
    replayed: dict[str, Replayed] = defaultdict(Replayed)
    seats = _Seats()
    for fact in evidence.facts:
        if fact.conversation_id is None:
            continue
        now = replayed[fact.conversation_id]
        match fact.kind:
            case "status_changed":
                yield from _moved(fact, now)
                seats.chats[str(fact.data["from_assignee"])].discard(fact.conversation_id)
                if now.status == "assigned":
                    seats.chats[str(now.assignee)].add(fact.conversation_id)
                    yield from _too_many(evidence, seats, str(now.assignee), fact)
            case "queue_entered":
                if now.item is not None or now.status != "queued":
                    yield Finding(6, f"{fact.conversation_id}: a second queue item, or one while {now.status}")
                now.item = fact.data["item_id"]
            case "queue_left":
                if now.item != fact.data["item_id"]:
                    yield Finding(6, f"{fact.conversation_id}: {fact.data['item_id']} left, {now.item} was in line")
                now.item = None
            case "offer_made":
                if now.status != "queued":
                    yield Finding(6, f"{fact.conversation_id}: offered while {now.status}")
                seats.offers[fact.data["agent_id"]].add(fact.data["offer_id"])
                yield from _too_many(evidence, seats, fact.data["agent_id"], fact)
            case "offer_ended":
                seats.offers[fact.data["agent_id"]].discard(fact.data["offer_id"])
            case _ if fact.epoch != now.epoch and fact.kind != "conversation_started":
                yield Finding(5, f"{fact.conversation_id}: {fact.kind} under epoch {fact.epoch}, it was {now.epoch}")
            case _:
                pass
    yield from _end(evidence, replayed)


def _moved(fact: Fact, now: Replayed) -> Iterator[Finding]:
    data, key = fact.data, fact.conversation_id
    if (data["from_status"], data["from_assignee"]) != (now.status, now.assignee):
        yield Finding(
            5,
            f"{key}: fact {fact.id} leaves {data['from_status']} of {data['from_assignee']}, "
            f"but it was {now.status} of {now.assignee}",
        )
    if fact.epoch != now.epoch + 1:
        yield Finding(5, f"{key}: epoch {fact.epoch} follows {now.epoch}")
    if now.item is not None:
        yield Finding(6, f"{key}: {data['move']} while {now.item} is still in line")
        now.item = None
    now.status, now.assignee, now.epoch = data["to_status"], data["to_assignee"], fact.epoch or 0
    if (now.assignee is not None) != (now.status in HELD):
        yield Finding(6, f"{key}: {now.status} with assignee {now.assignee}")


def _too_many(evidence: Evidence, seats: _Seats, agent_id: str, fact: Fact) -> Iterator[Finding]:
    has = evidence.seats.get(agent_id)
    if has is not None and seats.used(agent_id) > has:
        yield Finding(5, f"{agent_id} fills {seats.used(agent_id)} of {has} seats at fact {fact.id} ({fact.kind})")


def _end(evidence: Evidence, replayed: dict[str, Replayed]) -> Iterator[Finding]:
    for row in evidence.standing:
        now = replayed[row.id]
        if (row.status, row.assignee_id, row.epoch) != (now.status, now.assignee, now.epoch):
            yield Finding(
                17,
                f"{row.id} is {row.status} of {row.assignee_id} at epoch {row.epoch}, but its facts say "
                f"{now.status} of {now.assignee} at {now.epoch}",
            )
        if (now.item is not None) != (now.status == "queued"):
            yield Finding(6, f"{row.id} is {now.status} with item {now.item}")
