"""Databases of both engines, migrated and empty, for one test each."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select

from conversations.store import NoPoints, Points, PostgresStore, SqliteStore, Statement, Store, Tx
from conversations.store.clock import Clock, system_clock
from conversations.store.migrate import migrate_postgres, migrate_sqlite
from conversations.store.statement import Engine
from conversations.store.tables import workspaces
from tests.peers.postgres import Postgres

Listener = Callable[[Sequence[object]], None]

ADD = Statement(insert(workspaces).values(id=bindparam("id"), name=bindparam("name"), created_at=0))
NAMES = Statement(select(workspaces.c.name).order_by(workspaces.c.name))


@dataclass
class Database:
    """One database, and the stores that a test has opened on it."""

    engine: Engine
    url: str
    opened: list[Store] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The file, where it is one."""
        return Path(self.url.removeprefix("sqlite:///"))

    async def open(
        self,
        *,
        on_hints: Listener | None = None,
        clock: Clock = system_clock,
        points: Points | None = None,
        deadline_s: float = 5.0,
        connections: int = 8,
        url: str | None = None,
    ) -> Store:
        """A started store, closed at the end. url: another way to the same database."""
        points = points or NoPoints()
        store: Store
        if self.engine == "sqlite":
            store = SqliteStore(self.path, on_hints=on_hints, clock=clock, points=points, deadline_s=deadline_s)
        else:
            store = PostgresStore(
                url or self.url,
                on_hints=on_hints,
                clock=clock,
                points=points,
                deadline_s=deadline_s,
                connections=connections,
            )
        await store.start()
        self.opened.append(store)
        return store

    async def close(self) -> None:
        for store in self.opened:
            await store.close()


def add(tx: Tx, name: str) -> str:
    """A workspace of this name: the simplest thing there is to write."""
    tx.run(ADD, {"id": f"wsp_{name}", "name": name})
    return name


def names(tx: Tx) -> list[str]:
    return [name for (name,) in tx.all(NAMES)]


@asynccontextmanager
async def on_sqlite(template: Path, folder: Path) -> AsyncIterator[Database]:
    path = folder / "desk.sqlite3"
    shutil.copy(template, path)
    database = Database("sqlite", f"sqlite:///{path}")
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def on_postgres(postgres: Postgres) -> AsyncIterator[Database]:
    template = await postgres.template("frontdesk", migrate_postgres)
    async with postgres.database(template) as url:
        database = Database("postgresql", url)
        try:
            yield database
        finally:
            await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "desk.sqlite3"
    migrate_sqlite(path)
    return path


@pytest.fixture
async def sqlite(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    async with on_sqlite(sqlite_template, tmp_path) as database:
        yield database


@pytest.fixture
async def postgresql(postgres: Postgres) -> AsyncIterator[Database]:
    async with on_postgres(postgres) as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated, empty database of each engine."""
    if request.param == "sqlite":
        async with on_sqlite(request.getfixturevalue("sqlite_template"), tmp_path) as database:
            yield database
    else:
        async with on_postgres(request.getfixturevalue("postgres")) as database:
            yield database
