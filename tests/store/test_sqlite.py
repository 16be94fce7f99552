"""How the embedded engine commits in groups, and what becomes of a group when something breaks."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from conversations.errors import Conflict
from conversations.store import NoPoints, OutcomeUnknown, Overloaded, SqliteStore, Statement, Store, TookTooLong, Tx
from tests.store.engines import ADD, Database, add, names

COUNT_PAGES = Statement(text("PRAGMA page_count"))
DEFER = Statement(text("PRAGMA defer_foreign_keys = ON"))
ADD_ORPHAN = Statement(
    text("INSERT INTO teams (id, workspace_id, name, created_at) VALUES ('tem_1', 'wsp_nowhere', 'x', 0)")
)
ENDLESS = Statement(
    text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0")
)
PATIENCE_S = 20.0


@asynccontextmanager
async def one_group(store: Store) -> AsyncIterator[None]:
    """What is handed over within runs as one group: the writer is held in a function until the end of the block."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(tx: Tx) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)

    holding = asyncio.create_task(store.write(hold))
    try:
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        yield
        await asyncio.sleep(0)  # the tasks made within hand their functions over
    finally:
        go_on.set()
        await holding


async def grouped(store: Store, *work: Callable[[Tx], Any]) -> list[Any]:
    """The outcomes of functions that were run as one group."""
    async with one_group(store):
        tasks = [asyncio.create_task(store.write(fn)) for fn in work]
    return await asyncio.gather(*tasks, return_exceptions=True)


def adds(name: str, size: int = 10) -> Callable[[Tx], str]:
    def fn(tx: Tx) -> str:
        tx.run(ADD, {"id": f"wsp_{name}", "name": name + " " * (size - len(name))})
        tx.hint(name)
        return name

    return fn


def stored(database: Database) -> list[str]:
    with closing(sqlite3.connect(database.path)) as connection:
        return [name.strip() for (name,) in connection.execute("SELECT name FROM workspaces ORDER BY rowid")]


async def test_what_waits_shares_one_commit(sqlite: Database) -> None:
    """A hundred functions that wait are committed together, in order, by one flush."""
    store = await sqlite.open()
    assert isinstance(store, SqliteStore)
    before = store.flushes
    outcomes = await grouped(store, *[adds(f"n{number}") for number in range(100)])
    assert outcomes == [f"n{number}" for number in range(100)]
    assert stored(sqlite) == outcomes
    assert store.flushes == before + 1


async def test_the_first_of_a_group_may_refuse(sqlite: Database) -> None:
    """Where the first functions of a group refuse, the others are committed all the same."""
    store = await sqlite.open()

    def refuses(tx: Tx) -> None:
        adds("refused")(tx)
        raise Conflict("No.")

    outcomes = await grouped(store, refuses, refuses, adds("a"), refuses, adds("b"))
    assert [type(one).__name__ for one in outcomes] == ["Conflict", "Conflict", "str", "Conflict", "str"]
    assert stored(sqlite) == ["a", "b"]


def counted(runs: list[str], name: str) -> Callable[[Tx], str]:
    """Writes its name; one that begins with `no` refuses before that, one with `late` after it."""

    def fn(tx: Tx) -> str:
        runs.append(name)
        if name.startswith("no"):
            raise Conflict("No.")
        adds(name)(tx)
        if name.startswith("late"):
            raise Conflict("Too late.")
        return name

    return fn


async def test_a_refusal_costs_the_others_nothing(sqlite: Database) -> None:
    """A function that refuses in the middle of a group, before it writes, makes nobody run twice; one flush serves."""
    store = await sqlite.open()
    assert isinstance(store, SqliteStore)
    runs: list[str] = []
    before = store.flushes
    outcomes = await grouped(store, *[counted(runs, name) for name in ("a", "no1", "b", "no2", "c")])
    assert [type(one).__name__ for one in outcomes] == ["str", "Conflict", "str", "Conflict", "str"]
    assert runs == ["a", "no1", "b", "no2", "c"]
    assert store.flushes == before + 1
    assert stored(sqlite) == ["a", "b", "c"]


async def test_who_fails_after_writing_is_undone_alone(sqlite: Database) -> None:
    """Where functions fail after they wrote, the group runs once more, each with a way back; one flush serves all."""
    store = await sqlite.open()
    assert isinstance(store, SqliteStore)
    runs: list[str] = []
    before = store.flushes
    outcomes = await grouped(store, *[counted(runs, name) for name in ("a", "late1", "b", "late2", "c")])
    assert [type(one).__name__ for one in outcomes] == ["str", "Conflict", "str", "Conflict", "str"]
    assert runs == ["a", "late1", "a", "late1", "b", "late2", "c"]
    assert store.flushes == before + 1
    assert stored(sqlite) == ["a", "b", "c"]


