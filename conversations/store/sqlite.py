"""The embedded engine: one writer thread that commits in groups, and a few readers beside it."""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import structlog

from conversations.store.bulk import in_chunks
from conversations.store.clock import Clock, new_id, system_clock
from conversations.store.port import Hints, NoPoints, OutcomeUnknown, Overloaded, Points, StoreError, TookTooLong, Tx
from conversations.store.statement import Engine, Row, Runnable, Statement, compile_for

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 4_096
GROUP_LIMIT = 256
GROUP_S = 0.020
FUNCTION_SLOW_S = 0.050
FUNCTION_LIMIT_S = 1.0
READ_LIMIT_S = 2.0
READERS = 3
DEADLINE_S = 5.0
BUSY_S = 5.0
_OPCODES_BETWEEN_CHECKS = 20_000


class _SqliteTx:
    """One connection's side of a transaction."""

    __slots__ = ("_clock", "_execute", "_executemany", "_hints", "_points", "engine", "now")

    def __init__(self, connection: sqlite3.Connection, clock: Clock, points: Points) -> None:
        self.engine: Engine = "sqlite"
        self._execute = connection.execute
        self._executemany = connection.executemany
        self._clock = clock
        self._points = points
        self._hints: list[object] = []
        self.now = 0

    def begin(self) -> None:
        self.now = self._clock()
        self._hints = []

    def hints(self) -> list[object]:
        return self._hints

    def new_id(self, prefix: str) -> str:
        return new_id(prefix, self.now)

    def _cursor(self, statement: Runnable, params: Mapping[str, Any]) -> sqlite3.Cursor:
        if type(statement) is Statement:
            compiled = statement.compiled("sqlite")
        else:
            compiled = compile_for("sqlite", statement, params)  # type: ignore[arg-type]
        return self._execute(compiled.sql, compiled.arguments(params))

    def all(self, statement: Runnable, params: Mapping[str, Any] = {}) -> list[Row]:
        return self._cursor(statement, params).fetchall()

    def one(self, statement: Runnable, params: Mapping[str, Any] = {}) -> Row | None:
        row: Row | None = None
        for row in self._cursor(statement, params).fetchall()[:1]:
            return row
        return row

    def run(self, statement: Runnable, params: Mapping[str, Any] = {}) -> int:
        return self._cursor(statement, params).rowcount

    def many(self, statement: Runnable, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        compiled = (
            statement.compiled("sqlite") if isinstance(statement, Statement) else compile_for("sqlite", statement)
        )
        self._executemany(compiled.sql, [compiled.arguments(row) for row in rows])

    def hint(self, hint: object) -> None:
        self._hints.append(hint)

    def reach(self, point: str) -> None:
        self._points.reach(point)


class _Job:
    """A function that waits for the writer, and the future that waits for the function."""

    __slots__ = ("deadline", "error", "fn", "future", "hints", "result")

    def __init__(self, fn: Callable[[Tx], Any], future: asyncio.Future[Any], deadline: float) -> None:
        self.fn = fn
        self.future = future
        self.deadline = deadline
        self.result: Any = None
        self.error: BaseException | None = None
        self.hints: list[object] = []

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class SqliteStore:
    """A SQLite database in WAL mode, owned by this process.

    durability: FULL flushes before each COMMIT returns, so what was acknowledged outlives a power cut;
    NORMAL is for measuring what that costs.
    """

    engine: Engine = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        on_hints: Hints | None = None,
        clock: Clock = system_clock,
        points: Points | None = None,
        durability: Literal["FULL", "NORMAL"] = "FULL",
    ) -> None:
        self._path = path
        self._on_hints = on_hints
        self._clock = clock
        self._points = points or NoPoints()
        self._durability = durability
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._opened_lock = threading.Lock()
        self._data_version: int | None = None
        self.flushes = 0
        self.transactions = 0

    def now(self) -> int:
        return self._clock()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._write_until_closed, args=(ready,), name="store", daemon=True)
        self._thread.start()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        await asyncio.wait_for(ready, BUSY_S + 1)

    async def close(self) -> None:
        if self._thread is None:
            return
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, 10)
        self._thread = None
        if self._readers is not None:
            self._readers.shutdown(wait=True)
        with self._opened_lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    # writing ---------------------------------------------------------------------------------

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = self._loop
        if loop is None or self._thread is None:
            raise Overloaded("The database is closed.")
        if self._jobs.qsize() >= QUEUE_LIMIT:
            raise Overloaded("Too many writes are waiting.")
        future: asyncio.Future[T] = loop.create_future()
        job = _Job(lambda tx: fn(tx, *args, **kwargs), future, time.monotonic() + DEADLINE_S)
        self._jobs.put(job)
        timer = loop.call_later(DEADLINE_S + 1, _expire, future)
        try:
            return await future
        finally:
            timer.cancel()

    async def bulk(self, fn: Callable[[Tx, Item], T], items: Sequence[Item]) -> list[T]:
        return await in_chunks(self, fn, items)

    def _write_until_closed(self, ready: "asyncio.Future[None]") -> None:
        loop = self._loop
        assert loop is not None
        try:
            connection = self._connect()
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={self._durability}")
            connection.execute("PRAGMA journal_size_limit=67108864")
            watch = _Watch(FUNCTION_LIMIT_S)
            connection.set_progress_handler(watch.expired, _OPCODES_BETWEEN_CHECKS)
            tx = _SqliteTx(connection, self._clock, self._points)
        except Exception as error:
            loop.call_soon_threadsafe(ready.set_exception, error)
            return
        loop.call_soon_threadsafe(ready.set_result, None)
        writer = _Writer(connection, tx, watch)
        while (job := self._jobs.get()) is not None:
            group, closing = self._gather(job, writer)
            self.flushes += 1
            self.transactions += len(group)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._deliver, group)
            if closing:
                break
        connection.set_progress_handler(None, 0)
        connection.close()

    def _gather(self, first: _Job, writer: "_Writer") -> tuple[list[_Job], bool]:
        """Run what waits, up to a group's bounds, and commit it together."""
        group: list[_Job] = []
        ends = time.monotonic() + GROUP_S
        job: _Job | None = first
        closing = False
        writer.begin()
        while job is not None:
            group.append(job)
            if not writer.run(job):
                break
            if len(group) >= GROUP_LIMIT or time.monotonic() >= ends:
                break
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            closing = job is None
        writer.commit(group)
        return group, closing

    def _deliver(self, group: list[_Job]) -> None:
        """On the event loop: first whoever waits, then the hints."""
        hints: list[object] = []
        for job in group:
            job.settle()
            hints += job.hints
        if hints and self._on_hints is not None and self._loop is not None:
            self._loop.call_soon(self._on_hints, hints)

    # reading ---------------------------------------------------------------------------------

    async def read(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._readers is None or self._loop is None:
            raise Overloaded("The database is closed.")
        work = self._loop.run_in_executor(self._readers, self._read, lambda tx: fn(tx, *args, **kwargs))
        try:
            return await asyncio.wait_for(work, READ_LIMIT_S + 1)
        except TimeoutError as error:
            raise TookTooLong("Reading took too long.") from error

    def _read(self, fn: Callable[[Tx], T]) -> T:
        connection, watch = self._reader()
        watch.start()
        tx = _SqliteTx(connection, self._clock, self._points)
        tx.begin()
        connection.execute("BEGIN")
        try:
            return fn(tx)
        except sqlite3.OperationalError as error:
            raise _known(error) from error
        finally:
            watch.stop()
            connection.execute("ROLLBACK")

    def _reader(self) -> tuple[sqlite3.Connection, "_Watch"]:
        found = getattr(self._local, "reader", None)
        if found is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only=ON")
            watch = _Watch(READ_LIMIT_S)
            connection.set_progress_handler(watch.expired, _OPCODES_BETWEEN_CHECKS)
            found = self._local.reader = (connection, watch)
            with self._opened_lock:
                self._opened.append(connection)
        return found

    async def changed_outside(self) -> bool:
        """Whether another connection has committed since the last call, by this store's writer's view."""

        def look(tx: Tx) -> int:
            row = tx._execute("PRAGMA data_version").fetchone()  # type: ignore[attr-defined]
            return int(row[0])

        version = await self.write(look)
        before, self._data_version = self._data_version, version
        return before is not None and before != version

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=BUSY_S, cached_statements=512
        )
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA temp_store=MEMORY")
        return connection


