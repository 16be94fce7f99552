"""Bring a database to this Frontdesk's shape, once, whoever comes first."""

import asyncio
import random
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from conversations.store.port import DatabaseIsNewer, Overloaded

LOCK = 7_016_031  # any number, the same in each process
LOCK_WAIT_S = 60.0
RETRY_S = (0.01, 0.05)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _upgrade(connection: Connection) -> None:
    script = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseIsNewer(
            f"The database is at revision {current}, which this Frontdesk does not know. "
            "Start a Frontdesk at least as new as the one that migrated it."
        )
    if current == script.get_current_head():
        return
    command.upgrade(_config(connection), "head")


def _begin(connection: Connection, until: float) -> None:
    """Take the write lock of a file that is, or here becomes, of the WAL kind. Raises Overloaded.

    Becoming so needs the file alone, and SQLite's busy timeout does not cover that: of processes that open a new
    file at once, all but one are refused and have to come again.
    """
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.commit()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            if time.monotonic() >= until:
                raise Overloaded("The database is held by another process. Stop that one, or try again.") from error
        connection.rollback()
        time.sleep(random.uniform(*RETRY_S))


def migrate_sqlite(path: Path, *, lock_wait_s: float = LOCK_WAIT_S) -> None:
    """Migrate a SQLite file under its write lock. Raises DatabaseIsNewer, Overloaded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": lock_wait_s})
    try:
        with engine.connect() as connection:
            _begin(connection, time.monotonic() + lock_wait_s)
            _upgrade(connection)
            connection.commit()
    finally:
        engine.dispose()


async def migrate_postgres(dsn: str, *, lock_wait_s: float = LOCK_WAIT_S) -> None:
    """Migrate a PostgreSQL database under an advisory lock. Raises DatabaseIsNewer, Overloaded."""
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
    try:
        async with engine.connect() as connection:
            try:
                async with asyncio.timeout(lock_wait_s):
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            except TimeoutError as error:
                raise Overloaded(f"The database is migrated by another process, also after {lock_wait_s} s.") from error
            await connection.run_sync(_upgrade)
            await connection.commit()
    finally:
        await engine.dispose()


def revision_of(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