@asynccontextmanager
async def nearly_full(store: Store, pages_left: int) -> AsyncIterator[None]:
    """A disk with room for some more pages of 4 KiB, and then none."""

    def limit(tx: Tx, pages: int | None) -> None:
        row = tx.one(COUNT_PAGES)
        assert row is not None
        tx.one(text(f"PRAGMA max_page_count = {row[0] + pages if pages is not None else 1_073_741_823}"))

    await store.write(limit, pages_left)
    yield
    await store.write(limit, None)


async def test_a_full_disk_fails_only_what_does_not_fit(sqlite: Database) -> None:
    """SQLite ends the whole transaction on a full disk; the others of the group are run again, and succeed."""
    hints: list[object] = []
    store = await sqlite.open(on_hints=hints.extend)
    await store.write(adds("first"))
    async with nearly_full(store, 5):
        runs: list[str] = []

        def counted(tx: Tx) -> str:
            runs.append("a")
            return adds("a")(tx)

        outcomes = await grouped(store, counted, adds("huge", 400_000), adds("b"))
        assert isinstance(outcomes[1], Overloaded)
        assert [outcomes[0], outcomes[2]] == ["a", "b"]
        assert runs == ["a", "a"], "the engine has not ended the transaction: this test shows nothing"
        with pytest.raises(Overloaded):
            await store.write(adds("huge", 400_000))
    assert stored(sqlite) == ["first", "a", "b"]
    assert hints == ["first", "a", "b"]
    assert await store.write(adds("huge", 400_000)) == "huge"


async def test_what_goes_on_after_a_full_disk_commits_nothing_by_itself(sqlite: Database) -> None:
    """A function that catches the engine's error and writes on is refused: the transaction it was in is no more."""
    store = await sqlite.open()
    await store.write(adds("first"))

    def goes_on(tx: Tx) -> str:
        try:
            return adds("huge", 400_000)(tx)
        except sqlite3.Error:
            return adds("small")(tx)

    async with nearly_full(store, 5):
        outcomes = await grouped(store, adds("a"), goes_on, adds("b"))
    assert [type(one).__name__ for one in outcomes] == ["str", "StoreError", "str"]
    assert stored(sqlite) == ["first", "a", "b"]


async def test_a_full_disk_fails_each_that_does_not_fit(sqlite: Database) -> None:
    """On a disk that is full for good each function of a group fails by itself, with nothing written."""
    store = await sqlite.open()
    async with nearly_full(store, 2):
        outcomes = await grouped(store, *[adds(f"big{number}", 40_000) for number in range(5)])
        assert {type(one) for one in outcomes} == {Overloaded}
    assert stored(sqlite) == []


async def test_a_refusal_that_rested_on_undone_work_is_decided_again(sqlite: Database) -> None:
    """A function refused because of what another of its group wrote is run again when that was undone."""
    store = await sqlite.open()
    runs: list[str] = []

    def first(tx: Tx) -> str:
        runs.append("first")
        if runs.count("first") > 1:
            raise Conflict("Not this time.")
        return adds("taken")(tx)

    def second(tx: Tx) -> str:
        runs.append("second")
        if names(tx):
            raise Conflict("The name is taken.")
        return adds("taken")(tx)

    async with nearly_full(store, 5):
        outcomes = await grouped(store, first, second, adds("huge", 400_000))
    assert [type(one).__name__ for one in outcomes] == ["Conflict", "str", "Overloaded"]
    assert runs == ["first", "second", "first", "second"]
    assert stored(sqlite) == ["taken"]


