"""The embedded engine: one writer thread that commits in groups, and a few readers beside it."""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec, TypeVar

from conversations.store.bulk import in_chunks
from conversations.store.clock import Clock, system_clock
from conversations.store.port import Hints, NoPoints, OutcomeUnknown, Overloaded, Points, TookTooLong, Tx
from conversations.store.sqlite_tx import SqliteTx, Watch, connect, known
from conversations.store.sqlite_writer import Job, Writer
from conversations.store.statement import Engine

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

QUEUE_LIMIT = 4_096
READS_LIMIT = 1_024
READ_LIMIT_S = 2.0
READERS = 3
DEADLINE_S = 5.0
GRACE_S = 1.0
BUSY_S = 2.0
CLOSE_S = 10.0


class SqliteStore:
    """A SQLite database in WAL mode, owned by this process.

    durability: FULL flushes before each COMMIT returns, so what was acknowledged outlives a power cut;
    NORMAL is for measuring what that costs. deadline_s: a write that has not begun by then is not run.
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
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._path = path
        self._on_hints = on_hints
        self._clock = clock
        self._points = points or NoPoints()
        self._durability = durability
        self._deadline_s = deadline_s
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting: deque[Job] = deque()
        self._sweep: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._writer: Writer | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._reading = 0
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._opened_lock = threading.Lock()
        self._data_version = 0
        self.transactions = 0

    @property
    def flushes(self) -> int:
        """COMMITs so far: each is one flush, whatever ran in it."""
        return self._writer.commits if self._writer is not None else 0

    def now(self) -> int:
        return self._clock()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._write_until_closed, args=(ready,), name="store", daemon=True)
        self._thread.start()
        try:
            await asyncio.wait_for(ready, BUSY_S + GRACE_S)
        except BaseException:
            self._thread = None
            self._jobs.put(None)
            raise
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")

    async def close(self) -> None:
        """Finish what waits, then let go of the file."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        readers, self._readers = self._readers, None
        if readers is not None:
            await asyncio.to_thread(readers.shutdown)
        with self._opened_lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._jobs.put(None)
        await asyncio.to_thread(thread.join, CLOSE_S)
        if self._sweep is not None:
            self._sweep.cancel()
        while self._waiting:
            _tell_unknown(self._waiting.popleft())

    # writing ---------------------------------------------------------------------------------

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = self._loop
        if loop is None or self._thread is None:
            raise Overloaded("The database is closed.")
        if self._jobs.qsize() >= QUEUE_LIMIT:
            raise Overloaded("Too many writes are waiting.")
        future: asyncio.Future[T] = loop.create_future()
        job = Job(fn, args, kwargs, future, time.monotonic() + self._deadline_s)
        waiting = self._waiting
        while waiting and waiting[0].future.done():
            waiting.popleft()
        waiting.append(job)
        if self._sweep is None:
            self._sweep = loop.call_later(GRACE_S, self._expire)
        self._jobs.put(job)
        return await future

    async def bulk(self, fn: Callable[[Tx, Item], T], items: Sequence[Item]) -> list[T]:
        return await in_chunks(self, fn, items)

    def _write_until_closed(self, ready: "asyncio.Future[None]") -> None:
        loop = self._loop
        assert loop is not None
        try:
            connection = connect(self._path, BUSY_S)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={self._durability}")
            connection.execute("PRAGMA journal_size_limit=67108864")
            # copying the log back is paid for each page once a checkpoint: at 16 MB that is a sixth off a commit's CPU
            connection.execute("PRAGMA wal_autocheckpoint=4000")
            tx = SqliteTx(connection, self._clock, self._points)
            self._data_version = tx.data_version()
            self._writer = writer = Writer(connection, tx, self._jobs, self._hand_over)
        except Exception as error:
            loop.call_soon_threadsafe(_refuse, ready, known(error))
            return
        loop.call_soon_threadsafe(_confirm, ready)
        writer.work()
        connection.close()

    def _hand_over(self, group: list[Job]) -> None:
        """From the writer's thread to the loop, once for a group."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._tell, group)

    def _tell(self, group: list[Job]) -> None:
        """On the event loop: first whoever waits, then the hints."""
        self.transactions += len(group)
        hints: list[object] = []
        for job in group:
            job.settle()
            hints += job.hints
        if hints and self._on_hints is not None and self._loop is not None:
            self._loop.call_soon(self._on_hints, hints)

    def _expire(self) -> None:
        """Once a second while anything waits: tell those who have waited too long that nobody knows."""
        self._sweep = None
        now, waiting = time.monotonic(), self._waiting
        while waiting and (waiting[0].future.done() or waiting[0].deadline + GRACE_S < now):
            _tell_unknown(waiting.popleft())
        if waiting and self._loop is not None:
            self._sweep = self._loop.call_later(GRACE_S, self._expire)

    # reading ---------------------------------------------------------------------------------

    async def read(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._readers is None or self._loop is None:
            raise Overloaded("The database is closed.")
        if self._reading >= READS_LIMIT:
            raise Overloaded("Too many reads are waiting.")
        self._reading += 1
        work = self._loop.run_in_executor(self._readers, self._read, lambda tx: fn(tx, *args, **kwargs))
        work.add_done_callback(self._has_read)
        try:
            # not wait_for: Python 3.11's drops a cancellation that comes just as the read ends
            async with asyncio.timeout(READ_LIMIT_S + GRACE_S):
                return await work
        except TimeoutError as error:
            raise TookTooLong("Reading took too long.") from error

    def _has_read(self, _: object) -> None:
        self._reading -= 1

    def _read(self, fn: Callable[[Tx], T]) -> T:
        connection, tx, watch = self._reader()
        watch.start()
        tx.begin()
        connection.execute("BEGIN")
        try:
            return fn(tx)
        except sqlite3.Error as error:
            raise known(error) from error
        finally:
            watch.stop()
            connection.execute("ROLLBACK")

    def _reader(self) -> tuple[sqlite3.Connection, SqliteTx, Watch]:
        found: tuple[sqlite3.Connection, SqliteTx, Watch] | None = getattr(self._local, "reader", None)
        if found is None:
            connection = connect(self._path, BUSY_S)
            connection.execute("PRAGMA query_only=ON")
            found = connection, SqliteTx(connection, self._clock, self._points), Watch(connection, READ_LIMIT_S)
            self._local.reader = found
            with self._opened_lock:
                self._opened.append(connection)
        return found

    async def changed_outside(self) -> bool:
        """Whether another connection has committed since the last call, by this store's writer's view."""
        before, self._data_version = self._data_version, await self.write(_data_version)
        return before != self._data_version


def _data_version(tx: Tx) -> int:
    assert isinstance(tx, SqliteTx)
    return tx.data_version()


def _confirm(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


def _refuse(ready: "asyncio.Future[None]", error: BaseException) -> None:
    if not ready.done():
        ready.set_exception(error)


def _tell_unknown(job: Job) -> None:
    if not job.future.done():
        job.future.set_exception(OutcomeUnknown("The database did not answer in time."))
