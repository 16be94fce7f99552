"""Real server processes: started, killed, frozen and started again, on one port, over one database."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.peers.postgres import free_port
from tests.rig.clients.town import now_ms
from tests.rig.points import Order

ROOT = Path(__file__).parents[2]
READY_S = 30.0
END_S = 20.0
LOOK_S = 0.01


class HouseFailed(Exception):
    """The server could not be had; the message carries the end of its log."""


class ServedHouse:
    """One server process at a time, on one port, with the settings of one folder and database.

    down: spans (ms) in which it did not answer, from its death to its being ready again; frozen time is no part of it.
    deaths: what it went through, one word each.
    """

    def __init__(self, folder: Path, database_url: str, *, name: str = "house") -> None:
        self.database_url = database_url
        self.port = free_port()
        self.down: list[tuple[int, int]] = []
        self.deaths: list[str] = []
        self._orders: Sequence[Order] = ()
        self._folder = folder
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._died_at: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "FRONTDESK_DATA_DIR": str(self._folder),
            "FRONTDESK_DATABASE_URL": self.database_url,
            "FRONTDESK_PORT": str(self.port),
            "FRONTDESK_LOG_LEVEL": "warning",
            "FRONTDESK_LOG_FORMAT": "json",
        }

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    async def command(self, *arguments: str) -> None:
        """Run a command of the product on this house's database. Raises HouseFailed."""
        command = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(300):
            told, _ = await process.communicate()
        if process.returncode != 0:
            raise HouseFailed(f"frontdesk {' '.join(arguments)}: {told.decode(errors='replace')[-2000:]}")

    # its life --------------------------------------------------------------------------------

    async def start(self, orders: Sequence[Order] = ()) -> None:
        """Start, with orders for named points, and return when it is ready. Raises HouseFailed."""
        process = self._spawn(orders)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            ends = asyncio.get_running_loop().time() + READY_S
            while not await self._is_ready(session):
                if process.poll() is not None or asyncio.get_running_loop().time() > ends:
                    raise HouseFailed(f"it did not become ready:\n{self.log()[-4000:]}")
                await asyncio.sleep(LOOK_S)
        if self._died_at is not None:
            self.down.append((self._died_at, now_ms()))
            self._died_at = None

    def _spawn(self, orders: Sequence[Order]) -> subprocess.Popen[bytes]:
        self._orders = orders
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.rig.serve", *map(str, orders)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )
        return self._process

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/readyz") as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def dies(self, within_s: float) -> bool:
        """Wait for the process to end by itself, as ordered; False when it does not."""
        try:
            async with asyncio.timeout(within_s):
                while self.is_alive():  # noqa: ASYNC110 - a process has no event
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return False
        self._note_death(" ".join(f"at {order.point}" for order in self._orders) or "by itself")
        return True

    def kill(self) -> None:
        """SIGKILL, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_S)
            self._note_death("at any moment")

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def is_frozen(self) -> bool:
        """Whether the kernel has stopped every thread of it."""
        with contextlib.suppress(FileNotFoundError):
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        return False

    async def frozen(self, within_s: float) -> bool:
        """Wait until it stands still, as ordered."""
        try:
            async with asyncio.timeout(within_s):
                while not self.is_frozen():  # noqa: ASYNC110 - a process has no event
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """End it in good order. Raises HouseFailed when it does not end, or ends with an error."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        ends = asyncio.get_running_loop().time() + END_S
        while process.poll() is None and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110 - as above
            await asyncio.sleep(LOOK_S)
        if process.poll() is None:
            process.kill()
            process.wait(END_S)
            raise HouseFailed(f"it did not end in {END_S:.0f} s:\n{self.log()[-4000:]}")
        if process.returncode != 0:
            raise HouseFailed(f"it ended with {process.returncode}:\n{self.log()[-4000:]}")

    def _note_death(self, why: str) -> None:
        if self._died_at is None:
            self._died_at = now_ms()
            self.deaths.append(why)

    @asynccontextmanager
    async def open(self, orders: Sequence[Order] = ()) -> AsyncIterator[ServedHouse]:
        """Started, and whatever happens ended."""
        try:
            await self.start(orders)
            yield self
        finally:
            if self._process is not None and self._process.poll() is None:
                self._process.kill()
                self._process.wait(END_S)


def end_with_parent() -> None:
    """In a child: have the kernel kill it when whoever started it is gone."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
