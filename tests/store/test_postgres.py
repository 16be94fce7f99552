"""What becomes of a write when PostgreSQL refuses, is raced, is lost or is slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import bindparam, select, text, update

from conversations.store import NoPoints, OutcomeUnknown, Overloaded, Statement, Store, Tx
from conversations.store.tables import workspaces
from tests.rig.relay import Relay
from tests.store.engines import Database, add, names

PID = Statement(text("SELECT pg_backend_pid()"))
SLEEP = Statement(text("SELECT pg_sleep(:seconds)").bindparams(bindparam("seconds")))
LOCK = Statement(select(workspaces.c.settings).where(workspaces.c.name == bindparam("name")).with_for_update())
RENAME = Statement(update(workspaces).where(workspaces.c.name == bindparam("old")).values(name=bindparam("name")))
REPEATABLE = Statement(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
IMPATIENT = Statement(text("SET LOCAL lock_timeout = 100"))
SLOW_COMMIT = """
    CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON workspaces DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION slow_commit();
"""
PATIENCE_S = 20.0


@asynccontextmanager
async def beside(database: Database) -> AsyncIterator[Any]:
    """Another client's connection."""
    connection: Any = await asyncpg.connect(database.url, timeout=10, command_timeout=PATIENCE_S)
    try:
        yield connection
    finally:
        await connection.close(timeout=10)


async def until(connection: Any, query: str) -> Any:
    """The first value that the query gives, asked again and again."""
    async with asyncio.timeout(PATIENCE_S):
        while (value := await connection.fetchval(query)) is None:
            continue
        return value


async def pid_waiting(connection: Any, event: str) -> int:
    """The process of this database's connection that waits for such an event."""
    pid: int = await until(
        connection,
        f"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = '{event}'"
        " AND application_name = 'frontdesk'",
    )
    return pid


async def test_a_deadlock_is_tried_again(postgresql: Database) -> None:
    """Two functions that lock in opposite orders both succeed: the one that PostgreSQL chose to end is run again."""
    store = await postgresql.open()
    for name in ("a", "b"):
        await store.write(add, name)
    met = {"first": False, "second": False}
    runs: list[str] = []

    def lock_both(tx: Tx, me: str, other: str, first: str, second: str) -> None:
        runs.append(me)
        tx.one(LOCK, {"name": first})
        met[me] = True
        for _ in range(200):
            if met[other]:
                break
            tx.one(SLEEP, {"seconds": 0.01})
        tx.one(LOCK, {"name": second})

    await asyncio.gather(
        store.write(lock_both, "first", "second", "a", "b"), store.write(lock_both, "second", "first", "b", "a")
    )
    assert len(runs) == 3


async def test_a_serialization_failure_is_tried_again(postgresql: Database) -> None:
    """A function whose snapshot was overtaken is run again, on what is there now."""
    store = await postgresql.open()
    await store.write(add, "a")
    seen: list[list[str]] = []

    async with beside(postgresql) as other:

        def rename(tx: Tx) -> None:
            tx.run(REPEATABLE)
            seen.append(names(tx))
            if len(seen) == 1:
                renaming.set()
                while not renamed.is_set():
                    tx.one(SLEEP, {"seconds": 0.01})
            tx.run(RENAME, {"old": seen[-1][0], "name": f"{seen[-1][0]}!"})

        renaming, renamed = asyncio.Event(), asyncio.Event()
        writing = asyncio.create_task(store.write(rename))
        await asyncio.wait_for(renaming.wait(), PATIENCE_S)
        await other.execute("UPDATE workspaces SET name = 'overtaken'")
        renamed.set()
        await writing
    assert seen == [["a"], ["overtaken"]]
    assert await store.read(names) == ["overtaken!"]


async def test_a_lock_that_is_held_is_waited_for_and_tried_again(postgresql: Database) -> None:
    """A row locked for longer than `lock_timeout` is tried again, and had when it is free."""
    store = await postgresql.open()
    await store.write(add, "a")
    runs: list[int] = []
    second = asyncio.Event()

    def rename(tx: Tx) -> None:
        runs.append(tx.now)
        if len(runs) == 2:
            second.set()
        tx.run(IMPATIENT)
        tx.run(RENAME, {"old": "a", "name": "b"})

    async with beside(postgresql) as other:
        await other.execute("BEGIN")
        await other.execute("SELECT 1 FROM workspaces FOR UPDATE")
        writing = asyncio.create_task(store.write(rename))
        await asyncio.wait_for(second.wait(), PATIENCE_S)
        await other.execute("ROLLBACK")
    await writing
    assert len(runs) >= 2
    assert await store.read(names) == ["b"]