class _Watch:
    """Ends a function that runs too long inside the engine."""

    __slots__ = ("_ends", "_limit_s")

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._ends = float("inf")

    def start(self) -> None:
        self._ends = time.monotonic() + self._limit_s

    def stop(self) -> None:
        self._ends = float("inf")

    def expired(self) -> bool:
        return time.monotonic() > self._ends


class _Writer:
    """The writer thread's own: runs functions behind savepoints, commits them as one."""

    __slots__ = ("_connection", "_tx", "_watch")

    def __init__(self, connection: sqlite3.Connection, tx: _SqliteTx, watch: _Watch) -> None:
        self._connection = connection
        self._tx = tx
        self._watch = watch

    def begin(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            # Another process writes, or the disk is full: each function of the group will meet it and say so.
            log.warning("store.begin_failed", exc_info=True)

    def run(self, job: _Job) -> bool:
        """Run one function. False when its failure has ended the whole group's transaction."""
        if not self._connection.in_transaction:
            job.error = Overloaded("The database is busy or its disk is full.")
            return False
        if time.monotonic() > job.deadline or job.future.cancelled():
            job.error = Overloaded("It waited too long and was not run.")
            return True
        execute, tx, watch = self._connection.execute, self._tx, self._watch
        started = time.monotonic()
        watch.start()
        try:
            tx.begin()
            execute("SAVEPOINT f")
            job.result = job.fn(tx)
            execute("RELEASE f")
            job.hints = tx.hints()
        except BaseException as error:
            watch.stop()
            job.error = _known(error)
            job.result, job.hints = None, []
            if not self._connection.in_transaction:
                return False
            execute("ROLLBACK TO f")
            execute("RELEASE f")
        watch.stop()
        took = time.monotonic() - started
        if took > FUNCTION_SLOW_S:
            log.warning("store.slow_function", took_ms=round(took * 1000), function=repr(job.fn))
        return True

    def commit(self, group: list[_Job]) -> None:
        if self._connection.in_transaction:
            try:
                self._tx.reach("store.commit")
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                log.exception("store.commit_failed", functions=len(group))
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            else:
                self._tx.reach("store.committed")
                return
        self._again_alone(group)

    def _again_alone(self, group: list[_Job]) -> None:
        """The whole group was undone, also what had been released: run each once more, by itself."""
        for job in group:
            if job.error is not None and not isinstance(job.error, (StoreError, sqlite3.Error)):
                continue
            job.error, job.result, job.hints = None, None, []
            self.begin()
            self.run(job)
            if not self._connection.in_transaction:
                job.error = job.error or Overloaded("The database is busy or its disk is full.")
                continue
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                job.error, job.hints = _known(error), []
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


def _expire(future: "asyncio.Future[Any]") -> None:
    if not future.done():
        future.set_exception(OutcomeUnknown("The database did not answer in time."))


def _known(error: BaseException) -> BaseException:
    if isinstance(error, sqlite3.OperationalError):
        if "interrupted" in str(error):
            return TookTooLong("It ran too long inside the database and was interrupted.")
        if "locked" in str(error) or "full" in str(error) or "disk" in str(error):
            return Overloaded(f"The database cannot write now: {error}.")
    return error
