"""What a visitor in line is told: their place, how long it may take, and the truth when nobody is there."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import bindparam, select, update

from conversations.store.port import Tx
from conversations.store.statement import Row, Statement
from conversations.store.tables import conversations, queue_items
from conversations.visitor import tell
from handoff.line import Kind, candidates, kinds, still_waiting
from handoff.locks import lock_conversations
from handoff.presence import GRACE_MS
from handoff.routing import Candidate, Requirement, fits

LINE_MOST = 5_000
LOOK_BACK_MS = 2 * 3_600_000
TAKEN_MOST = 200
GAPS_LEAST, GAPS_MOST = 3, 30
HANDLING_MS = 600_000
"""How long a chat takes a person, until enough of them have been seen today."""
AT_ONCE_S = (0, 60)
LONGEST_S = 86_400
_SPREAD = 1.28  # of a normal distribution: 80 of 100 waits lie between

LINE = Statement(
    select(
        queue_items.c.conversation_id,
        conversations.c.identity_id,
        queue_items.c.team_id,
        queue_items.c.tier,
        queue_items.c.required_skills,
        queue_items.c.waiting_since,
    )
    .join(conversations, conversations.c.id == queue_items.c.conversation_id)
    .where(
        queue_items.c.workspace_id == bindparam("workspace_id"),
        queue_items.c.kind == "chat",
        queue_items.c.state == "live",
    )
    .order_by(queue_items.c.priority.desc(), queue_items.c.waiting_since, queue_items.c.id)
    .limit(LINE_MOST)
)
TAKEN = Statement(
    select(queue_items.c.team_id, queue_items.c.created_at, queue_items.c.closed_at)
    .where(
        queue_items.c.workspace_id == bindparam("workspace_id"),
        queue_items.c.state == "taken",
        queue_items.c.closed_at > bindparam("after"),
    )
    .order_by(queue_items.c.closed_at.desc())
    .limit(TAKEN_MOST)
)
UNTOLD = Statement(
    select(queue_items.c.conversation_id, queue_items.c.preferred_agent_id)
    .where(
        queue_items.c.workspace_id == bindparam("workspace_id"),
        queue_items.c.kind == "chat",
        queue_items.c.state == "live",
        queue_items.c.team_id.is_not_distinct_from(bindparam("team_id")),
        queue_items.c.tier == bindparam("tier"),
        queue_items.c.required_skills == bindparam("skills"),
        queue_items.c.absence_told_at.is_(None),
    )
    .order_by(queue_items.c.waiting_since, queue_items.c.id)
    .limit(bindparam("limit"))
)
SET_TOLD = Statement(
    update(queue_items)
    .where(queue_items.c.id == bindparam("id_"), queue_items.c.absence_told_at.is_(None))
    .values(absence_told_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visitor stands: position from 1 in the line of their team, seconds waited so far.

    wait_s: (low, high) seconds until a person comes, 80 times of 100; None when nobody is there.
    """

    position: int
    wait_s: tuple[int, int] | None
    identity_id: str
    waited_s: int


def line(tx: Tx, workspace_id: str) -> dict[str, Place]:
    """The place of each conversation in line, by its id; the first 5,000."""
    rows = tx.all(LINE, {"workspace_id": workspace_id})
    if not rows:
        return {}
    there = candidates(tx, workspace_id, grace_ms=GRACE_MS)
    gaps = gaps_of(tx.all(TAKEN, {"workspace_id": workspace_id, "after": tx.now - LOOK_BACK_MS}))
    positions: dict[str | None, int] = {}
    desks: dict[tuple[str | None, int, str], tuple[int, int]] = {}
    places: dict[str, Place] = {}
    for conversation_id, identity_id, team_id, tier, skills, waiting_since in rows:
        position = positions[team_id] = positions.get(team_id, 0) + 1
        asked = (team_id, tier, skills)
        if asked not in desks:
            desks[asked] = _desks(Kind.of(*asked).requirement, there)
        free, seats = desks[asked]
        wait_s = wait_range(position, free, seats, gaps.get(team_id, ()))
        places[conversation_id] = Place(position, wait_s, identity_id, max(tx.now - waiting_since, 0) // 1000)
    return places


def wait_range(position: int, free: int, seats: int, gaps_ms: Sequence[int]) -> tuple[int, int] | None:
    """(low, high) seconds until somebody at this place gets a person; None when no seat is there at all.

    free, seats: of the agents who are there for this line. gaps_ms: between the latest accepts while others
    waited: how fast seats came free. As many must come free as stand before, less the free ones; taken as
    independent of one another, their sum spreads as its square root. Without enough gaps it rests on ten
    minutes a chat, and spreads twice as far.
    """
    if seats <= 0:
        return None
    needed = position - free
    if needed <= 0:
        return AT_ONCE_S
    seen = len(gaps_ms) >= GAPS_LEAST
    gap_s = (sum(gaps_ms) / len(gaps_ms) if seen else HANDLING_MS / seats) / 1000
    spread = _SPREAD * math.sqrt(needed) * (1 if seen else 2)
    low, high = gap_s * max(needed - spread, 0), gap_s * (needed + spread)
    low_s = int(min(low, LONGEST_S) // 30 * 30)
    high_s = max(math.ceil(min(high, LONGEST_S) / 30) * 30, low_s + 30, AT_ONCE_S[1])
    return low_s, high_s


def gaps_of(taken: Sequence[Row]) -> Mapping[str | None, Sequence[int]]:
    """For each team, the milliseconds between accepts while somebody waited, the latest of them.

    taken: (team_id, created_at, closed_at) of items that were taken. One that was taken within a minute met a
    free seat and says nothing of how long it takes until one is.
    """
    by_team: dict[str | None, list[tuple[int, int]]] = {}
    for team_id, created_at, closed_at in taken:
        by_team.setdefault(team_id, []).append((closed_at, created_at))
    gaps: dict[str | None, list[int]] = {}
    for team_id, times in by_team.items():
        times.sort()
        gaps[team_id] = [
            closed - max(before, created)
            for (before, _), (closed, created) in pairwise(times)
            if closed - created > 60_000
        ][-GAPS_MOST:]
    return gaps


def tell_nobody_there(tx: Tx, workspace_id: str, limit: int = 50) -> int:
    """Tell those in line, once each, that nobody who could take their chat is there; how many were told.

    Called where `offer_next` is. A chat whose lock somebody else has is told the next time.
    """
    there = candidates(tx, workspace_id, grace_ms=GRACE_MS)
    present = {one.agent_id for one in there}
    untold: list[str] = []
    for kind in kinds(tx, workspace_id):
        if any(fits(kind.requirement, one) for one in there):
            continue
        where = {
            "workspace_id": workspace_id,
            "team_id": kind.requirement.team_id,
            "tier": kind.requirement.tier,
            "skills": kind.skills_text,
            "limit": limit - len(untold),
        }
        untold += [row[0] for row in tx.all(UNTOLD, where) if row[1] not in present]
        if len(untold) >= limit:
            break
    helds = lock_conversations(tx, untold)
    told = 0
    for item in still_waiting(tx, helds):
        if tx.run(SET_TOLD, {"id_": item.id, "now": tx.now}) == 1:
            held = helds[item.conversation_id]
            tell(held, "queue.nobody_there")
            held.save()
            told += 1
    return told


def _desks(requirement: Requirement, there: Sequence[Candidate]) -> tuple[int, int]:
    """(free seats, seats) of those who are there for such a chat."""
    able = [one for one in there if fits(requirement, one)]
    return sum(max(one.seats - one.used, 0) for one in able), sum(one.seats for one in able)