async def test_a_lock_that_is_held_on_and_on_is_given_up(postgresql: Database) -> None:
    """After four attempts in all the caller is told that the database is too busy; nothing is written."""
    store = await postgresql.open()
    await store.write(add, "a")
    runs: list[int] = []

    def rename(tx: Tx) -> None:
        runs.append(tx.now)
        tx.run(IMPATIENT)
        add(tx, "half")
        tx.run(RENAME, {"old": "a", "name": "b"})

    async with beside(postgresql) as other:
        await other.execute("BEGIN")
        await other.execute("SELECT 1 FROM workspaces FOR UPDATE")
        with pytest.raises(Overloaded, match="busy"):
            await store.write(rename)
        await other.execute("ROLLBACK")
    assert len(runs) == 4
    assert await store.read(names) == ["a"]


async def test_who_inserts_first_is_found_by_the_second(postgresql: Database) -> None:
    """Functions that look and then insert the same key race; the loser is run again, and finds the winner's row."""
    store = await postgresql.open()
    there = Statement(select(workspaces.c.id).where(workspaces.c.id == "wsp_once"))

    def once(tx: Tx) -> bool:
        if tx.one(there) is not None:
            return False
        tx.one(SLEEP, {"seconds": 0.05})
        add(tx, "once")
        return True

    made = await asyncio.gather(*[store.write(once) for _ in range(8)])
    assert sorted(made) == [False] * 7 + [True]


async def test_a_constraint_that_always_fails_is_told(postgresql: Database) -> None:
    """A function that breaks a unique index by itself fails with that, after its attempts."""
    store = await postgresql.open()
    await store.write(add, "a")
    with pytest.raises(asyncpg.UniqueViolationError):
        await store.write(add, "a")


async def test_a_connection_lost_before_commit_is_tried_again(postgresql: Database) -> None:
    """When the server ends the connection in the middle of a function, another takes it up: nobody notices."""
    store = await postgresql.open()
    pids: list[int] = []

    def slow_at_first(tx: Tx) -> str:
        row = tx.one(PID)
        assert row is not None
        pids.append(row[0])
        add(tx, "a")
        if len(pids) == 1:
            tx.one(SLEEP, {"seconds": 30})
        return "done"

    async with beside(postgresql) as other:
        writing = asyncio.create_task(store.write(slow_at_first))
        pid = await pid_waiting(other, "PgSleep")
        await other.execute("SELECT pg_terminate_backend($1)", pid)
        assert await writing == "done"
    assert len(set(pids)) == 2
    assert await store.read(names) == ["a"]


async def test_a_server_that_comes_back_is_used_again(postgresql: Database) -> None:
    """After all connections were ended, as by a restart, every write and read still succeeds."""
    store = await postgresql.open()
    await asyncio.gather(*[store.write(add, f"n{number}") for number in range(8)])
    async with beside(postgresql) as other:
        for round_ in range(3):
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.gather(*[store.write(add, f"{round_}_{number}") for number in range(8)])
    assert len(await store.read(names)) == 32


async def test_a_connection_killed_during_commit_leaves_the_outcome_unknown(postgresql: Database) -> None:
    """When the server ends the connection during COMMIT nothing is claimed, nothing hinted, and it is not run again."""
    hints: list[object] = []
    store = await postgresql.open(on_hints=hints.extend)
    runs: list[int] = []

    def hinted(tx: Tx) -> str:
        runs.append(tx.now)
        tx.hint("a")
        return add(tx, "a")

    async with beside(postgresql) as other:
        await other.execute(SLOW_COMMIT)
        writing = asyncio.create_task(store.write(hinted))
        await other.execute("SELECT pg_terminate_backend($1)", await pid_waiting(other, "PgSleep"))
        with pytest.raises(OutcomeUnknown):
            await writing
        await other.execute("DROP TRIGGER slow ON workspaces")
    assert len(runs) == 1
    assert hints == []
    assert await store.read(names) == []
    assert await store.write(add, "a") == "a"


