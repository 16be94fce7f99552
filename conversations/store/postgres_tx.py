"""One PostgreSQL connection, as a transaction's function sees it, and what its errors mean."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import asyncpg
from sqlalchemy.util import await_only

from conversations.store.clock import new_id
from conversations.store.port import Overloaded, Points, StoreError, TookTooLong
from conversations.store.statement import Compiled, Engine, Row, Runnable, Statement, compile_for

_NOTHING: Mapping[str, Any] = {}

_RACED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
# a plan made before another process migrated the database; the driver has forgotten it by now
_STALE = (asyncpg.InvalidCachedStatementError,)


class Again(Exception):
    """Nothing was written, and trying once more may help. told: for the caller when it did not."""

    def __init__(self, told: BaseException) -> None:
        super().__init__(str(told))
        self.told = told


class PostgresTx:
    """One connection's side of a transaction; each call waits for the driver without blocking the loop."""

    __slots__ = ("_connection", "_failed", "_hints", "_points", "engine", "now")

    def __init__(self, connection: Any, now: int, points: Points) -> None:
        self.engine: Engine = "postgresql"
        self._connection = connection
        self._points = points
        self._hints: list[object] = []
        self._failed: Exception | None = None
        self.now = now

    def finish(self) -> list[object]:
        """What was hinted. Raises the engine's error that the function kept to itself."""
        if self._failed is not None:
            raise self._failed
        return self._hints

    def new_id(self, prefix: str) -> str:
        return new_id(prefix, self.now)

    def all(self, statement: Runnable, params: Mapping[str, Any] = _NOTHING) -> list[Row]:
        compiled = _compiled(statement, params)
        arguments = compiled.arguments(params)
        try:
            return [tuple(row) for row in await_only(self._connection.fetch(compiled.sql, *arguments))]
        except Exception as error:
            self._fail(error)

    def one(self, statement: Runnable, params: Mapping[str, Any] = _NOTHING) -> Row | None:
        compiled = _compiled(statement, params)
        arguments = compiled.arguments(params)
        try:
            row = await_only(self._connection.fetchrow(compiled.sql, *arguments))
        except Exception as error:
            self._fail(error)
        return None if row is None else tuple(row)

    def run(self, statement: Runnable, params: Mapping[str, Any] = _NOTHING) -> int:
        compiled = _compiled(statement, params)
        arguments = compiled.arguments(params)
        try:
            done: str = await_only(self._connection.execute(compiled.sql, *arguments))
        except Exception as error:
            self._fail(error)
        count = done.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def many(self, statement: Runnable, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        compiled = _compiled(statement, None)
        arguments = [compiled.arguments(row) for row in rows]
        try:
            if len(rows) == 1:
                await_only(self._connection.execute(compiled.sql, *arguments[0]))
            else:
                await_only(self._connection.executemany(compiled.sql, arguments))
        except Exception as error:
            self._fail(error)

    def hint(self, hint: object) -> None:
        self._hints.append(hint)

    def reach(self, point: str) -> None:
        self._points.reach(point)

    def _fail(self, error: Exception) -> NoReturn:
        if self._failed is not None:
            raise StoreError("This transaction has failed already; it takes nothing more.") from self._failed
        self._failed = error
        raise error


def is_fatal(error: BaseException) -> bool:
    """Whether the connection ends with this error, so that nobody hears any more what became of its work.

    The driver answers InternalClientError on an idle connection that the server has just ended.
    """
    if isinstance(error, (OSError, asyncpg.PostgresConnectionError, asyncpg.InternalClientError)):
        return True
    return getattr(error, "severity_en", None) in ("FATAL", "PANIC")


def known(error: BaseException, *, lost: bool) -> BaseException:
    """What a store does with an error inside a transaction that was not committed: Again, or tell the caller.

    lost: the connection is gone.
    """
    if isinstance(error, _RACED):
        return Again(Overloaded("The database was too busy with this conversation."))
    if isinstance(error, asyncpg.UniqueViolationError):
        # whoever was first has committed by now: the function, run again, finds what they wrote
        return Again(error)
    if isinstance(error, _STALE):
        return Again(Overloaded("The database was being migrated."))
    if isinstance(error, asyncpg.QueryCanceledError):
        return TookTooLong("It ran too long inside the database and was interrupted.")
    if is_fatal(error) or (lost and isinstance(error, (asyncpg.InterfaceError, asyncpg.PostgresError))):
        return Again(Overloaded("The connection to the database was lost; nothing was written."))
    if isinstance(error, (asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError)):
        return Overloaded(f"The database cannot write now: {error}.")
    return error


def _compiled(statement: Runnable, params: Mapping[str, Any] | None) -> Compiled:
    if isinstance(statement, Statement):
        return statement.postgresql
    return compile_for("postgresql", statement, params)
