"""What tests of the desk may ask for."""

from __future__ import annotations

import pytest

from tests.handoff.desk import Desk, opened
from tests.store.engines import Database, database, sqlite, sqlite_template

__all__ = ["database", "sqlite", "sqlite_template"]


@pytest.fixture
async def desk(database: Database) -> Desk:
    """A desk on each engine: a workspace with a bot and a website inbox, a clock that stands still, nobody there."""
    return await opened(database)


@pytest.fixture
async def small_desk(sqlite: Database) -> Desk:
    """The same on SQLite alone, for what no engine could do otherwise."""
    return await opened(sqlite)
