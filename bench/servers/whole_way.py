"""The product's server as it is served, but that visitors may be as quick as they like.

Prints its port, then serves until SIGTERM. With `--count` it also counts statements and tasks, which costs time, and
prints all counts as a line of JSON on each SIGUSR1.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import signal
import sqlite3
from collections.abc import Coroutine
from typing import Any, Self, cast

import uvloop

from conversations.store import SqliteStore
from server.app import Served, serving
from server.garbage import leave_the_living
from server.logs import configure_logs
from server.realtime.sessions import Rates
from server.settings import load_settings

QUICK = Rates(visitor_messages_per_s=1e6, visitor_messages_burst=10**6, commands_per_s=1e6, commands_burst=10**6)


class Counts:
    """How many statements the SQLite connections ran, BEGIN, COMMIT and savepoints among them, and tasks were made."""

    statements = 0
    bookkeeping = 0
    tasks = 0

    def of(self, served: Served) -> str:
        store = served.house.store
        assert isinstance(store, SqliteStore)
        counts = {
            "statements": self.statements,
            "bookkeeping": self.bookkeeping,
            "tasks": self.tasks,
            "transactions": store.transactions,
            "flushes": store.flushes,
        }
        return json.dumps(counts)


def count(counts: Counts) -> None:
    """Have every connection opened from now on, and the running loop, counted."""

    def note(sql: str) -> None:
        if sql.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")):
            counts.bookkeeping += 1
        else:
            counts.statements += 1

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *args: Any) -> Self:
            note(sql)
            return super().execute(sql, *args)

        def executemany(self, sql: str, rows: Any) -> Self:
            note(sql)
            return super().executemany(sql, rows)

    class Counted(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            return cast("sqlite3.Cursor", self.cursor().execute(sql, *args))

        def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
            return cast("sqlite3.Cursor", self.cursor().executemany(sql, rows))

    connect: Any = functools.partial(sqlite3.connect, factory=Counted)
    sqlite3.connect = connect

    def make(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
        counts.tasks += 1
        return asyncio.Task(work, loop=loop, **options)

    factory: Any = make
    asyncio.get_running_loop().set_task_factory(factory)


async def serve(options: argparse.Namespace) -> None:
    settings = load_settings()
    configure_logs(settings.log_format, settings.log_level)
    counts = Counts()
    if options.count:
        count(counts)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    async with serving(settings, rates=QUICK) as served:
        loop.add_signal_handler(signal.SIGUSR1, lambda: print(counts.of(served), flush=True))
        leave_the_living()
        print(served.port, flush=True)
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.servers.whole_way")
    parser.add_argument("--count", action="store_true")
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