async def test_an_interrupted_function_takes_nobody_with_it(sqlite: Database) -> None:
    """A function interrupted in the middle of a group, while it writes, is not run again; the others are kept."""
    store = await sqlite.open()
    runs: list[str] = []
    fills = (
        "INSERT INTO workspaces (id, name, created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    )

    def endless(tx: Tx) -> None:
        runs.append("endless")
        tx.run(text(fills + "SELECT i, 'x', 0 FROM n WHERE i < 0"))

    outcomes = await grouped(store, adds("a"), endless, adds("b"))
    assert (outcomes[0], outcomes[2]) == ("a", "b")
    assert isinstance(outcomes[1], TookTooLong)
    assert runs == ["endless"]
    assert stored(sqlite) == ["a", "b"]


async def test_a_function_slow_in_itself_is_undone(sqlite: Database) -> None:
    """A function that spends over a second outside the engine is not interrupted, but is not committed either."""
    store = await sqlite.open()
    held = threading.Event()

    def slow(tx: Tx) -> str:
        held.wait(1.1)
        return adds("slow")(tx)

    outcomes = await grouped(store, adds("a"), slow, adds("b"))
    assert isinstance(outcomes[1], TookTooLong)
    assert stored(sqlite) == ["a", "b"]


async def test_a_commit_that_fails_is_tried_for_each(sqlite: Database) -> None:
    """Where COMMIT itself fails, each of the group is run again alone: only the one at fault fails."""
    store = await sqlite.open()

    def orphan(tx: Tx) -> None:
        tx.run(DEFER)
        tx.run(ADD_ORPHAN)

    outcomes = await grouped(store, adds("a"), orphan, adds("b"))
    assert [outcomes[0], outcomes[2]] == ["a", "b"]
    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(orphan)
    assert stored(sqlite) == ["a", "b"]


@contextmanager
def files_end_at(size_bytes: int) -> Iterator[None]:
    """The system refuses to let any file of this process grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_disk_that_fails_at_commit_is_said_to_be_unknown(sqlite: Database) -> None:
    """When writing the log fails during COMMIT nobody claims to know the outcome; the store goes on afterwards."""
    store = await sqlite.open()
    await store.write(adds("a"))
    log_bytes = sqlite.path.with_name(f"{sqlite.path.name}-wal").stat().st_size
    with files_end_at(log_bytes + 6_000), pytest.raises(OutcomeUnknown, match="disk"):
        await store.write(adds("big", 100_000))
    assert await store.write(adds("b")) == "b"
    assert stored(sqlite) == ["a", "b"]


async def test_another_process_that_writes_is_waited_for(sqlite: Database) -> None:
    """While another process holds the database writes wait, some seconds at most; when it lets go they pass."""
    store = await sqlite.open()
    with closing(sqlite3.connect(sqlite.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(store.write(adds("waited")))
        assert await store.read(names) == []
        other.execute("INSERT INTO workspaces (id, name, created_at) VALUES ('wsp_o', 'other', 0)")
        other.execute("COMMIT")
        assert await waiting == "waited"
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Overloaded, match="locked"):
            await store.write(adds("refused"))
        other.execute("ROLLBACK")
    assert await store.write(adds("later")) == "later"
    assert stored(sqlite) == ["other", "waited", "later"]


async def test_it_notices_what_other_processes_change(sqlite: Database) -> None:
    """`changed_outside` is true once after another connection has committed, and never for its own writes."""
    store = await sqlite.open()
    with closing(sqlite3.connect(sqlite.path, isolation_level=None)) as other:
        other.execute("INSERT INTO workspaces (id, name, created_at) VALUES ('wsp_o', 'before', 0)")
        assert await store.changed_outside()
        assert not await store.changed_outside()
        await store.write(adds("own"))
        assert not await store.changed_outside()
        other.execute("UPDATE workspaces SET name = 'after'")
        await store.write(adds("own too"))
        assert await store.changed_outside()
        assert not await store.changed_outside()


async def test_a_read_sees_one_moment(sqlite: Database) -> None:
    """Within one read nothing changes, whatever is committed meanwhile."""
    store = await sqlite.open()
    looked, go_on = threading.Event(), threading.Event()

    def twice(tx: Tx) -> tuple[list[str], list[str]]:
        before = names(tx)
        looked.set()
        assert go_on.wait(PATIENCE_S)
        return before, names(tx)

    reading = asyncio.create_task(store.read(twice))
    await asyncio.to_thread(looked.wait, PATIENCE_S)
    await store.write(add, "a")
    go_on.set()
    assert await reading == ([], [])
    assert await store.read(names) == ["a"]


class Breaks(NoPoints):
    """A point that fails, as only a defect could."""

    def __init__(self) -> None:
        self.at = ""

    def reach(self, point: str) -> None:
        if point == self.at:
            self.at = ""
            raise RuntimeError(f"broken at {point}")


@pytest.mark.parametrize(("point", "left"), [("store.commit", []), ("store.committed", ["a"])])
async def test_a_defect_in_the_writer_ends_nobody_else(sqlite: Database, point: str, left: list[str]) -> None:
    """Should the writer itself fail, whoever waits is told that the outcome is unknown, and it goes on."""
    points = Breaks()
    store = await sqlite.open(points=points)
    points.at = point
    with pytest.raises(OutcomeUnknown):
        await store.write(adds("a"))
    assert stored(sqlite) == left
    assert await store.write(adds("b")) == "b"


async def test_a_file_that_cannot_be_opened_is_said_at_once(sqlite: Database) -> None:
    """A database that cannot be opened is an error of `start`."""
    store = SqliteStore(sqlite.path.parent / "nowhere" / "desk.sqlite3")
    with pytest.raises(Overloaded, match="unable to open"):
        await store.start()
    await store.close()


async def test_what_was_never_committed_is_gone_after_a_kill(sqlite: Database) -> None:
    """A copy of the files taken in the middle of a transaction holds what was committed and nothing else."""
    store = await sqlite.open()
    await store.write(adds("a"))
    copied: list[list[str]] = []

    def copy(tx: Tx) -> None:
        adds("half")(tx)
        with closing(sqlite3.connect(sqlite.path)) as other:
            copied.append([name.strip() for (name,) in other.execute("SELECT name FROM workspaces")])

    await store.write(copy)
    assert copied == [["a"]]
    assert stored(sqlite) == ["a", "half"]
