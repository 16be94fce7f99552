"""A database that falls over and bad weather on the line cost time, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.replay import Plan, run
from tests.faults.troubles import bad_weather, database_falls
from tests.peers.postgres import Postgres
from tests.rig.house import ServedHouse
from tests.rig.relay import Relay

# servers are started again and again; on a busy machine each takes its time
pytestmark = pytest.mark.timeout(300)

MESSAGES = 180


async def test_a_database_that_falls_over_loses_nothing(tmp_path: Path) -> None:
    """PostgreSQL is killed twice while people talk: what was acknowledged is there, the rest is sent again."""
    with Postgres(durable=True) as postgres:
        async with postgres.database() as url:
            trouble = database_falls(postgres, 2, MESSAGES, seed=1)
            report = await run("falls", Plan(MESSAGES, at_once=24), ServedHouse(tmp_path, url), trouble)
    assert report.findings == [], "\n".join(report.lines())
    assert report.figures["what it went through"] == {"PostgreSQL": 2}


async def test_bad_weather_loses_nothing_and_everyone_ends_equal(tmp_path: Path) -> None:
    """Slow, thin, deaf, swallowing, cut and refused lines: each client ends with what a fresh reader sees."""
    house = ServedHouse(tmp_path, f"sqlite:///{tmp_path / 'house.db'}")
    async with Relay("127.0.0.1", house.port) as relay:
        trouble = bad_weather(relay, 6, MESSAGES, seed=1, longest_s=1.5)
        url = f"http://127.0.0.1:{relay.port}"
        report = await run("weather", Plan(MESSAGES, at_once=24), house, trouble, url=url)
    assert report.findings == [], "\n".join(report.lines())
    went_through = report.figures["what it went through"]
    assert isinstance(went_through, dict)
    assert sum(went_through.values()) == 6, report.lines()
