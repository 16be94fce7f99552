"""The queue: what waits is offered while somebody has a seat for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.rig.history import Evidence, Finding

OFFERED_WITHIN_MS = 10_000

Span = tuple[int, int]


@dataclass(slots=True)
class _Item:
    conversation_id: str
    since: int
    idle: list[Span] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)


def offered(evidence: Evidence) -> Iterator[Finding]:
    """6: nothing in line is without a live offer for over 10 s while an agent who is there has a free seat.

    An agent who has let an item pass is not asked again, and counts no more for it. Agents are the ones whose
    seats are known; all of them may take everything.
    """
    free = _free_seats(evidence)
    for item in _items(evidence):
        for begin, end in item.idle:
            if evidence.up_ms(begin, end) <= OFFERED_WITHIN_MS:
                continue
            for agent_id, spans in free.items():
                waited = [span for span in _overlap([(begin, end)], spans) if _long(evidence, span)]
                if waited and agent_id not in item.tried:
                    yield Finding(
                        6,
                        f"{item.conversation_id} was in line without an offer for {(end - begin) / 1000:.1f} s "
                        f"while {agent_id} had a seat",
                    )
                    break


def _long(evidence: Evidence, span: Span) -> bool:
    return evidence.up_ms(*span) > OFFERED_WITHIN_MS


def _items(evidence: Evidence) -> list[_Item]:
    """Every stay in the line, and the spans of it in which nobody was being asked."""
    live: dict[str, _Item] = {}
    done: list[_Item] = []
    last_at = max((fact.at for fact in evidence.facts), default=0)
    for fact in evidence.facts:
        key = fact.conversation_id or ""
        item = live.get(key)
        match fact.kind:
            case "queue_entered":
                live[key] = _Item(key, fact.at)
            case "offer_made" if item is not None:
                item.idle.append((item.since, fact.at))
            case "offer_ended" if item is not None:
                item.since = fact.at
                if fact.data["state"] in ("declined", "expired"):
                    item.tried.add(fact.data["agent_id"])
            case "queue_left" if item is not None:
                item.idle.append((item.since, fact.at))
                done.append(live.pop(key))
            case _:
                pass
    for item in live.values():
        item.idle.append((item.since, last_at))
    return [*done, *live.values()]


def _free_seats(evidence: Evidence) -> dict[str, list[Span]]:
    """When each agent was there with a seat to spare."""
    changes: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for fact in evidence.facts:
        if fact.kind == "status_changed":
            if fact.data["from_status"] == "assigned":
                changes[fact.data["from_assignee"]].append((fact.at, -1))
            if fact.data["to_status"] == "assigned":
                changes[fact.data["to_assignee"]].append((fact.at, 1))
        elif fact.kind in ("offer_made", "offer_ended"):
            changes[fact.data["agent_id"]].append((fact.at, 1 if fact.kind == "offer_made" else -1))
    last_at = max((fact.at for fact in evidence.facts), default=0)
    free: dict[str, list[Span]] = {}
    for agent_id, seats in evidence.seats.items():
        there = [(one.since, one.until) for one in evidence.history.there if one.agent_id == agent_id]
        spans: list[Span] = []
        used, since = 0, 0
        for at, change in [*changes[agent_id], (last_at, 0)]:
            if used < seats:
                spans.append((since, at))
            used, since = used + change, at
        free[agent_id] = _overlap(_joined(spans), there)
    return free


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans in order, those that touch made one."""
    joined: list[Span] = []
    for begin, end in spans:
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined


def _overlap(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    found = []
    for begin, end in some:
        for other_begin, other_end in others:
            if begin < other_end and other_begin < end:
                found.append((max(begin, other_begin), min(end, other_end)))
    return found
