"""Databases that are migrated already: a copy instead of the migrations, for the many tests that each begin a house."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from conversations.store.migrate import migrate_postgres, migrate_sqlite
from tests.peers.postgres import Postgres


@cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.sqlite3"
        migrate_sqlite(path)
        return path.read_bytes()


def lay_migrated(path: Path) -> Path:
    """Lay a migrated, empty SQLite file at a path, where none is: the path."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_file())
    return path


@asynccontextmanager
async def migrated_database(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a migrated, empty database."""
    async with postgres.database(await postgres.template("migrated", migrate_postgres)) as url:
        yield url
