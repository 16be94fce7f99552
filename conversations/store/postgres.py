"""PostgreSQL through asyncpg: one function, one transaction, on a greenlet that waits for the driver."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
import structlog
from sqlalchemy.util import greenlet_spawn

from conversations.store.bulk import in_chunks
from conversations.store.clock import Clock, system_clock
from conversations.store.port import Hints, NoPoints, OutcomeUnknown, Overloaded, Points, StoreError, TookTooLong, Tx
from conversations.store.postgres_tx import Again, PostgresTx, is_fatal, known
from conversations.store.statement import Engine

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 4_096
READS_LIMIT = 1_024
CONNECTIONS = 12
ATTEMPTS = 4
DEADLINE_S = 5.0
GRACE_S = 1.0
READ_LIMIT_S = 2.0
CONNECT_S = 10.0

_SESSION = {
    "lock_timeout": "2000",
    "statement_timeout": "5000",
    "idle_in_transaction_session_timeout": "10000",
    "application_name": "frontdesk",
}


class PostgresStore:
    """A PostgreSQL database, shared with other processes.

    READ COMMITTED, `lock_timeout` 2 s, `statement_timeout` 5 s. Rows are locked in one order: identity,
    conversations by id, agents by id, items, work. deadline_s: a write that has no connection by then is not
    run; one that runs has a second more to come to its COMMIT.
    """

    engine: Engine = "postgresql"

    def __init__(
        self,
        dsn: str,
        *,
        on_hints: Hints | None = None,
        clock: Clock = system_clock,
        points: Points | None = None,
        connections: int = CONNECTIONS,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._dsn = dsn.replace("postgresql+asyncpg://", "postgresql://")
        self._on_hints = on_hints
        self._clock = clock
        self._points = points or NoPoints()
        self._connections = connections
        self._deadline_s = deadline_s
        self._pool: Any = None
        self._open = False
        self._writing: set[asyncio.Task[None]] = set()
        self._reading: set[asyncio.Task[None]] = set()
        self.transactions = 0

    def now(self) -> int:
        return self._clock()

    async def start(self) -> None:
        self._pool = await asyncio.wait_for(
            asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=self._connections,
                command_timeout=DEADLINE_S + GRACE_S,
                timeout=CONNECT_S,
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
                reset=_nothing_to_reset,
                server_settings=_SESSION,
            ),
            CONNECT_S,
        )
        self._open = True

    async def close(self) -> None:
        """Finish what runs, then let go of the connections."""
        if not self._open:
            return
        self._open = False
        running = self._writing | self._reading
        if running:
            _, late = await asyncio.wait(running, timeout=DEADLINE_S + 2 * GRACE_S)
            for task in late:
                task.cancel()
        try:
            await asyncio.wait_for(self._pool.close(), DEADLINE_S)
        except TimeoutError:
            self._pool.terminate()

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not self._open:
            raise Overloaded("The database is closed.")
        if len(self._writing) >= QUEUE_LIMIT:
            raise Overloaded("Too many writes are waiting.")
        return await self._owned(self._writing, self._write(lambda tx: fn(tx, *args, **kwargs)))

    async def read(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not self._open:
            raise Overloaded("The database is closed.")
        if len(self._reading) >= READS_LIMIT:
            raise Overloaded("Too many reads are waiting.")
        return await self._owned(self._reading, self._read(lambda tx: fn(tx, *args, **kwargs)))

    async def bulk(self, fn: Callable[[Tx, Item], T], items: Sequence[Item]) -> list[T]:
        return await in_chunks(self, fn, items)

    async def changed_outside(self) -> bool:
        return False

    async def _owned(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, tuple[T, list[object]]]) -> T:
        """Run it in a task of the store's own: a caller that goes away never cancels a connection in COMMIT."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        task = loop.create_task(self._tell(work, future))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return await future

    async def _tell(self, work: Coroutine[Any, Any, tuple[T, list[object]]], future: asyncio.Future[T]) -> None:
        """First whoever waits, then the hints."""
        try:
            result, hints = await work
        except BaseException as error:
            cut = isinstance(error, asyncio.CancelledError)
            if not future.done():
                future.set_exception(OutcomeUnknown("The database was closed meanwhile.") if cut else _plain(error))
            if cut:
                raise
            return
        if not future.done():
            future.set_result(result)
        if hints and self._on_hints is not None:
            asyncio.get_running_loop().call_soon(self._on_hints, hints)

    # writing ---------------------------------------------------------------------------------

    async def _write(self, fn: Callable[[Tx], T]) -> tuple[T, list[object]]:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._deadline_s
        attempt = 1
        while True:
            try:
                return await self._once(fn, ends)
            except Again as again:
                if attempt == ATTEMPTS or loop.time() >= ends:
                    raise again.told from again.__cause__
                log.info("store.again", attempt=attempt, reason=repr(again.__cause__))
            await asyncio.sleep(random.uniform(0.005, 0.04) * attempt)
            attempt += 1

    async def _once(self, fn: Callable[[Tx], T], ends: float) -> tuple[T, list[object]]:
        connection = await self._acquire(ends)
        settled = False
        try:
            tx = PostgresTx(connection, self._clock(), self._points)
            try:
                async with asyncio.timeout_at(ends + GRACE_S):
                    await connection.execute("BEGIN")
                    result: T = await greenlet_spawn(fn, tx)
                hints = tx.finish()
            except BaseException as error:
                lost = not isinstance(error, Exception) or is_fatal(error) or connection.is_closed()
                settled = not lost and await _roll_back(connection)
                if isinstance(error, TimeoutError) and asyncio.get_running_loop().time() >= ends + GRACE_S:
                    raise TookTooLong(f"It took longer than {self._deadline_s + GRACE_S} s.") from error
                told = known(error, lost=lost)
                if told is error:
                    raise
                raise told from error
            await self._commit(connection)
            settled = True
        finally:
            await self._release(connection, settled=settled)
        self.transactions += 1
        return result, hints

    async def _commit(self, connection: Any) -> None:
        """COMMIT. Raises OutcomeUnknown where nobody heard the answer."""
        self._points.reach("store.commit")
        try:
            done = await connection.execute("COMMIT")
        except Exception as error:
            if isinstance(error, asyncpg.PostgresError) and not is_fatal(error) and not connection.is_closed():
                raise known(error, lost=False) from error  # a constraint checked at COMMIT: it was rolled back
            raise OutcomeUnknown("The connection was lost while committing.") from error
        if done != "COMMIT":
            raise StoreError(f"The transaction had failed before: PostgreSQL answered {done}.")
        self._points.reach("store.committed")

    # reading ---------------------------------------------------------------------------------

    async def _read(self, fn: Callable[[Tx], T]) -> tuple[T, list[object]]:
        connection = await self._acquire(asyncio.get_running_loop().time() + self._deadline_s, told=True)
        settled = False
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                result: T = await greenlet_spawn(fn, PostgresTx(connection, self._clock(), self._points))
            settled = await _roll_back(connection)
        except BaseException as error:
            if isinstance(error, TimeoutError):
                raise TookTooLong("Reading took too long.") from error
            lost = not isinstance(error, Exception) or is_fatal(error) or connection.is_closed()
            settled = not lost and await _roll_back(connection)
            told = known(error, lost=lost)
            if told is error:
                raise
            raise (told.told if isinstance(told, Again) else told) from error
        finally:
            await self._release(connection, settled=settled)
        return result, []

    # connections -----------------------------------------------------------------------------

    async def _acquire(self, ends: float, *, told: bool = False) -> Any:
        """A connection. Raises Again where the server cannot be reached (Overloaded with `told`), or Overloaded."""
        try:
            async with asyncio.timeout_at(ends):
                return await self._pool.acquire()
        except TimeoutError as error:
            raise Overloaded("No connection to the database was free in time.") from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            unreachable = Overloaded(f"The database cannot be reached: {error}.")
            raise (unreachable if told else Again(unreachable)) from error

    async def _release(self, connection: Any, *, settled: bool) -> None:
        """Give a connection back; one that is not known to be idle is cut. What was committed stays so."""
        with contextlib.suppress(Exception):
            if not settled:
                connection.terminate()
            await self._pool.release(connection, timeout=DEADLINE_S)


async def _roll_back(connection: Any) -> bool:
    """Whether the connection is known to be idle again."""
    try:
        await connection.execute("ROLLBACK")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


async def _nothing_to_reset(connection: Any) -> None:
    """A connection given back has ended its transaction and set nothing: no round trip is needed."""


def _plain(error: BaseException) -> BaseException:
    """A future takes every exception but this."""
    return RuntimeError("the function raised StopIteration") if isinstance(error, StopIteration) else error
