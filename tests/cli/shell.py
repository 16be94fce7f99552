"""`frontdesk` in a process of its own, with a data folder of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).parents[2]
LIMIT_S = 90.0
PROGRAM = "from server.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return orjson.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [orjson.loads(line) for line in self.out.splitlines()]


@dataclass
class Shell:
    """Runs commands with one data folder. settings: more FRONTDESK_* variables, without the prefix."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    logged: str = ""
    """What the last server wrote to standard error."""

    @property
    def environment(self) -> dict[str, str]:
        mine = {"DATA_DIR": str(self.folder), **self.settings}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
        return {**kept, **{f"FRONTDESK_{name}": value for name, value in mine.items()}, "NO_COLOR": "1"}

    async def run(self, *arguments: str | Path, stdin: bytes | None = None) -> Done:
        """Run a command to its end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            *map(str, arguments),
            cwd=ROOT,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(LIMIT_S):
                out, err = await process.communicate(stdin)
        finally:
            await ended(process, signal.SIGKILL)
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())

    async def json(self, *arguments: str | Path) -> Any:
        """The document of a command that has to be well."""
        done = await self.run(*arguments, "--json")
        assert done.code == 0, done
        return done.json

    async def init(self) -> Any:
        """A house with its admin."""
        return await self.json("init", "--admin-email", "ada@example.com", "--admin-password", "a long enough password")

    @asynccontextmanager
    async def serving(self, *arguments: str) -> AsyncIterator[Any]:
        """A server, told to end at the end: what it says of itself when it is ready."""
        environment = {"FRONTDESK_PORT": "0", **self.environment}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            *arguments,
            "--json",
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        talking = asyncio.create_task(process.stderr.read())
        try:
            async with asyncio.timeout(LIMIT_S):
                line = await process.stdout.readline()
            assert line, (await talking).decode()
            yield orjson.loads(line)
        finally:
            await ended(process, signal.SIGTERM)
            self.logged = (await talking).decode()
        assert process.returncode == 0, self.logged


async def ended(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    """Tell a process to end where it still runs, and take leave of it."""
    if process.returncode is None:
        process.send_signal(how)
        try:
            async with asyncio.timeout(30):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
