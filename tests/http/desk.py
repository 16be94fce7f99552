"""A served house as a program meets it over HTTP, and the people of its stories."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from sqlalchemy import insert

from conversations.inbox import receive
from conversations.model import SYSTEM, InboundMessage
from conversations.store import Tx
from conversations.store.tables import workspaces
from handoff import teams
from handoff.agents import NewAgent, add, set_status
from handoff.sessions import open_session
from server import inboxes
from server.app import Served, http_desk, serving
from server.cli.replay.client import Socket
from server.founding import Founded, Founding, found
from server.http import HttpDesk
from server.settings import Settings
from tests.http.described import check
from tests.peers.migrated import lay_migrated

Json = Any
PASSWORD = "a long enough password"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. body: None where there was none."""

    status: int
    body: Json
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.body["error"]["code"])

    @property
    def field(self) -> str | None:
        value: str | None = self.body["error"].get("field")
        return value


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a session."""

    id: str
    email: str
    token: str


@dataclass
class Desk:
    """A served house. Every answer is held against openapi.json."""

    served: Served
    founded: Founded
    url: str
    http: aiohttp.ClientSession
    admin: Person
    _sockets: list[Socket] = field(default_factory=list)
    _events: list[tuple[str, str]] = field(default_factory=list)
    _happened: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(
        self,
        method: str,
        path: str,
        token: str | Person | None = None,
        *,
        json: Json = None,
        data: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request; `path` below /api/v1 unless it begins with a slash."""
        full = path if path.startswith("/") else f"/api/v1/{path}"
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token.token if isinstance(token, Person) else token}"
        if json is not None:
            data = orjson.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        async with self.http.request(method, f"{self.url}{full}", data=data, headers=sent) as response:
            raw = await response.read()
            is_json = raw and response.content_type == "application/json"
            body = orjson.loads(raw) if is_json else (raw.decode(errors="replace") if raw else None)
            if is_json or not raw:
                check(method, full.partition("?")[0], response.status, body)
            return Answer(response.status, body, {name.title(): value for name, value in response.headers.items()})

    async def get(self, path: str, token: str | Person | None = None, **how: Any) -> Json:
        """The body of what has to be answered well."""
        answer = await self.call("GET", path, token, **how)
        assert answer.status == 200, answer
        return answer.body

    async def post(self, path: str, token: str | Person | None = None, json: Json = None, **how: Any) -> Json:
        """The body of what has to be done well."""
        answer = await self.call("POST", path, token, json={} if json is None else json, **how)
        assert answer.status in (200, 201, 202, 204), answer
        return answer.body

    @property
    def served_desk(self) -> HttpDesk:
        """What HTTP has of the house."""
        return http_desk(self.served.house)

    # people ----------------------------------------------------------------------------------

    async def agent(
        self, name: str, role: Any = "agent", *, teams: tuple[str, ...] = (), online: bool = False, seats: int = 4
    ) -> Person:
        """A new agent with a session."""
        store = self.served.house.store
        email = f"{name.lower()}@example.com"
        new = NewAgent(email, name, "no password", role=role, team_ids=teams, seats=seats)
        agent = await store.write(add, self.founded.workspace_id, new)
        if online:
            await store.write(set_status, agent.id, "online")
        token, _ = await store.write(open_session, agent.id)
        return Person(agent.id, email, token)

    async def other_workspace(self) -> Person:
        """The admin of another workspace in the same database, which has nothing but them."""
        store = self.served.house.store

        def begin(tx: Tx) -> str:
            workspace_id = tx.new_id("wsp")
            tx.run(insert(workspaces).values(id=workspace_id, name="Other", created_at=tx.now))
            return add(tx, workspace_id, NewAgent("other@example.com", "Other", "no password", role="admin")).id

        agent_id = await store.write(begin)
        token, _ = await store.write(open_session, agent_id)
        return Person(agent_id, "other@example.com", token)

    async def with_bot(self) -> None:
        """From now on the website's inbox has the bot."""
        body = {"bot_id": self.founded.bot_id}
        answer = await self.call("PATCH", f"inboxes/{self.founded.inbox_id}", self.admin, json=body)
        assert answer.status == 200, answer

    async def team(self, name: str, *members: Person) -> str:
        ids = [one.id for one in members]
        team = await self.served.house.store.write(teams.add, self.founded.workspace_id, name, ids)
        return team.id

    async def visitor(self) -> tuple[str, Socket]:
        """A visitor over the real protocol: their token, and their open socket."""
        welcomed: list[Json] = []

        def listen(event: str, payload: Json) -> None:
            if event == "welcome":
                welcomed.append(payload)

        auth = {"inbox": self.founded.public_key, "protocol": 1}
        socket = await Socket.connect(self.http, self.url, "/visitor", auth, listen)
        self._sockets.append(socket)
        answer = await socket.call("conversations.list", {}, 5)
        assert answer["ok"]
        return welcomed[0]["token"], socket

    async def present(self, agent: Person) -> Socket:
        """The agent's own socket: with it open they count as there. Closed with the desk."""
        socket = await Socket.connect(self.http, self.url, "/agent", {"token": agent.token}, self._heard(agent))
        self._sockets.append(socket)
        return socket

    def _heard(self, agent: Person) -> Any:
        def listen(event: str, payload: Json) -> None:
            self._events.append((agent.id, event))
            self._happened.set()

        return listen

    async def offered(self, agent: Person) -> None:
        """Until an offer reaches the agent's socket."""
        async with asyncio.timeout(20):
            while (agent.id, "offer.created") not in self._events:
                self._happened.clear()
                await self._happened.wait()

    async def conversation(self, text: str = "Where is my order?", address: str | None = None) -> Json:
        """Somebody new writes, and waits for a person; the conversation as the admin sees it."""
        house = self.served.house
        inbox = house.places.inbox(self.founded.inbox_id)
        inbound = InboundMessage(text, address=address or f"a:{secrets.token_hex(6)}", client_id=secrets.token_hex(6))
        receipt = await house.store.write(receive, inbox, inbound)
        shown = await self.get(f"conversations/{receipt.conversation.id}", self.admin)
        return shown["conversation"]

    async def taken(self, agent: Person, text: str = "Where is my order?") -> Json:
        """A conversation that an agent has taken over."""
        return await self.command(agent, "take_over", await self.conversation(text))

    async def command(self, agent: Person, name: str, conversation: Json, **more: Json) -> Json:
        """A desk command at the conversation's epoch, which has to be well; the conversation after it."""
        path = f"conversations/{conversation['id']}/{name}"
        done = await self.post(path, agent, json={"epoch": conversation["epoch"], **more})
        return done["conversation"]

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()


@asynccontextmanager
async def opened_desk(
    folder: Path, database_url: str | None = None, *, settings: Settings | None = None
) -> AsyncIterator[Desk]:
    """A house on a free port, begun by its admin. Its inbox has no bot; see `with_bot`."""
    settings = settings or Settings(data_dir=folder, database_url=database_url, port=0)
    if settings.sqlite_file is not None:
        lay_migrated(settings.sqlite_file)
    async with serving(settings) as served, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        store = served.house.store
        hashed = await served.house.passwords.hash(PASSWORD)
        founding = Founding(NewAgent("admin@example.com", "Maud", hashed, role="admin"))
        founded = await store.write(found, founding)
        # without a bot a chat waits for a person from its first message on, and nothing happens beside the story
        await store.write(inboxes.change, founded.workspace_id, founded.inbox_id, {"bot_id": None}, SYSTEM)
        await served.house.refresh()
        token, _ = await store.write(open_session, founded.admin_id)
        admin = Person(founded.admin_id, founded.admin_email, token)
        desk = Desk(served, founded, f"http://127.0.0.1:{served.port}", http, admin)
        try:
            yield desk
        finally:
            await desk.close()
