"""Desks for browsers: one in this process, and one that can be killed."""

from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import hatch_build
from conversations.model import SYSTEM
from handoff.agents import NewAgent, add
from server import inboxes
from server.realtime.sockets import Limits
from tests.rig.founding import Seated, lay_ground, teach
from tests.rig.house import ServedHouse
from tests.whole.house import LIVELY, TestHouse, whole_house
from tests.whole.knowledge import teach as teach_lamps

ROOT = Path(hatch_build.__file__).resolve().parent
PASSWORD = "a long enough password"
BUILD_S = 120


@contextmanager
def built() -> Iterator[None]:
    """The web parts as their sources are now; meanwhile no other run builds. Raises hatch_build.BuildFailed.

    Who works on one part while another is in pieces names theirs in WEB_PARTS ("loader frame"): only these are built.
    """
    name = blake2b(str(ROOT).encode(), digest_size=6).hexdigest()
    with (Path(tempfile.gettempdir()) / f"frontdesk-web-{name}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if PARTS:
            _build_parts(lock)
        else:
            hatch_build.build(ROOT)
        yield


PARTS = os.environ.get("WEB_PARTS", "").split()


def _build_parts(stamp: IO[str]) -> None:
    made_of = f"{hatch_build.digest(ROOT)} {PARTS}"
    stamp.seek(0)
    if stamp.read() == made_of:
        return
    for part in PARTS:
        command = [str(hatch_build.node()), "node_modules/vite/bin/vite.js", "build", "--mode", part]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_S, check=False)
        if done.returncode != 0:
            raise hatch_build.BuildFailed(done.stdout + done.stderr)
    stamp.truncate(0)
    stamp.write(made_of)


@dataclass(frozen=True, slots=True)
class BrowserDesk:
    """A house of tests/whole that browsers can open; what is not here is on `whole` and its `house`."""

    whole: TestHouse

    @property
    def url(self) -> str:
        return self.whole.url

    @property
    def inbox(self) -> str:
        return self.whole.founded.public_key

    @property
    def house(self) -> Any:
        return self.whole.house

    async def agent(self, name: str, **how: Any) -> Any:
        """An agent on a socket read by hand, online; leaves before the desk closes."""
        return await self.whole.at_desk(name, **how)

    async def settle(self, **settings: Any) -> None:
        """Change settings of the inbox, as its admin would; live at once."""
        founded = self.whole.founded
        await self.house.store.write(
            inboxes.change, founded.workspace_id, founded.inbox_id, {"settings": settings}, SYSTEM
        )
        await self.house.refresh()


@dataclass(frozen=True, slots=True)
class LogIn:
    id: str
    name: str
    email: str
    password: str


async def log_in(desk: BrowserDesk, name: str, *, role: Any = "agent", seats: int = 4) -> LogIn:
    """A new agent who can log in to the console."""
    house = desk.house
    hashed = await house.passwords.hash(PASSWORD)
    email = f"{name.lower()}.{secrets.token_hex(3)}@example.com"
    new = NewAgent(email, name, hashed, role=role, seats=seats)
    agent = await house.store.write(add, desk.whole.founded.workspace_id, new)
    return LogIn(agent.id, name, email, PASSWORD)


@asynccontextmanager
async def opened_desk(folder: Path) -> AsyncIterator[BrowserDesk]:
    """A desk in this process that knows a small shop's articles."""
    async with AsyncExitStack() as opened:
        with built():
            # what browsers load is read when the house opens, so nobody may build meanwhile
            house = await opened.enter_async_context(whole_house(folder, beats=LIVELY, limits=Limits()))
        await teach_lamps(house)
        yield BrowserDesk(house)


@dataclass(frozen=True, slots=True)
class Mortal:
    """A desk in a process of its own. agents: two, with sessions."""

    house: ServedHouse
    inbox: str
    agents: tuple[Seated, ...]

    @property
    def url(self) -> str:
        return self.house.url


@asynccontextmanager
async def opened_mortal(folder: Path) -> AsyncIterator[Mortal]:
    """A desk that can be killed, with the demo's articles, ready."""
    url = f"sqlite:///{folder / 'frontdesk.sqlite3'}"
    ground = await lay_ground(url, agents=2, seats=4)
    house = ServedHouse(folder, url)
    await teach(house, train=False)
    async with AsyncExitStack() as opened:
        with built():
            await opened.enter_async_context(house.open())
        yield Mortal(house, ground.inbox, ground.agents)
