"""Houses to call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.http.desk import Desk, opened_desk
from tests.peers.migrated import migrated_database
from tests.peers.postgres import Postgres


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A house on the embedded database."""
    async with opened_desk(tmp_path) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A house on each engine."""
    if request.param == "sqlite":
        async with opened_desk(tmp_path) as opened:
            yield opened
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    async with migrated_database(postgres) as url, opened_desk(tmp_path, url) as opened:
        yield opened
