"""What tests of channels may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conversations.store import NoPoints
from tests.channels.house import Clock, Desk, FarEnd, far_end
from tests.peers.migrated import lay_migrated, migrated_database
from tests.peers.postgres import Postgres


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database of each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{lay_migrated(tmp_path / 'desk.sqlite3')}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        async with migrated_database(postgres) as url:
            yield url


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with far_end() as far:
        yield far


@pytest.fixture
async def desk(database: str, clock: Clock, far: FarEnd) -> AsyncIterator[Desk]:
    """A desk whose `api` inbox sends to `far`."""
    desk = Desk(database, clock, NoPoints())
    await desk.open()
    await desk.seed(far.url)
    try:
        yield desk
    finally:
        await desk.close()
        await desk.caller.close()
