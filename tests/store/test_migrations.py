"""A database is brought to this Frontdesk's shape once, whoever comes first, and never from a later one's."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import sys
import threading
from asyncio.subprocess import PIPE
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from conversations.store import DatabaseIsNewer, Overloaded, open_store
from conversations.store.migrate import LOCK, migrate_postgres, migrate_sqlite, newest_revision
from conversations.store.tables import metadata
from tests.store.engines import Database, add, names

ROOT = Path(__file__).parents[2]
MIGRATE = """
import asyncio, sys
from conversations.store import open_store

async def main():
    store = await open_store(sys.argv[1])
    await store.close()

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
"""
INDEXES = (
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname='public' AND tablename<>'alembic_version'"
)


WORDS = re.compile("search_words|ix_search_entries_(words|parts)")
"""The engines' own indexes of words, which Alembic does not know; the shapes below hold them, too."""


def differences(connection: Connection) -> list[Any]:
    """What Alembic would still change, types and defaults included."""

    def is_ours(_: Any, name: str | None, *__: Any) -> bool:
        return name is None or WORDS.match(name) is None

    options = {"compare_type": True, "compare_server_default": True, "include_object": is_ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def parts(statement: str) -> frozenset[str]:
    """The definitions within a CREATE statement, in whatever order they stand."""
    flat = re.sub(r"\s+", " ", statement).strip().replace("(false)", "false")
    return frozenset(part.strip() for part in re.split(r",(?![^(]*\))|\(\s|\)$", flat) if part.strip())


def sqlite_shape(path: Path) -> dict[str, frozenset[str]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: parts(sql) for name, sql in rows if name != "alembic_version"}


async def postgres_shape(url: str) -> list[list[tuple[Any, ...]]]:
    connection: Any = await asyncpg.connect(url, timeout=10)
    try:
        return [sorted(map(tuple, await connection.fetch(query)), key=str) for query in (COLUMNS, CONSTRAINTS, INDEXES)]
    finally:
        await connection.close(timeout=10)


def test_migrations_lead_to_the_tables_on_sqlite(tmp_path: Path) -> None:
    """A migrated SQLite database is what the tables say: columns, defaults, constraints, partial indexes."""
    migrated, drawn = tmp_path / "migrated.sqlite3", tmp_path / "drawn.sqlite3"
    migrate_sqlite(migrated)
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()
    engine = create_engine(f"sqlite:///{drawn}")
    metadata.create_all(engine)
    engine.dispose()
    assert sqlite_shape(migrated) == sqlite_shape(drawn)
    assert len(sqlite_shape(migrated)) > len(metadata.tables)


async def test_migrations_lead_to_the_tables_on_postgresql(postgresql: Database, postgres_url: str) -> None:
    """A migrated PostgreSQL database is what the tables say: columns, defaults, constraints, partial indexes."""
    engine = create_async_engine(postgresql.url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
    engine = create_async_engine(postgres_url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    assert await postgres_shape(postgresql.url) == await postgres_shape(postgres_url)


async def write_revision(database: Database, revision: str) -> None:
    if database.engine == "sqlite":
        with closing(sqlite3.connect(database.path, isolation_level=None)) as file:
            file.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    else:
        connection: Any = await asyncpg.connect(database.url, timeout=10)
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
        await connection.close(timeout=10)


async def test_a_newer_database_is_refused(database: Database) -> None:
    """A database that a later Frontdesk has migrated is not opened, and the message names its revision and the way."""
    await write_revision(database, "9999")
    with pytest.raises(DatabaseIsNewer, match=r"9999.*at least as new"):
        await open_store(database.url)
    await write_revision(database, newest_revision())
    store = await open_store(database.url)
    await store.close()


async def test_opening_again_changes_nothing(database: Database) -> None:
    """What was stored is there when the database is opened, and migrated, again."""
    store = await open_store(database.url)
    await store.write(add, "a")
    await store.close()
    store = await open_store(database.url)
    assert await store.read(names) == ["a"]
    await store.close()


async def start_together(url: str, count: int) -> list[str]:
    """What several processes complain of that open the same new database at the same moment."""
    command = [sys.executable, "-c", MIGRATE, url]
    processes = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        for _ in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
    ended = await asyncio.gather(*[asyncio.wait_for(process.communicate(b"go\n"), 60) for process in processes])
    return [said.decode() if process.returncode else "" for process, (_, said) in zip(processes, ended, strict=True)]


async def test_processes_that_start_together_migrate_once_on_sqlite(tmp_path: Path) -> None:
    """Three processes that open a new file at once all come up, on the newest shape."""
    path = tmp_path / "data" / "desk.sqlite3"
    assert await start_together(f"sqlite:///{path}", 3) == [""] * 3
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest_revision(),)]


def test_a_new_file_that_another_process_reads_is_waited_for(tmp_path: Path) -> None:
    """A file becomes one with a write-ahead log only alone: who comes while another reads it waits, and is told why."""
    path = tmp_path / "desk.sqlite3"
    with closing(sqlite3.connect(path, check_same_thread=False, isolation_level=None)) as reader:
        reader.execute("CREATE TABLE held (x)")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM held").fetchall()
        with pytest.raises(Overloaded, match="another process"):
            migrate_sqlite(path, lock_wait_s=0.1)
        leaving = threading.Timer(0.3, lambda: reader.execute("COMMIT"))
        leaving.start()
        migrate_sqlite(path)
        leaving.join()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_processes_that_start_together_migrate_once_on_postgresql(postgres_url: str) -> None:
    """Three processes that open a new database at once all come up, on the newest shape."""
    assert await start_together(postgres_url, 3) == [""] * 3
    await migrate_postgres(postgres_url)
    store = await open_store(postgres_url, migrate=False)
    assert await store.write(add, "a") == "a"
    await store.close()


async def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """A migration that breaks off in the middle is undone: the next start begins where it began."""
    path = tmp_path / "desk.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE offers (in_the_way INT)")
    with pytest.raises(Exception, match="already exists"):
        migrate_sqlite(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("offers",)]
        connection.execute("DROP TABLE offers")
    migrate_sqlite(path)


def test_a_migration_waits_for_nobody_for_ever(sqlite_template: Path, tmp_path: Path) -> None:
    """A file that another process holds is given up after a while, with a word on why."""
    path = Path(shutil.copy(sqlite_template, tmp_path / "desk.sqlite3"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Overloaded, match="another process"):
            migrate_sqlite(path, lock_wait_s=0.2)


async def test_a_migration_waits_for_another_no_longer_than_it_must(postgresql: Database) -> None:
    """A database that another process migrates on and on is given up after a while, with a word on why."""
    connection: Any = await asyncpg.connect(postgresql.url, timeout=10)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        with pytest.raises(Overloaded, match="another process"):
            await migrate_postgres(postgresql.url, lock_wait_s=0.2)
    finally:
        await connection.close(timeout=10)
