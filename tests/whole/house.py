"""A whole house on a free port, with a small shop's knowledge, and the people of a story around it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import socketio

from conversations.store import Hints, Points
from conversations.store.clock import Clock, system_clock
from handoff import teams
from handoff.agents import NewAgent, add
from handoff.sessions import open_session
from server.app import Served, serving
from server.founding import Founded, Founding, found
from server.house import Beats, House
from server.realtime.sessions import Rates
from server.realtime.sockets import Limits
from server.settings import Settings
from tests.peers.migrated import lay_migrated
from tests.whole.people import Agent, Visitor
from tests.whole.wire import Rejected, Wire

Json = Any
WAIT_S = 10.0


LIVELY = Beats(
    sync_s=0.4, look_s=0.1, summaries_s=0.02, offers_s=0.05, routing_s=0.1, presence_s=0.1, leases_s=0.2, line_s=0.1
)
"""What the house does every few seconds it does at once: a story waits for it, and not for a clock."""


@dataclass(frozen=True, slots=True)
class TestHouse:
    """A served house, what it was begun with, and its address. Whoever comes leaves before it closes."""

    __test__ = False

    served: Served
    founded: Founded
    url: str
    _people: AsyncExitStack

    @property
    def house(self) -> House:
        return self.served.house

    async def hire(
        self, name: str, *, seats: int = 4, role: Any = "agent", team_ids: tuple[str, ...] = ()
    ) -> tuple[str, str]:
        """A new agent's id, and a session's token."""
        email = f"{name.lower()}.{secrets.token_hex(3)}@example.com"
        new = NewAgent(email, name, "", role=role, seats=seats, team_ids=team_ids)
        agent = await self.house.store.write(add, self.founded.workspace_id, new)
        token, _ = await self.house.store.write(open_session, agent.id)
        return agent.id, token

    async def team(self, name: str) -> str:
        return (await self.house.store.write(teams.add, self.founded.workspace_id, name)).id

    async def agent(self, name: str, **how: Any) -> DeskAgent:
        """A new agent on Python's own Socket.IO client, connected and online."""
        desk = DeskAgent(*await self.hire(name, **how))
        await desk.connect(self.url)
        await desk.do("status.set", status="online")
        return desk

    async def at_desk(self, name: str, *, status: str = "online", **how: Any) -> Agent:
        """A new agent on a socket read by hand, connected."""
        agent = Agent(self.url, *await self.hire(name, **how))
        self._people.push_async_callback(agent.close)
        await agent.comes()
        await agent.do("status.set", status=status)
        return agent

    async def visitor(self, **auth: Json) -> Visitor:
        """A new visitor, connected."""
        visitor = Visitor(self.url, self.founded.public_key)
        self._people.push_async_callback(visitor.close)
        await visitor.comes(**auth)
        return visitor

    async def door(self, namespace: str, auth: str) -> Json | None:
        """How somebody is met who brings this JSON: the error object, or None for who is let in."""
        wire = Wire(f"/{namespace}")
        try:
            await wire.open_raw(self.url, auth)
        except Rejected as rejected:
            return rejected.error
        finally:
            await wire.close()
        return None

    async def comes_again(self, person: Visitor | Agent, **auth: Json) -> Any:
        """Another window of the same person, connected."""
        other = person.another_window()
        self._people.push_async_callback(other.close)
        await other.comes(**auth)
        return other


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
async def whole_house(
    folder: Path,
    database_url: str | None = None,
    *,
    beats: Beats | None = None,
    clock: Clock = system_clock,
    points: Points | None = None,
    tap: Callable[[Hints], Hints] | None = None,
    limits: Limits | None = None,
    rates: Rates | None = None,
) -> AsyncIterator[TestHouse]:
    """A house begun in an empty folder: a workspace, an admin, a bot that knows nothing yet, a website's inbox."""
    settings = Settings(data_dir=folder, database_url=database_url, port=0)
    if settings.sqlite_file is not None:
        lay_migrated(settings.sqlite_file)
    house = House(settings, points=points, clock=clock, beats=beats, tap=tap)
    limits = limits or Limits(ping_interval_s=1.0, ping_timeout_s=2.0)
    async with (
        serving(settings, house=house, limits=limits, rates=rates) as served,
        AsyncExitStack() as people,
    ):
        founding = Founding(NewAgent("admin@example.com", "Admin", "", role="admin"))
        founded = await house.store.write(found, founding)
        await house.refresh()
        yield TestHouse(served, founded, f"http://127.0.0.1:{served.port}", people)
