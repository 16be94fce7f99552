"""What `store.write` and `store.read` promise, on every engine."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import Any

import asyncpg
import pytest
from sqlalchemy import bindparam, select, text, update

from conversations.errors import Invalid, Refused
from conversations.store import Overloaded, Statement, StoreError, Tx
from conversations.store.tables import workspaces
from tests.store.engines import ADD, Database, add, names

TALLY = Statement(select(workspaces.c.settings).where(workspaces.c.id == "wsp_tally").with_for_update())
SET_TALLY = Statement(update(workspaces).where(workspaces.c.id == "wsp_tally").values(settings=bindparam("settings")))


async def seen_by_others(database: Database) -> list[str]:
    """The names that another process would see now."""
    if database.engine == "sqlite":
        with closing(sqlite3.connect(database.path)) as file:
            return sorted(name for (name,) in file.execute("SELECT name FROM workspaces"))
    connection: Any = await asyncpg.connect(database.url, timeout=10)
    try:
        return sorted(row["name"] for row in await connection.fetch("SELECT name FROM workspaces"))
    finally:
        await connection.close(timeout=10)


def refuse(tx: Tx, name: str) -> str:
    add(tx, name)
    tx.hint(f"hint of {name}")
    raise Invalid("No.", field=name)


def hinting(tx: Tx, name: str) -> str:
    tx.hint(f"hint of {name}")
    return add(tx, name)


async def test_what_returned_is_committed(database: Database) -> None:
    """When a write returns, everybody sees it: it has been committed."""
    store = await database.open()
    for number in range(5):
        assert await store.write(add, f"n{number}") == f"n{number}"
        assert await seen_by_others(database) == [f"n{one}" for one in range(number + 1)]


async def test_a_refusal_undoes_itself_alone(database: Database) -> None:
    """A function that refuses leaves nothing; those committed with it stay, and each caller gets its own outcome."""
    store = await database.open()
    work = [store.write(refuse if number % 3 == 0 else add, f"n{number:02}") for number in range(30)]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    for number, outcome in enumerate(outcomes):
        if number % 3 == 0:
            assert isinstance(outcome, Invalid)
            assert outcome.field == f"n{number:02}"
        else:
            assert outcome == f"n{number:02}"
    assert await store.read(names) == [f"n{number:02}" for number in range(30) if number % 3]


async def test_hints_come_after_the_answer_in_order(database: Database) -> None:
    """Hints are published after COMMIT, after the caller was told, in the order in which they were given."""
    happened: list[object] = []
    store = await database.open(on_hints=happened.extend)

    def two(tx: Tx, name: str) -> None:
        tx.hint(f"first of {name}")
        add(tx, name)
        tx.hint(f"second of {name}")

    for name in ("a", "b"):
        await store.write(two, name)
        happened.append(f"{name} was told")
    await store.write(add, "c")  # by now the hints of b are out
    assert happened == [
        *("a was told", "first of a", "second of a"),
        *("b was told", "first of b", "second of b"),
    ]


async def test_hints_of_what_was_undone_are_dropped(database: Database) -> None:
    """A function that was rolled back hints nothing."""
    hints: list[object] = []
    store = await database.open(on_hints=hints.extend)
    work = [store.write(refuse if number % 2 else hinting, f"n{number}") for number in range(10)]
    await asyncio.gather(*work, return_exceptions=True)
    await store.write(add, "last")
    assert sorted(map(str, hints)) == [f"hint of n{number}" for number in range(0, 10, 2)]


async def test_a_listener_that_fails_fails_alone(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """An error in who listens for hints is logged; the write is told as it was, and later ones go on."""

    def broken(hints: object) -> None:
        raise ValueError("the listener is broken")

    store = await database.open(on_hints=broken)
    assert await store.write(hinting, "a") == "a"
    assert await store.write(hinting, "b") == "b"
    assert "the listener is broken" in caplog.text


async def test_a_read_sees_every_write_that_returned(database: Database) -> None:
    """A read begun after a write returned sees it, also with many at once."""
    store = await database.open()

    async def write_then_read(number: int) -> None:
        name = await store.write(add, f"n{number}")
        assert name in await store.read(names)

    for _ in range(3):
        start = len(await store.read(names))
        await asyncio.gather(*[write_then_read(start + number) for number in range(20)])


async def test_a_read_cannot_write(database: Database) -> None:
    """What is run by `read` changes nothing."""
    store = await database.open()
    with pytest.raises(StoreError):
        await store.read(add, "a")
    assert await store.read(names) == []


async def test_nothing_is_lost_between_tasks_that_count(database: Database) -> None:
    """Functions that lock a row, read it and write it do not overwrite one another."""
    store = await database.open()

    def count(tx: Tx) -> int:
        row = tx.one(TALLY)
        assert row is not None
        tx.run(SET_TALLY, {"settings": str(int(row[0]) + 1)})
        return int(row[0]) + 1

    def start(tx: Tx) -> None:
        tx.run(ADD, {"id": "wsp_tally", "name": "tally"})
        tx.run(SET_TALLY, {"settings": "0"})

    await store.write(start)
    counted = await asyncio.gather(*[store.write(count) for _ in range(100)])
    assert sorted(counted) == list(range(1, 101))


async def test_a_caller_that_goes_away_loses_nothing(database: Database) -> None:
    """What was handed over is finished and hinted, even when whoever waited for it was cancelled at once."""
    hints: list[object] = []
    store = await database.open(on_hints=hints.extend)
    tasks = [asyncio.create_task(store.write(hinting, f"n{number}")) for number in range(10)]
    await asyncio.sleep(0)  # each has handed its function over
    for task in tasks:
        task.cancel()
    assert all(isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*tasks, return_exceptions=True))
    await store.close()
    assert await seen_by_others(database) == [f"n{number}" for number in range(10)]
    assert len(hints) == 10


async def test_what_waited_when_it_closed_is_finished(database: Database) -> None:
    """Closing finishes what waits; afterwards the store says that it is closed, and can be closed again."""
    store = await database.open()
    tasks = [asyncio.create_task(store.write(add, f"n{number}")) for number in range(10)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*tasks) == [f"n{number}" for number in range(10)]
    with pytest.raises(Overloaded):
        await store.write(add, "late")
    with pytest.raises(Overloaded):
        await store.read(names)
    await store.close()


async def test_a_function_that_fails_is_told_as_it_failed(database: Database) -> None:
    """Whatever a function raises comes out of `write`, and the store goes on."""
    store = await database.open()

    def fails(tx: Tx, error: BaseException) -> None:
        add(tx, "a")
        raise error

    for error in (KeyError("x"), Refused("No."), AssertionError("x")):
        with pytest.raises(type(error)):
            await store.write(fails, error)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await store.write(fails, StopIteration())
    assert await store.write(add, "a") == "a"


async def test_an_error_of_the_engine_cannot_be_kept_quiet(database: Database) -> None:
    """After an error of the engine a transaction takes nothing more, and is never committed, whoever caught it."""
    store = await database.open()
    await store.write(add, "a")

    def hides_it(tx: Tx) -> str:
        add(tx, "before")
        try:
            add(tx, "a")
        except Exception:
            return "all is well"
        return "was not there"

    def goes_on(tx: Tx) -> str:
        try:
            add(tx, "a")
        except Exception:
            return add(tx, "after")
        return "was not there"

    for fn in (hides_it, goes_on):
        with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError, StoreError)):
            await store.write(fn)
    assert await store.read(names) == ["a"]


async def test_bulk_lets_others_pass(database: Database) -> None:
    """A long import runs in short transactions; a chat's write that comes in between waits for none but one."""
    store = await database.open()
    done: list[str] = []

    def slowly(tx: Tx, number: int) -> int:
        ends = time.perf_counter() + 0.001
        while time.perf_counter() < ends:
            pass
        add(tx, f"n{number:03}")
        return number * 2

    async def chat() -> None:
        await store.write(add, "chat")
        done.append("chat")

    async def bulk() -> list[int]:
        results = await store.bulk(slowly, range(200))
        done.append("bulk")
        return results

    importing = asyncio.create_task(bulk())
    while len(await store.read(names)) < 5:
        pass
    await chat()
    assert await importing == [number * 2 for number in range(200)]
    assert done == ["chat", "bulk"]
    assert len(await store.read(names)) == 201


