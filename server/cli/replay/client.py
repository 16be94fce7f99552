"""A small Socket.IO client for one namespace: commands with acknowledgements, events in order, nothing hidden."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import aiohttp
import orjson

Json = dict[str, Any]
Listener = Callable[[str, Json], None]

CONNECT_S = 10.0
FRAME_LIMIT_BYTES = 8 * 1024 * 1024


class Gone(Exception):
    """The connection ended before an answer came; whether it was done is not known."""


class TurnedAway(Exception):
    """The server refused the connection. error: the protocol's error object."""

    def __init__(self, error: Json) -> None:
        super().__init__(str(error.get("message") or error))
        self.error = error


class Socket:
    """One open connection. Made by `connect`, ended by `close`, which its owner always calls."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, namespace: str, listener: Listener) -> None:
        self._ws = ws
        self._namespace = namespace
        self._listener = listener
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._next = 0
        self._reader: asyncio.Task[None] | None = None
        self._silent_s = 60.0

    @classmethod
    async def connect(
        cls, session: aiohttp.ClientSession, url: str, namespace: str, auth: Json, listener: Listener
    ) -> "Socket":
        """Connected and accepted. listener: called with each event's name and payload, in their order.

        Raises TurnedAway; Gone where there is no server, or none that answers within 10 s.
        """
        try:
            async with asyncio.timeout(CONNECT_S):
                address = f"{url.rstrip('/')}/socket.io/?EIO=4&transport=websocket"
                ws = await session.ws_connect(address, max_msg_size=FRAME_LIMIT_BYTES, autoping=True)
                socket = cls(ws, namespace, listener)
                try:
                    await socket._open(auth)
                except BaseException:
                    await ws.close()
                    raise
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Gone(f"cannot connect to {url}: {str(error) or type(error).__name__}") from error
        socket._reader = asyncio.create_task(socket._read(), name="replay-reader")
        return socket

    async def call(self, command: str, payload: Json, timeout_s: float) -> Json:
        """The acknowledgement of a command. Raises Gone when the connection ends, or none comes in time."""
        self._next += 1
        number = self._next
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        body = orjson.dumps([command, payload]).decode()
        try:
            async with asyncio.timeout(timeout_s):
                await self._ws.send_str(f"42{self._namespace},{number}{body}")
                return await waiting
        except (TimeoutError, ConnectionError, aiohttp.ClientError) as error:
            raise Gone("no acknowledgement came") from error
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """End the connection and its reader. More calls are well."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(5):
                await self._ws.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None

    @property
    def closed(self) -> bool:
        return self._ws.closed or self._reader is None or self._reader.done()

    async def _open(self, auth: Json) -> None:
        opened = await self._ws.receive_str()
        if not opened.startswith("0"):
            raise Gone(f"this is no Engine.IO server: {opened[:80]!r}")
        told = orjson.loads(opened[1:])
        self._silent_s = (told.get("pingInterval", 25_000) + told.get("pingTimeout", 20_000)) / 1000
        await self._ws.send_str(f"40{self._namespace},{orjson.dumps(auth).decode()}")
        while True:
            packet = await self._ws.receive_str()
            if packet == "2":
                await self._ws.send_str("3")
                continue
            kind, body = packet[:2], packet[2:].removeprefix(f"{self._namespace},")
            if kind == "44":
                error = orjson.loads(body)
                raise TurnedAway(error.get("data") or error)
            if kind == "40":
                return

    async def _read(self) -> None:
        try:
            while True:
                async with asyncio.timeout(self._silent_s):
                    message = await self._ws.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                if not await self._packet(message.data):
                    break
        except (TimeoutError, ConnectionError, aiohttp.ClientError, orjson.JSONDecodeError):
            pass
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(Gone("the connection ended"))
            self._waiting.clear()

    async def _packet(self, packet: str) -> bool:
        """Take one packet in. False: the server ends this connection."""
        if packet == "2":
            await self._ws.send_str("3")
            return True
        kind, body = packet[:2], packet[2:].removeprefix(f"{self._namespace},")
        if kind == "42":
            name, payload = orjson.loads(body)[:2]
            self._listener(name, payload)
        elif kind == "43":
            number, _, rest = body.partition("[")
            waiting = self._waiting.get(int(number))
            if waiting is not None and not waiting.done():
                waiting.set_result(orjson.loads(f"[{rest}")[0])
        return kind != "41" and packet != "1"
