"""One SQLite connection, as a transaction's function sees it."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from conversations.store.clock import Clock, new_id
from conversations.store.port import Overloaded, Points, StoreError, TookTooLong
from conversations.store.statement import Compiled, Engine, Row, Runnable, Statement, compile_for

_OPCODES_BETWEEN_CHECKS = 20_000
_NOTHING: Mapping[str, Any] = {}
_CANNOT_NOW = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def connect(path: Path, busy_s: float) -> sqlite3.Connection:
    """A connection that leaves BEGIN and COMMIT to us. busy_s: how long it waits for another process."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=busy_s, cached_statements=512
    )
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA cache_size=-65536")
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code, such as sqlite3.SQLITE_FULL; 0 for what Python's module found by itself."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def known(error: BaseException) -> BaseException:
    """What a store's caller is told of an error inside a transaction that was not committed."""
    if not isinstance(error, sqlite3.Error):
        return error
    code = code_of(error)
    if code == sqlite3.SQLITE_INTERRUPT:
        return TookTooLong("It ran too long inside the database and was interrupted.")
    if code in _CANNOT_NOW:
        return Overloaded(f"The database cannot write now: {error}.")
    return error


class Watch:
    """Interrupts a function that runs too long inside the engine."""

    __slots__ = ("_ends", "_limit_s")

    def __init__(self, connection: sqlite3.Connection, limit_s: float) -> None:
        self._limit_s = limit_s
        self._ends = float("inf")
        connection.set_progress_handler(self._expired, _OPCODES_BETWEEN_CHECKS)

    def start(self) -> None:
        self._ends = time.monotonic() + self._limit_s

    def stop(self) -> None:
        self._ends = float("inf")

    def _expired(self) -> bool:
        return time.monotonic() > self._ends


class SqliteTx:
    """One connection's side of a transaction.

    After an engine's error it takes nothing more, as with PostgreSQL: SQLite may have ended the transaction
    by then, and a further statement would commit by itself.
    """

    __slots__ = ("_clock", "_cursor", "_execute", "_executemany", "_failed", "_hints", "_points", "engine", "now")

    def __init__(self, connection: sqlite3.Connection, clock: Clock, points: Points) -> None:
        self.engine: Engine = "sqlite"
        # one for all: each statement's rows are fetched before the next is run
        self._cursor = connection.cursor()
        self._clock = clock
        self._points = points
        self._failed: sqlite3.Error | None = None
        self._execute = self._cursor.execute
        self._executemany = self._cursor.executemany
        self.begin()

    def begin(self) -> None:
        """Forget the function before; time is read once for the next."""
        self.now = self._clock()
        self._hints: list[object] = []
        if self._failed is not None:
            self._failed = None
            self._execute = self._cursor.execute
            self._executemany = self._cursor.executemany

    def finish(self) -> list[object]:
        """What was hinted. Raises the engine's error that the function kept to itself."""
        if self._failed is not None:
            raise self._failed
        return self._hints

    def new_id(self, prefix: str) -> str:
        return new_id(prefix, self.now)

    def all(self, statement: Runnable, params: Mapping[str, Any] = _NOTHING) -> list[Row]:
        compiled = statement.sqlite if type(statement) is Statement else _compiled(statement, params)
        arguments = compiled.arguments(params)
        try:
            return self._execute(compiled.sql, arguments).fetchall()
        except sqlite3.Error as error:
            self._fail(error)

    def one(self, statement: Runnable, params: Mapping[str, Any] = _NOTHING) -> Row | None:
        compiled = statement.sqlite if type(statement) is Statement else _compiled(statement, params)
        arguments = compiled.arguments(params)
        try:
            # all rows are fetched: a statement left half done would hold the transaction open
            rows = self._execute(compiled.sql, arguments).fetchall()
        except sqlite3.Error as error:
            self._fail(error)
        return rows[0] if rows else None

    def run(self, statement: Runnable, params: Mapping[str, Any] = _NOTHING) -> int:
        compiled = statement.sqlite if type(statement) is Statement else _compiled(statement, params)
        arguments = compiled.arguments(params)
        try:
            return self._execute(compiled.sql, arguments).rowcount
        except sqlite3.Error as error:
            self._fail(error)

    def many(self, statement: Runnable, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        compiled = statement.sqlite if type(statement) is Statement else _compiled(statement, None)
        arguments = [compiled.arguments(row) for row in rows]
        try:
            if len(arguments) == 1:
                self._execute(compiled.sql, arguments[0])
            else:
                self._executemany(compiled.sql, arguments)
        except sqlite3.Error as error:
            self._fail(error)

    def hint(self, hint: object) -> None:
        self._hints.append(hint)

    def reach(self, point: str) -> None:
        self._points.reach(point)

    def data_version(self) -> int:
        """A number that changes when another connection has committed."""
        return int(self._execute("PRAGMA data_version").fetchone()[0])

    def _fail(self, error: sqlite3.Error) -> NoReturn:
        self._failed = error
        self._execute = self._executemany = self._refuse
        raise error

    def _refuse(self, *_: Any) -> NoReturn:
        raise StoreError("This transaction has failed already; it takes nothing more.") from self._failed


def _compiled(statement: Runnable, params: Mapping[str, Any] | None) -> Compiled:
    if isinstance(statement, Statement):
        return statement.sqlite
    return compile_for("sqlite", statement, params)
