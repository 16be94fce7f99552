"""The database behind one small face: transactions are plain functions, run by `await store.write(fn, ...)`."""

from pathlib import Path

from conversations.store.clock import Clock, system_clock
from conversations.store.migrate import migrate_postgres, migrate_sqlite
from conversations.store.port import (
    DatabaseIsNewer,
    Hints,
    NoPoints,
    OutcomeUnknown,
    Overloaded,
    Points,
    Store,
    StoreError,
    TookTooLong,
    Tx,
)
from conversations.store.postgres import PostgresStore
from conversations.store.sqlite import SqliteStore
from conversations.store.statement import Statement, UpdateByKey


async def open_store(
    url: str,
    *,
    on_hints: Hints | None = None,
    points: Points | None = None,
    clock: Clock = system_clock,
    migrate: bool = True,
) -> Store:
    """The started store of a database address: `sqlite:///path/file.db` or `postgresql://...`.

    Migrates it first. Raises DatabaseIsNewer; ValueError when the address names neither engine.
    """
    store: Store
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        if migrate:
            migrate_sqlite(path)
        store = SqliteStore(path, on_hints=on_hints, points=points, clock=clock)
    elif url.startswith(("postgresql://", "postgresql+asyncpg://")):
        if migrate:
            await migrate_postgres(url)
        store = PostgresStore(url, on_hints=on_hints, points=points, clock=clock)
    else:
        raise ValueError("DATABASE_URL must begin with sqlite:/// or postgresql://")
    await store.start()
    return store


__all__ = [
    "DatabaseIsNewer",
    "Hints",
    "NoPoints",
    "OutcomeUnknown",
    "Overloaded",
    "Points",
    "PostgresStore",
    "SqliteStore",
    "Statement",
    "Store",
    "StoreError",
    "TookTooLong",
    "Tx",
    "UpdateByKey",
    "open_store",
]
