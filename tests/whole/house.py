"""A whole house on a free port, with a small shop's knowledge, and the people of a story around it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import socketio

from handoff.agents import NewAgent, add
from handoff.sessions import Passwords, open_session
from server.app import Served, serving
from server.founding import Founded, Founding, found
from server.realtime.sockets import Limits
from server.settings import Settings

Json = Any
WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class TestHouse:
    """A served house, what it was begun with, and its address."""

    __test__ = False

    served: Served
    founded: Founded
    url: str

    async def agent(self, name: str, *, seats: int = 4, role: Any = "agent", teams: tuple[str, ...] = ()) -> DeskAgent:
        """A new agent with a session, connected and online."""
        store = self.served.house.store
        new = NewAgent(f"{name.lower()}@example.com", name, "", role=role, seats=seats, team_ids=teams)
        agent = await store.write(add, self.founded.workspace_id, new)
        token, _ = await store.write(open_session, agent.id)
        desk = DeskAgent(agent.id, token)
        await desk.connect(self.url)
        await desk.do("status.set", status="online")
        return desk


@dataclass
class DeskAgent:
    """Python's own Socket.IO client at the desk. seen: (event, payload) in the order of their coming."""

    id: str
    token: str
    seen: list[tuple[str, Json]] = field(default_factory=list)
    _client: Any = None
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def connect(self, url: str) -> None:
        self._client = socketio.AsyncClient(reconnection=False)

        async def keep(event: str, *payload: Json) -> None:
            async with self._arrived:
                self.seen.append((event, payload[0] if payload else None))
                self._arrived.notify_all()

        self._client.on("*", keep, namespace="/agent")
        await self._client.connect(url, auth={"token": self.token}, namespaces=["/agent"], transports=["websocket"])
        await self.sees("welcome")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.disconnect()
            await self._client.wait()

    async def call(self, command: str, **payload: Json) -> Json:
        """The acknowledgement, whatever it says."""
        return await self._client.call(command, payload, namespace="/agent", timeout=WAIT_S)

    async def do(self, command: str, **payload: Json) -> Json:
        """The acknowledgement of a command that has to be well."""
        acknowledged = await self.call(command, **payload)
        assert acknowledged["ok"], acknowledged
        return acknowledged

    async def says(self, conversation: Json, text: str) -> Json:
        return await self.do(
            "message.send",
            conversation_id=conversation["id"],
            epoch=conversation["epoch"],
            client_id=secrets.token_hex(8),
            text=text,
        )

    async def sees(self, event: str, wanted: Callable[[Json], bool] = lambda _: True, *, after: int = 0) -> Json:
        """The payload of the first such event, past or to come."""
        try:
            async with asyncio.timeout(WAIT_S), self._arrived:
                while True:
                    for name, payload in self.seen[after:]:
                        if name == event and wanted(payload):
                            return payload
                    await self._arrived.wait()
        except TimeoutError:
            raise TimeoutError(f"no {event} in time; seen: {[name for name, _ in self.seen]}") from None


@asynccontextmanager
async def whole_house(folder: Path, database_url: str | None = None, **how: Any) -> AsyncIterator[TestHouse]:
    """A house begun in an empty folder, knowing what `knowledge` holds."""
    settings = Settings(data_dir=folder, database_url=database_url, port=0)
    limits = Limits(ping_interval_s=1.0, ping_timeout_s=2.0)
    async with serving(settings, limits=limits, **how) as served:
        store = served.house.store
        passwords = Passwords()
        try:
            hashed = await passwords.hash("a long enough password")
        finally:
            passwords.close()
        founding = Founding(NewAgent("admin@example.com", "Admin", hashed, role="admin"))
        house = await store.write(found, founding)
        await served.house.refresh()
        yield TestHouse(served, house, f"http://127.0.0.1:{served.port}")
