"""A real server on a free port whose handler does what a test says, and a client that speaks by hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from aiohttp import WSMsgType, web

from server.realtime.peer import Network
from server.realtime.sockets import Connection, Limits, Refused, Sockets

PATIENCE_S = 10.0
NAMESPACE = "/visitor"


async def eventually(true: Callable[[], bool]) -> None:
    """Until something holds for which the server has no event, such as a counter. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.002)


@dataclass(slots=True)
class Changing:
    """A fact that can be waited for instead of slept for."""

    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def touch(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(true)


class Room:
    """A handler that writes down what it is asked and does what the test told it to.

    auth: `refuse` (an error object), `crash`, `stall` (waits for `gate`), `news` (an event before the welcome).
    Commands: `say` answers with what it got, `hold` waits for `gate`, `crash` raises, `odd` answers what JSON cannot
    hold, `echo` emits before it answers.
    """

    commands = frozenset({"say", "hold", "crash", "odd", "echo"})

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.here: list[Connection[str]] = []
        self.gone: list[tuple[str, str]] = []
        self.stalled = 0
        self.changing = Changing()
        self.pause: Callable[[], Any] | None = None

    async def connect(self, conn: Connection[str], auth: dict[str, object]) -> None:
        if isinstance(error := auth.get("refuse"), dict):
            raise Refused(error)
        if auth.get("crash"):
            raise RuntimeError("the handler fell over")
        conn.session = str(auth.get("name", "someone"))
        if auth.get("stall"):
            self.stalled += 1
            await self.gate.wait()
        if "news" in auth:
            conn.emit("news", {"text": auth["news"]})
        conn.emit_first("welcome", {"name": conn.session})
        self.here.append(conn)
        await self.changing.touch()

    async def command(self, conn: Connection[str], name: str, payload: dict[str, object]) -> dict[str, object]:
        if self.pause is not None:
            await self.pause()
        self.heard.append((name, payload))
        await self.changing.touch()
        match name:
            case "hold":
                await self.gate.wait()
            case "crash":
                raise RuntimeError("the handler fell over")
            case "odd":
                return {"ok": True, "odd": object()}
            case "echo":
                conn.emit("echoed", payload)
        return {"ok": True, **payload}

    async def disconnect(self, conn: Connection[str], reason: str) -> None:
        self.here.remove(conn)
        self.gone.append((conn.session, reason))
        await self.changing.touch()


@dataclass(slots=True)
class Place:
    """A running server."""

    port: int
    sockets: Sockets
    room: Room
    agents: Room

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def raw(self, **headers: str) -> AsyncIterator[Raw]:
        """A WebSocket on which the test says every byte itself."""
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.ws_connect(f"{self.url}/socket.io/?EIO=4&transport=websocket", autoping=False) as ws,
        ):
            yield Raw(ws)

    @asynccontextmanager
    async def visitor(self, **auth: object) -> AsyncIterator[Raw]:
        """As `raw`, and connected to the namespace; its welcome was read."""
        async with self.raw() as raw:
            await raw.join(NAMESPACE, **auth)
            yield raw

    async def settled(self) -> None:
        """Every socket is gone."""
        await eventually(lambda: not self.sockets.counters.sockets_open)


@dataclass(slots=True)
class Raw:
    """A client by hand."""

    ws: aiohttp.ClientWebSocketResponse

    async def send(self, text: str | bytes) -> None:
        await self.ws.send_frame(text.encode() if isinstance(text, str) else text, WSMsgType.TEXT)

    async def read(self) -> str:
        """The next packet but for pings, which are answered. Raises ConnectionError when the socket was closed."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.ws.receive()
                if message.type is not WSMsgType.TEXT:
                    raise ConnectionError(f"{message.type.name} {message.data} {message.extra}")
                if message.data != "2":
                    return str(message.data)
                with contextlib.suppress(ConnectionError):
                    await self.ws.send_str("3")

    async def closed(self) -> int | None:
        """Read to the end, and tell the close code; None when the network just ended."""
        try:
            while True:
                await self.read()
        except ConnectionError:
            return None if self.ws.close_code in {None, 1006} else self.ws.close_code

    async def join(self, namespace: str, **auth: object) -> None:
        opened = await self.read()
        assert opened.startswith("0{")
        await self.send(f"40{namespace},".encode() + orjson.dumps(auth))
        assert (await self.read()).startswith(f"40{namespace},")
        assert (await self.read()).startswith(f"42{namespace},")

    async def tell(self, name: str, payload: object, ack: int | None = None) -> None:
        """A command, its answer not waited for."""
        head = f"42{NAMESPACE},{'' if ack is None else ack}"
        await self.send(head.encode() + orjson.dumps([name, payload]))

    async def ask(self, name: str, payload: object = None, ack: int = 1) -> dict[str, Any]:
        """A command and its acknowledgement; what comes before it is passed over."""
        await self.tell(name, {} if payload is None else payload, ack)
        return await self.answer(ack)

    async def answer(self, ack: int = 1) -> dict[str, Any]:
        head = f"43{NAMESPACE},{ack}["
        while not (packet := await self.read()).startswith(head):
            pass
        (answer,) = orjson.loads(packet[len(head) - 1 :])
        assert isinstance(answer, dict)
        return answer


@asynccontextmanager
async def place(
    limits: Limits | None = None, *, trusted_proxies: tuple[Network, ...] = (), **sockets: Any
) -> AsyncIterator[Place]:
    """A server with the namespaces /visitor and /agent."""
    room, agents = Room(), Room()
    app = web.Application()
    layer = Sockets({NAMESPACE: room, "/agent": agents}, limits, trusted_proxies=trusted_proxies, **sockets)
    layer.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Place(runner.addresses[0][1], layer, room, agents)
    finally:
        room.gate.set()
        agents.gate.set()
        await runner.cleanup()
