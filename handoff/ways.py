"""The ways to get help right now: each team that a visitor may ask for, who is there, how long it takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import queue_items
from handoff import teams
from handoff.line import candidates
from handoff.presence import GRACE_MS
from handoff.routing import Candidate, Requirement, fits
from handoff.waiting import LOOK_BACK_MS, TAKEN, gaps_of, wait_range

IN_LINE = Statement(
    select(queue_items.c.team_id, func.count())
    .where(
        queue_items.c.workspace_id == bindparam("workspace_id"),
        queue_items.c.kind == "chat",
        queue_items.c.state == "live",
    )
    .group_by(queue_items.c.team_id)
)


@dataclass(frozen=True, slots=True)
class Way:
    """A chat with people. team_id, name: None where it is whoever is there.

    online: who could take it, seats aside. wait_s: (low, high) seconds for one who asks now, 80 times of 100; None
    when nobody is there.
    """

    team_id: str | None
    name: str | None
    online: int
    wait_s: tuple[int, int] | None

    @property
    def is_open(self) -> bool:
        return self.online > 0


def ways(tx: Tx, workspace_id: str, team_ids: Sequence[str | None]) -> list[Way]:
    """How it stands with each of these teams, in this order; those that are no more are left out."""
    named = {one.id: one.name for one in teams.listed(tx, workspace_id)}
    there = candidates(tx, workspace_id, grace_ms=GRACE_MS)
    waiting: dict[str | None, int] = {row[0]: row[1] for row in tx.all(IN_LINE, {"workspace_id": workspace_id})}
    gaps = gaps_of(tx.all(TAKEN, {"workspace_id": workspace_id, "after": tx.now - LOOK_BACK_MS}))
    return [
        _way(team_id, named.get(team_id) if team_id else None, there, waiting.get(team_id, 0), gaps.get(team_id, ()))
        for team_id in team_ids
        if team_id is None or team_id in named
    ]


def _way(
    team_id: str | None, name: str | None, there: Sequence[Candidate], waiting: int, gaps_ms: Sequence[int]
) -> Way:
    able = [one for one in there if fits(Requirement(team_id), one)]
    free = sum(max(one.seats - one.used, 0) for one in able)
    seats = sum(one.seats for one in able)
    return Way(team_id, name, len(able), wait_range(waiting + 1, free, seats, gaps_ms))