async def test_bulk_stops_at_what_fails(database: Database) -> None:
    """An item that fails ends the import: what was committed before stays, the item's own chunk is undone."""
    store = await database.open()

    def some(tx: Tx, number: int) -> None:
        if number == 50:
            raise Invalid("The 50th is wrong.")
        add(tx, f"n{number:03}")
        tx.hint(number)

    with pytest.raises(Invalid):
        await store.bulk(some, range(100))
    left = await store.read(names)
    assert left == [f"n{number:03}" for number in range(len(left))]
    assert len(left) <= 50


async def test_time_stands_still_in_a_function(database: Database) -> None:
    """`tx.now` is the store's clock, read once for a function; ids are UUIDs of version 7 behind their prefix."""
    ticks = iter(range(1_000_000, 2_000_000))
    store = await database.open(clock=lambda: next(ticks))

    def look(tx: Tx) -> tuple[int, int, str]:
        return tx.now, tx.now, tx.new_id("cnv")

    first, again, new_id = await store.write(look)
    later, _, other_id = await store.write(look)
    assert first == again < later
    assert new_id.startswith("cnv_")
    assert new_id != other_id
    assert len(new_id) == 36
    assert int(new_id[4:16], 16) == first
    assert new_id[16] == "7"
    assert new_id[20] in "89ab"


