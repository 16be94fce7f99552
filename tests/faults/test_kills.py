"""A server that is killed, again and again, loses nothing that it has acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.replay import Plan, Report, run
from tests.faults.troubles import kills
from tests.rig.house import ServedHouse

# servers are started again and again; on a busy machine each takes its time
pytestmark = pytest.mark.timeout(300)

MESSAGES, KILLS = 200, 3


async def killed(folder: Path, url: str) -> Report:
    return await run("kills", Plan(MESSAGES, at_once=30), ServedHouse(folder, url), kills(KILLS, MESSAGES, seed=1))


def check_all(report: Report) -> None:
    assert report.findings == [], "\n".join(report.lines())
    went_through = report.figures["what it went through"]
    assert isinstance(went_through, dict)
    assert sum(went_through.values()) == KILLS, report.lines()
    assert report.figures["messages acknowledged"] >= MESSAGES, report.lines()  # type: ignore[operator]


async def test_kills_on_sqlite_lose_double_and_reorder_nothing(tmp_path: Path) -> None:
    """Three kills in the middle of 200 messages: the checker finds nothing in what clients, rows and facts say."""
    check_all(await killed(tmp_path, f"sqlite:///{tmp_path / 'house.db'}"))


async def test_kills_on_postgresql_lose_double_and_reorder_nothing(tmp_path: Path, postgres_url: str) -> None:
    """The same on PostgreSQL."""
    check_all(await killed(tmp_path, postgres_url))
