"""Who gets a chat: pure. Longest waiting first, to whom it was promised or whose desk is emptiest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Why = Literal["preferred", "least_load", "again"]

RETRY_MS = 5_000
"""How long after saying no, or nothing, an agent is left alone with the same chat, even if nobody else is free."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a chat asks of whoever takes it: a team (None: any), a tier at least, and every one of the skills."""

    team_id: str | None = None
    tier: int = 1
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """A chat that waits. Moments in milliseconds UTC.

    tried: who had it or was offered it, and when; they come after everybody else.
    """

    id: str
    conversation_id: str
    requirement: Requirement
    waiting_since: int
    priority: int = 0
    preferred_agent_id: str | None = None
    tried: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is online and connected. used: chats that are not idle, and open offers."""

    agent_id: str
    seats: int
    used: int
    team_ids: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    tier: int = 1
    last_offered_at: int | None = None

    @property
    def is_free(self) -> bool:
        return self.used < self.seats


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is offered a chat, and why. used, seats: theirs before it; among: how many could have taken it."""

    agent_id: str
    why: Why
    used: int
    seats: int
    among: int


def rank(item: Item) -> tuple[int, int, str]:
    """The order of the line: higher priority, then longer waiting."""
    return -item.priority, item.waiting_since, item.id


def fits(requirement: Requirement, candidate: Candidate) -> bool:
    """Whether an agent may be offered such a chat, seats aside."""
    return (
        (requirement.team_id is None or requirement.team_id in candidate.team_ids)
        and candidate.tier >= requirement.tier
        and requirement.skills <= candidate.skills
    )


def choose_agent(item: Item, candidates: Iterable[Candidate], now: int) -> Choice | None:
    """The agent to offer a chat to, or None when nobody may have it now.

    The preferred agent first, if they have a seat; else the least loaded by share of seats, then who was
    offered something longest ago. Whoever was tried comes last, the earliest tried first, and not at once.
    """
    tried = item.tried or {}
    free = [
        one
        for one in candidates
        if one.is_free and (fits(item.requirement, one) or one.agent_id == item.preferred_agent_id)
    ]
    fresh = [one for one in free if one.agent_id not in tried]
    again = [one for one in free if one.agent_id in tried and now - tried[one.agent_id] >= RETRY_MS]
    why: Why = "least_load"
    preferred = [one for one in fresh if one.agent_id == item.preferred_agent_id]
    if preferred:
        best, why = preferred[0], "preferred"
    elif fresh:
        best = min(fresh, key=_emptiest)
    elif again:
        best, why = min(again, key=lambda one: (tried[one.agent_id], _emptiest(one))), "again"
    else:
        return None
    return Choice(best.agent_id, why, best.used, best.seats, len(fresh) + len(again))


def plan(items: Sequence[Item], candidates: Iterable[Candidate], now: int) -> list[tuple[Item, Choice]]:
    """Offers for as many of the items as seats allow, in the order of the line; each offer takes its seat."""
    desks = {one.agent_id: one for one in candidates}
    made: list[tuple[Item, Choice]] = []
    for item in sorted(items, key=rank):
        choice = choose_agent(item, desks.values(), now)
        if choice is None:
            continue
        chosen = desks[choice.agent_id]
        desks[choice.agent_id] = replace(chosen, used=chosen.used + 1, last_offered_at=now)
        made.append((item, choice))
    return made


def _emptiest(one: Candidate) -> tuple[float, int, str]:
    offered = one.last_offered_at if one.last_offered_at is not None else -1
    return one.used / one.seats, offered, one.agent_id
