"""PostgreSQL through asyncpg: one function, one transaction, on a greenlet that waits for the driver."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
import structlog
from sqlalchemy.util import await_only, greenlet_spawn

from conversations.store.bulk import in_chunks
from conversations.store.clock import Clock, new_id, system_clock
from conversations.store.port import Hints, NoPoints, OutcomeUnknown, Overloaded, Points, StoreError, TookTooLong, Tx
from conversations.store.statement import Compiled, Engine, Row, Runnable, Statement, compile_for

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 4_096
CONNECTIONS = 12
ATTEMPTS = 4
DEADLINE_S = 5.0
READ_LIMIT_S = 2.0
CONNECT_S = 10.0

_AGAIN = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
_LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError, OSError)


class _PostgresTx:
    """One connection's side of a transaction; each call waits for the driver without blocking the loop."""

    __slots__ = ("_connection", "_hints", "_points", "engine", "now")

    def __init__(self, connection: Any, now: int, points: Points) -> None:
        self.engine: Engine = "postgresql"
        self._connection = connection
        self._points = points
        self._hints: list[object] = []
        self.now = now

    def hints(self) -> list[object]:
        return self._hints

    def new_id(self, prefix: str) -> str:
        return new_id(prefix, self.now)

    def all(self, statement: Runnable, params: Mapping[str, Any] = {}) -> list[Row]:
        compiled = _compiled(statement, params)
        rows = _wait(self._connection.fetch(compiled.sql, *compiled.arguments(params)))
        return [tuple(row) for row in rows]

    def one(self, statement: Runnable, params: Mapping[str, Any] = {}) -> Row | None:
        compiled = _compiled(statement, params)
        row = _wait(self._connection.fetchrow(compiled.sql, *compiled.arguments(params)))
        return None if row is None else tuple(row)

    def run(self, statement: Runnable, params: Mapping[str, Any] = {}) -> int:
        compiled = _compiled(statement, params)
        done: str = _wait(self._connection.execute(compiled.sql, *compiled.arguments(params)))
        count = done.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def many(self, statement: Runnable, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        compiled = _compiled(statement, None)
        if len(rows) == 1:
            _wait(self._connection.execute(compiled.sql, *compiled.arguments(rows[0])))
            return
        _wait(self._connection.executemany(compiled.sql, [compiled.arguments(row) for row in rows]))

    def hint(self, hint: object) -> None:
        self._hints.append(hint)

    def reach(self, point: str) -> None:
        self._points.reach(point)


class PostgresStore:
    """A PostgreSQL database, shared with other processes.

    READ COMMITTED, `lock_timeout` 2 s, `statement_timeout` 5 s. Rows are locked in one order: identity,
    conversations by id, agents by id, items, work.
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
    ) -> None:
        self._dsn = dsn.replace("postgresql+asyncpg://", "postgresql://")
        self._on_hints = on_hints
        self._clock = clock
        self._points = points or NoPoints()
        self._connections = connections
        self._pool: Any = None
        self._waiting = 0
        self._running: set[asyncio.Task[Any]] = set()
        self.transactions = 0

    def now(self) -> int:
        return self._clock()

    async def start(self) -> None:
        self._pool = await asyncio.wait_for(
            asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=self._connections,
                command_timeout=DEADLINE_S + 1,
                timeout=CONNECT_S,
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
                server_settings={
                    "lock_timeout": "2000",
                    "statement_timeout": "5000",
                    "idle_in_transaction_session_timeout": "10000",
                    "application_name": "frontdesk",
                },
            ),
            CONNECT_S,
        )

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if self._running:
            await asyncio.wait(self._running, timeout=DEADLINE_S)
        try:
            await asyncio.wait_for(pool.close(), DEADLINE_S)
        except TimeoutError:
            pool.terminate()

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._pool is None:
            raise Overloaded("The database is closed.")
        if self._waiting >= QUEUE_LIMIT:
            raise Overloaded("Too many writes are waiting.")
        # The store owns the task: a caller that goes away never cancels a connection in COMMIT.
        return await self._owned(self._write(lambda tx: fn(tx, *args, **kwargs)))

    async def read(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._pool is None:
            raise Overloaded("The database is closed.")
        return await self._owned(self._read(lambda tx: fn(tx, *args, **kwargs)))

    async def bulk(self, fn: Callable[[Tx, Item], T], items: Sequence[Item]) -> list[T]:
        return await in_chunks(self, fn, items)

    async def changed_outside(self) -> bool:
        return False

    async def _owned(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _write(self, fn: Callable[[Tx], T]) -> T:
        ends = asyncio.get_running_loop().time() + DEADLINE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(fn, ends)
            except _AGAIN as error:
                if attempt == ATTEMPTS or asyncio.get_running_loop().time() >= ends:
                    raise Overloaded("The database was too busy with this conversation.") from error
                await asyncio.sleep(random.uniform(0.005, 0.04) * attempt)
            except asyncpg.QueryCanceledError as error:
                raise TookTooLong("It ran too long inside the database and was interrupted.") from error
        raise AssertionError

    async def _once(self, fn: Callable[[Tx], T], ends: float) -> T:
        connection = await self._acquire(ends)
        broken = True
        try:
            tx = _PostgresTx(connection, self._clock(), self._points)
            try:
                await connection.execute("BEGIN")
                result = await greenlet_spawn(fn, tx)
            except _LOST as error:
                raise Overloaded("The connection to the database was lost; nothing was written.") from error
            except BaseException:
                await _roll_back(connection)
                broken = connection.is_closed()
                raise
            self._points.reach("store.commit")
            try:
                await connection.execute("COMMIT")
            except (*_LOST, TimeoutError) as error:
                raise OutcomeUnknown("The connection was lost while committing.") from error
            self._points.reach("store.committed")
            broken = False
        finally:
            await self._release(connection, broken)
        self.transactions += 1
        hints = tx.hints()
        if hints and self._on_hints is not None:
            asyncio.get_running_loop().call_soon(self._on_hints, hints)
        return result

    async def _read(self, fn: Callable[[Tx], T]) -> T:
        connection = await self._acquire(asyncio.get_running_loop().time() + DEADLINE_S)
        broken = True
        try:
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                async with asyncio.timeout(READ_LIMIT_S):
                    result = await greenlet_spawn(fn, _PostgresTx(connection, self._clock(), self._points))
            except TimeoutError as error:
                raise TookTooLong("Reading took too long.") from error
            except BaseException:
                await _roll_back(connection)
                broken = connection.is_closed()
                raise
            await _roll_back(connection)
            broken = connection.is_closed()
            return result
        except _LOST as error:
            raise Overloaded("The connection to the database was lost.") from error
        finally:
            await self._release(connection, broken)

    async def _acquire(self, ends: float) -> Any:
        self._waiting += 1
        try:
            async with asyncio.timeout_at(ends):
                return await self._pool.acquire()
        except (*_LOST, TimeoutError, asyncpg.PostgresError) as error:
            raise Overloaded("No connection to the database was free in time.") from error
        finally:
            self._waiting -= 1

    async def _release(self, connection: Any, broken: bool) -> None:
        if broken:
            connection.terminate()
        if self._pool is not None:
            await self._pool.release(connection, timeout=DEADLINE_S)


def _compiled(statement: Runnable, params: Mapping[str, Any] | None) -> Compiled:
    if isinstance(statement, Statement):
        return statement.compiled("postgresql")
    return compile_for("postgresql", statement, params)


def _wait(awaitable: Any) -> Any:
    return await_only(awaitable)


async def _roll_back(connection: Any) -> None:
    try:
        await connection.execute("ROLLBACK")
    except (*_LOST, TimeoutError, asyncpg.PostgresError):
        connection.terminate()


__all__ = ["PostgresStore", "StoreError"]