async def test_statements_written_on_the_spot_run_too(database: Database) -> None:
    """Admin queries may pass a plain construct, with values in it, with parameters, or with a list to expand."""
    store = await database.open()
    for name in ("a", "b", "c"):
        await store.write(add, name)
    some = select(workspaces.c.name).where(workspaces.c.name.in_(bindparam("wanted", expanding=True)))

    def look(tx: Tx) -> list[Any]:
        return [
            sorted(tx.all(some, {"wanted": ["a", "c", "x"]})),
            tx.all(some, {"wanted": []}),
            tx.one(select(workspaces.c.id).where(workspaces.c.name == "b")),
            tx.one(select(workspaces.c.id).where(workspaces.c.name == "x")),
            tx.run(update(workspaces).where(workspaces.c.name != "b").values(settings="[]")),
        ]

    assert await store.write(look) == [[("a",), ("c",)], [], ("wsp_b",), None, 2]


async def test_many_rows_go_in_at_once(database: Database) -> None:
    """`many` runs a statement for each row; none, one or several."""
    store = await database.open()
    for count in (0, 1, 7):
        rows = [{"id": f"wsp_{count}_{number}", "name": f"n{count}_{number}"} for number in range(count)]
        await store.write(lambda tx, rows: tx.many(ADD, rows), rows)
    assert len(await store.read(names)) == 8


async def test_it_says_how_to_reach_a_database() -> None:
    """An address that names no engine is refused with the two that exist."""
    from conversations.store import open_store

    with pytest.raises(ValueError, match="sqlite:/// or postgresql://"):
        await open_store("mysql://localhost/desk")


async def test_a_parameter_that_is_missing_is_an_error(database: Database) -> None:
    """A statement without one of its parameters fails before it reaches the database."""
    store = await database.open()
    with pytest.raises(KeyError):
        await store.write(lambda tx: tx.run(ADD, {"id": "wsp_a"}))


async def test_text_of_any_language_comes_back_as_it_was(database: Database) -> None:
    """What a person can write is stored as it is: emoji, right to left, combining marks, markup."""
    store = await database.open()
    written = ["Grüße 👩‍👩‍👧", "مرحبا", "\u202eevil", "e\u0301", "<b>&amp;</b>'\";--", "\t\r\n", "\ufffd"]
    for line in written:
        await store.write(lambda tx, line: tx.run(ADD, {"id": tx.new_id("wsp"), "name": line}), line)
    assert sorted(await store.read(names)) == sorted(written)
    assert await store.read(lambda tx: tx.one(text("SELECT count(*) FROM workspaces"))) == (len(written),)
