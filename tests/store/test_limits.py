"""What a store refuses rather than let it grow or last without a bound, on every engine."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import asyncpg
import pytest
from sqlalchemy import bindparam, text

from conversations.store import Overloaded, Statement, Store, TookTooLong, Tx
from conversations.store.sqlite import QUEUE_LIMIT, READS_LIMIT
from tests.store.engines import Database, add, names

# never ends by itself
ENDLESS = Statement(
    text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0")
)
IMPATIENT = Statement(text("SET LOCAL statement_timeout = 200"))
ADD_LOCKED = "INSERT INTO workspaces (id, name, created_at) VALUES ('wsp_held', 'held', 0)"


@asynccontextmanager
async def busy(database: Database) -> AsyncIterator[None]:
    """Another process has an open transaction, in the way of everyone who writes the workspace `held`."""
    if database.engine == "sqlite":
        with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute(ADD_LOCKED)
            yield
            other.execute("ROLLBACK")
    else:
        connection: Any = await asyncpg.connect(database.url, timeout=10)
        try:
            await connection.execute("BEGIN")
            await connection.execute(ADD_LOCKED)
            yield
        finally:
            await connection.close(timeout=10)


def endless(tx: Tx) -> None:
    add(tx, "endless")
    if tx.engine == "postgresql":
        tx.run(IMPATIENT)
    tx.one(ENDLESS)


def nothing(tx: Tx) -> str:
    return ""


def outcome_kinds(outcomes: list[Any]) -> set[str]:
    return {type(one).__name__ if isinstance(one, BaseException) else "done" for one in outcomes}


async def test_a_full_queue_refuses_at_once(database: Database) -> None:
    """With 4,096 writes waiting the next is refused without waiting; nothing of it is written."""
    store = await database.open()
    async with busy(database):
        waiting = [asyncio.create_task(store.write(add, "held"))]
        waiting += [asyncio.create_task(store.write(nothing)) for _ in range(QUEUE_LIMIT + 1)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await asyncio.wait_for(store.write(add, "late"), 0.5)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert outcome_kinds(outcomes) <= {"done", "Overloaded"}
    assert "late" not in await store.read(names)
    assert await store.write(add, "after") == "after"


async def test_what_waited_too_long_is_not_run(database: Database) -> None:
    """A write that could not begin by its deadline is refused, and never run later."""
    store = await database.open(deadline_s=1.5, connections=1)
    ran: list[int] = []

    def count(tx: Tx, number: int) -> None:
        ran.append(number)

    async with busy(database):
        first = asyncio.create_task(store.write(add, "held"))
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(store.write(count, number)) for number in range(5)]
        outcomes = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert outcome_kinds(outcomes[1:]) == {"Overloaded"}
    await store.write(count, 99)
    assert ran == [99]


async def test_a_function_that_never_ends_is_interrupted(database: Database) -> None:
    """A function that stays in the engine too long is interrupted and undone; those beside it succeed."""
    store = await database.open()
    outcomes = await asyncio.gather(
        store.write(add, "a"), store.write(endless), store.write(add, "b"), return_exceptions=True
    )
    assert (outcomes[0], outcomes[2]) == ("a", "b")
    assert isinstance(outcomes[1], TookTooLong)
    assert await store.read(names) == ["a", "b"]


async def test_a_read_takes_two_seconds_at_most(database: Database) -> None:
    """A read that goes on and on is interrupted; the next is served."""
    store = await database.open()
    with pytest.raises(TookTooLong):
        await asyncio.wait_for(store.read(lambda tx: tx.one(ENDLESS)), 3.5)
    assert await store.read(names) == []


async def test_too_many_reads_are_refused(database: Database) -> None:
    """Reads wait for their turn, but not without a bound."""
    store = await database.open()
    outcomes = await asyncio.gather(*[store.read(names) for _ in range(READS_LIMIT + 10)], return_exceptions=True)
    assert outcome_kinds(outcomes) == {"done", "Overloaded"}
    assert outcomes.count([]) == READS_LIMIT
    assert await store.read(names) == []


async def test_the_pool_of_a_store_outlives_what_it_refused(database: Database) -> None:
    """After a storm of refusals, interruptions and cancelled callers everything works as at first."""
    store: Store = await database.open(connections=2)
    tasks = [asyncio.create_task(store.write(add, f"n{number}")) for number in range(50)]
    storm = [asyncio.create_task(store.read(names)) for _ in range(50)]
    await asyncio.sleep(0)
    for task in storm[::2] + tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, *storm, return_exceptions=True)
    assert await store.write(add, "last") == "last"
    assert len(await store.read(names)) == 51


STATEMENT = Statement(text("SELECT name FROM workspaces WHERE name = :name").bindparams(bindparam("name")))


async def test_a_number_too_large_for_the_engine_fails_its_function_alone(database: Database) -> None:
    """Values that the engine cannot hold are an error of their own function, told to its caller."""
    store = await database.open()
    outcomes = await asyncio.gather(
        store.write(add, "a"),
        store.write(lambda tx: tx.run(text("UPDATE workspaces SET created_at = :at"), {"at": 1 << 70})),
        store.write(lambda tx: tx.one(STATEMENT, {"name": "\ud800"})),
        store.write(add, "b"),
        return_exceptions=True,
    )
    assert (outcomes[0], outcomes[3]) == ("a", "b")
    assert isinstance(outcomes[1], Exception)
    assert isinstance(outcomes[2], Exception)
    assert await store.read(names) == ["a", "b"]
