"""What tests of conversations may ask for."""

from __future__ import annotations

import pytest

from tests.conversations.desk import Desk
from tests.store.engines import Database, database, postgresql, sqlite, sqlite_template

__all__ = ["database", "postgresql", "sqlite", "sqlite_template"]


@pytest.fixture
async def desk(database: Database) -> Desk:
    """A desk on each engine."""
    return await Desk.open(database)


@pytest.fixture
async def on_sqlite(sqlite: Database) -> Desk:
    return await Desk.open(sqlite)


@pytest.fixture
async def on_postgresql(postgresql: Database) -> Desk:
    return await Desk.open(postgresql)
