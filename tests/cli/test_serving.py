"""Serving, the demo, and replaying questions against them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import orjson
import pytest

from tests.cli.shell import PROGRAM, ROOT, Shell, ended
from tests.peers.postgres import Postgres


async def test_questions_are_replayed_and_counted(shell: Shell, questions: Path, tmp_path: Path) -> None:
    """Every question is acknowledged and met with something; nothing is lost, doubled or out of order."""
    house = await shell.init()
    await shell.json("import", "intents", questions)
    await shell.json("train", "--publish")
    key = house["inbox"]["public_key"]
    lines = tmp_path / "lines.txt"
    lines.write_text("where is my order\n\nwhat time do you close\nxyzzy plugh\n")
    talks = tmp_path / "talks.csv"
    talks.write_text("conversation,text\na,hello\nb,opening hours\na,where is my order\na,refund please\n")
    async with shell.serving("serve") as served:
        where = ["--url", served["address"], "--inbox", key]
        figures = await shell.json("replay", questions, *where, "--connections", "5")
        few = await shell.json("replay", lines, *where)
        talked = await shell.json("replay", talks, *where, "--connections", "2")
        wrong = await shell.run("replay", lines, "--url", served["address"], "--inbox", "pk_nobody", "--json")
    for told, count in ((figures, 12), (few, 3), (talked, 4)):
        assert told["sent"] == told["acked"] == count, told
        assert told["answered"] + told["asked_back"] + told["escalated"] == count, told
        assert [told[name] for name in ("unanswered", "lost", "doubled", "reordered")] == [0, 0, 0, 0]
        assert told["ack_ms"]["p99"] > 0
        assert told["failures"] == []
    assert figures["answered"] >= 4
    assert figures["escalated"] >= 2
    assert (wrong.code, wrong.json["error"]["code"]) == (1, "unauthorized")


async def test_a_replay_of_nothing_there_fails(shell: Shell, questions: Path) -> None:
    """Without a server, or a file, it says so and ends with 1."""
    missing = await shell.run("replay", "nothing.csv", "--url", "http://127.0.0.1:9", "--inbox", "x", "--json")
    assert (missing.code, missing.json["error"]["code"]) == (1, "not_found")
    odd = await shell.run("replay", questions, "--url", "ftp://x", "--inbox", "x", "--json")
    assert (odd.code, odd.json["error"]["code"]) == (1, "invalid")
    gone = await shell.run("replay", questions, "--url", "http://127.0.0.1:9", "--inbox", "x", "--json")
    assert (gone.code, gone.json["error"]["code"]) == (1, "unavailable")


async def test_the_demo_is_the_same_desk_at_each_start(shell: Shell, tmp_path: Path) -> None:
    """It serves at once, its log-ins work, its bot answers, and the next start finds it all again."""
    asked = tmp_path / "asked.txt"
    asked.write_text("How do I pair a Pip bulb?\n")
    async with shell.serving("demo") as first, aiohttp.ClientSession() as http:
        for one in first["log_ins"]:
            body = {"email": one["email"], "password": one["password"]}
            async with http.post(f"{first['address']}/api/v1/sessions", json=body) as answer:
                assert answer.status == 201
                assert (await answer.json())["agent"]["role"] == one["role"]
        key = first["inbox"]["public_key"]
        figures = await shell.json("replay", asked, "--url", first["address"], "--inbox", key)
        assert figures["answered"] == 1
    async with shell.serving("demo") as second:
        assert second["log_ins"] == first["log_ins"]
        assert second["inbox"] == first["inbox"]
    assert not (shell.folder / "frontdesk.sqlite3").exists()


async def test_workers_need_postgresql(shell: Shell) -> None:
    """On SQLite several processes are refused, in a sentence that says what to do."""
    done = await shell.run("serve", "--workers", "2", "--json")
    assert (done.code, done.json["error"]["code"]) == (1, "invalid")
    assert "PostgreSQL" in done.json["error"]["message"]


async def test_workers_serve_side_by_side(postgres: Postgres, tmp_path: Path) -> None:
    """Two processes answer on one port; one that is killed is replaced; told to end, all are gone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with postgres.database() as url:
        shell = Shell(tmp_path, {"DATABASE_URL": url, "PORT": str(port)})
        await shell.init()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, "serve", "--workers", "2", cwd=ROOT, env=shell.environment
        )
        try:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
                await answers(http, port)
                first, second = children(process.pid)
                os.kill(first, signal.SIGKILL)
                await replaced(process.pid, first)
                await answers(http, port)
            workers = children(process.pid)
            assert second in workers
        finally:
            await ended(process, signal.SIGTERM)
    assert process.returncode == 0
    assert not any(is_running(worker) for worker in workers)


async def replaced(pid: int, gone: int) -> None:
    """Until the supervisor has another child in the place of one; it looks five times a second."""
    for _ in range(600):
        if gone not in children(pid) and len(children(pid)) == 2:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("no worker was started in place of the one that was killed")


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def answers(http: aiohttp.ClientSession, port: int) -> None:
    """Until the address is ready; a port that nobody listens on yet refuses."""
    async with asyncio.timeout(60):
        while True:
            try:
                async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            # only the operating system knows when a process listens
            await asyncio.sleep(0.1)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def test_an_empty_desk_prints_the_link_to_its_first_admin(shell: Shell) -> None:
    """From an empty folder the start says where to begin; with an admin, no start says it any more."""
    async with shell.serving("serve") as served, aiohttp.ClientSession() as http:
        address, _, token = served["setup"].partition("/console/setup#")
        assert address == served["address"]
        body = {"token": token, "company": "Shop", "name": "Ada", "email": "ada@example.com", "password": "long enough"}
        async with http.post(f"{address}/api/v1/setup", json=body) as answer:
            assert answer.status == 201
    assert token not in shell.logged
    async with shell.serving("serve") as served:
        assert "setup" not in served


async def test_a_start_on_a_terminal_tells_the_link_in_words(shell: Shell) -> None:
    """Without --json it stands in what the start says to people, and each start prints one that works."""
    environment = {**shell.environment, "FRONTDESK_PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, "serve", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = b""
    try:
        async with asyncio.timeout(60):
            while b"/console/setup#set_" not in said:
                line = await process.stderr.readline()
                assert line, said.decode()
                said += line
    finally:
        process.send_signal(signal.SIGTERM)
        rest = await process.stderr.read()
        await process.wait()
    assert b"This desk has no admin yet" in said
    assert b"/console/setup#" not in rest


async def test_a_port_in_use_is_told(shell: Shell) -> None:
    """The second server on one port ends with 1, and says why."""
    await shell.init()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        shell.settings = {"PORT": str(taken.getsockname()[1])}
        done = await shell.run("serve", "--json")
    assert done.code == 1
    assert "address already in use" in done.json["error"]["message"].lower()


@pytest.mark.parametrize("kind", ["json", "console"])
async def test_logs_are_events_on_standard_error(shell: Shell, kind: str) -> None:
    """Standard output has the one document; the log tells of serving and ending in the chosen format."""
    await shell.init()
    shell.settings = {"PORT": "0", "LOG_FORMAT": kind}
    async with shell.serving("serve") as served:
        assert served["port"] > 0
    lines = shell.logged.splitlines()
    if kind == "json":
        events = [orjson.loads(line) for line in lines]
        assert [one["event"] for one in events if one["logger"] == "server.app"] == ["serving", "ending"]
        assert all({"timestamp", "level"} <= one.keys() for one in events)
    else:
        assert any("serving" in line and f"port={served['port']}" in line for line in lines)