class CutAtCommit(NoPoints):
    """The network dies at a COMMIT: it still goes out, but its answer never comes back."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.armed = False

    def reach(self, point: str) -> None:
        if self.armed and point == "store.commit":
            self.armed = False
            self.relay.down.set(lossy=True)


async def test_an_answer_to_commit_that_is_lost_leaves_the_outcome_unknown(postgresql: Database) -> None:
    """A COMMIT that was done, but whose answer never came, is unknown to the caller; a repeat finds what it wrote."""
    parts = urlsplit(postgresql.url)
    assert parts.port is not None
    async with Relay("127.0.0.1", parts.port) as relay, beside(postgresql) as other:
        points = CutAtCommit(relay)
        store = await postgresql.open(points=points, url=postgresql.url.replace(f":{parts.port}/", f":{relay.port}/"))
        points.armed = True
        writing = asyncio.create_task(store.write(add, "a"))
        assert await until(other, "SELECT name FROM workspaces") == "a"
        relay.cut()
        with pytest.raises(OutcomeUnknown):
            await writing
        relay.down.set(lossy=False)
        assert await store.read(names) == ["a"]
        await store.close()


async def test_a_commit_that_is_refused_is_no_mystery(postgresql: Database) -> None:
    """A constraint checked at COMMIT fails its function with its own error, not as an unknown outcome."""
    store = await postgresql.open()
    async with beside(postgresql) as other:
        await other.execute(
            "ALTER TABLE workspaces ADD CONSTRAINT one_name UNIQUE (name) DEFERRABLE INITIALLY DEFERRED"
        )
        await store.write(add, "a")

        def same_name(tx: Tx) -> None:
            add(tx, "b")
            tx.run(RENAME, {"old": "b", "name": "a"})

        with pytest.raises(asyncpg.UniqueViolationError):
            await store.write(same_name)
    assert await store.read(names) == ["a"]


async def test_when_every_connection_is_taken_writes_are_refused_in_time(postgresql: Database) -> None:
    """With all connections waiting for a lock, a further write is refused at its deadline; then all goes on."""
    store = await postgresql.open(connections=2, deadline_s=0.5)
    await store.write(add, "a")

    def rename(tx: Tx, name: str) -> None:
        tx.run(RENAME, {"old": "a", "name": name})

    async with beside(postgresql) as other:
        await other.execute("BEGIN")
        await other.execute("SELECT 1 FROM workspaces FOR UPDATE")
        taken = [asyncio.create_task(store.write(rename, f"b{number}")) for number in range(2)]
        await pid_waiting(other, "transactionid")
        with pytest.raises(Overloaded):
            await asyncio.wait_for(store.write(add, "late"), 5)
        await other.execute("ROLLBACK")
    await asyncio.gather(*taken)
    assert await store.write(add, "after") == "after"


async def test_a_server_that_is_not_there_is_said(postgresql: Database) -> None:
    """With the way to the server cut, writes and reads are refused soon; they pass when it is back."""
    parts = urlsplit(postgresql.url)
    assert parts.port is not None
    async with Relay("127.0.0.1", parts.port) as relay:
        store = await postgresql.open(url=postgresql.url.replace(f":{parts.port}/", f":{relay.port}/"))
        await store.write(add, "a")
        relay.refusing = True
        relay.cut()
        with pytest.raises(Overloaded):
            await asyncio.wait_for(store.write(add, "b"), 5)
        with pytest.raises(Overloaded):
            await asyncio.wait_for(store.read(names), 5)
        relay.refusing = False
        assert await store.write(add, "c") == "c"
        assert await store.read(names) == ["a", "c"]
        await store.close()


async def test_many_stores_on_one_database_do_not_disturb_each_other(postgresql: Database) -> None:
    """Two processes' stores write at once: everything arrives."""
    stores: list[Store] = [await postgresql.open(connections=4) for _ in range(2)]
    await asyncio.gather(*[stores[number % 2].write(add, f"n{number:03}") for number in range(200)])
    assert await stores[0].read(names) == await stores[1].read(names) == [f"n{number:03}" for number in range(200)]
    assert not await stores[0].changed_outside()
