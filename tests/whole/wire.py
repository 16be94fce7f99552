"""One namespace on one WebSocket, read by hand, so that every packet is seen in the order of the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from aiohttp import WSMsgType

Json = Any
PATIENCE_S = 10.0


class Rejected(Exception):
    """The connection was not accepted. error: the protocol's error object."""

    def __init__(self, error: Json) -> None:
        super().__init__(error)
        self.error = error


class Gone(Exception):
    """The connection ended before it answered."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A packet that came: an event, or the acknowledgement of a command, with what was sent."""

    name: str
    payload: Json
    answers: Json = None
    """The payload of the command that this acknowledges; None for an event."""


@dataclass(eq=False)
class Wire:
    """A client by hand. heard: all that came, in order; on_heard is told of each."""

    namespace: str
    on_heard: Callable[[Heard], None] = lambda _: None
    heard: list[Heard] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    dismissed: bool = False
    """The server ended the namespace and not the socket: official clients stay away."""
    mute: bool = False
    """Answer no ping, as a network does that died without a word."""
    _session: aiohttp.ClientSession | None = None
    _ws: aiohttp.ClientWebSocketResponse | None = None
    _reading: asyncio.Task[None] | None = None
    _asked: dict[int, tuple[str, Json, asyncio.Future[Json]]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _next: int = 0

    async def open(self, url: str, auth: Json) -> None:
        """Connect; returns when the server has accepted. Raises Rejected."""
        await self.open_raw(url, orjson.dumps(auth).decode())

    async def open_raw(self, url: str, auth: str) -> None:
        """Connect with JSON as it stands."""
        self._session = aiohttp.ClientSession()
        try:
            self._ws = ws = await self._session.ws_connect(
                f"{url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0
            )
            await ws.receive_str(timeout=PATIENCE_S)
            await ws.send_str(f"40{self.namespace},{auth}")
            answer = await self._packet(ws)
            while answer == "2":
                await ws.send_str("3")
                answer = await self._packet(ws)
            if answer.startswith("44"):
                raise Rejected(orjson.loads(answer.partition(",")[2])["data"])
            assert answer.startswith(f"40{self.namespace},"), answer
        except BaseException:
            if self._ws is not None:
                await self._ws.close()
            await self._session.close()
            raise
        self._reading = asyncio.create_task(self._read(ws), name="wire")

    async def call(self, name: str, payload: Json = None) -> Json:
        """A command; its acknowledgement, whatever it says. Raises Gone."""
        return await self.ask(name, payload)

    def ask(self, name: str, payload: Json = None) -> asyncio.Future[Json]:
        """Send a command now; its acknowledgement can be awaited."""
        payload = {} if payload is None else payload
        return self.ask_raw(orjson.dumps([name, payload]).decode(), name, payload)

    def ask_raw(self, body: str, name: str = "", payload: Json = None) -> asyncio.Future[Json]:
        """The JSON of an event packet as it stands; its acknowledgement."""
        self._next += 1
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        if self.ended.is_set():
            answer.set_exception(Gone(name))
            return answer
        self._asked[self._next] = (name, payload, answer)
        self.say(f"42{self.namespace},{self._next}{body}")
        return answer

    def say(self, frame: str) -> None:
        """Any frame at all. It goes out before whatever is said after it."""
        assert self._ws is not None
        writing = asyncio.ensure_future(self._ws.send_frame(frame.encode("utf-8", "surrogatepass"), WSMsgType.TEXT))
        writing.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def sees(self, event: str, wanted: Callable[[Json], bool] = lambda _: True, *, after: int = 0) -> Json:
        """The payload of the first such event, past or to come. after: how many of `heard` to pass over."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    for one in self.heard[after:]:
                        if one.name == event and one.answers is None and wanted(one.payload):
                            return one.payload
                    changed = self._changed
                    await changed.wait()
        except TimeoutError:
            seen = [one.name for one in self.heard[after:]]
            raise TimeoutError(f"no such {event} in {PATIENCE_S:.0f} s; heard: {seen}") from None

    async def until(self, true: Callable[[], bool]) -> None:
        """Until something holds of what was heard. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                changed = self._changed
                await changed.wait()

    @property
    def close_code(self) -> int | None:
        """With which the server closed the socket."""
        return self._ws.close_code if self._ws is not None else None

    @property
    def mark(self) -> int:
        """How much was heard so far."""
        return len(self.heard)

    def events(self, name: str, *, after: int = 0) -> list[Json]:
        return [one.payload for one in self.heard[after:] if one.name == name and one.answers is None]

    async def end(self) -> None:
        """Until the server has ended this. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            await self.ended.wait()

    async def drop(self) -> None:
        """Cut the transport, as a network does."""
        if self._ws is not None and (transport := self._ws.get_extra_info("transport")) is not None:
            transport.abort()
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            if self._ws is not None and not self._ws.closed:
                await self._ws.close()
            if self._reading is not None:
                await asyncio.wait_for(self._reading, PATIENCE_S)
            await self._session.close()
            self._session = None

    async def _packet(self, ws: aiohttp.ClientWebSocketResponse) -> str:
        message = await ws.receive(timeout=PATIENCE_S)
        if message.type is not WSMsgType.TEXT:
            raise Gone(f"{message.type.name} {message.data}")
        return str(message.data)

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._take(ws, message.data)
        finally:
            self.ended.set()
            for name, _, answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(Gone(name))
                    answer.exception()
            self._wake()

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, frame: str) -> None:
        head = f"{self.namespace},"
        if frame == "2":
            if not self.mute:
                await ws.send_str("3")
        elif frame.startswith(f"42{head}"):
            name, *payload = orjson.loads(frame[2 + len(head) :])
            self._hear(Heard(name, payload[0] if payload else None))
        elif frame.startswith(f"43{head}"):
            number, _, body = frame[2 + len(head) :].partition("[")
            name, sent, answer = self._asked.pop(int(number))
            (told,) = orjson.loads(f"[{body}")
            self._hear(Heard(name, told, {} if sent is None else sent))
            if not answer.done():
                answer.set_result(told)
        elif frame.startswith(f"41{head}"):
            self.dismissed = True
            self.ended.set()
            self._wake()

    def _hear(self, heard: Heard) -> None:
        self.heard.append(heard)
        self.on_heard(heard)
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
