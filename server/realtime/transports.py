"""How a link reaches its client: a WebSocket; or, where the operator allows it, long polling (polling.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Literal, Protocol

from aiohttp import WSMsgType, web

from server.realtime import packets
from server.realtime.limits import Limits
from server.realtime.wire import Wire

# Frames already in memory are handed out without a turn of the loop; so many of them, then everyone else has one.
_FRAMES_PER_TURN: Final = 64


class Transport(Protocol):
    """What carries the packets of one Engine.IO session.

    overflowed: called once, when the client has left too much unread; its link sets it.
    """

    overflowed: Callable[[], None]

    def send(self, text: bytes) -> None:
        """Send one packet, without waiting; dropped when nothing can be sent any more."""

    def finish(self) -> None:
        """Send what waits, and nothing after it."""

    async def pump(self, on_frame: Callable[[bytes], None]) -> str:
        """Hand each packet over as it comes, until the end; why it ended: "client" or "transport error"."""

    async def close(self, code: int, reason: str) -> None:
        """Close in good order; `code` is that of a WebSocket (RFC 6455, section 7.4)."""

    def abort(self) -> None:
        """Let go at once."""


class WebSocketTransport:
    """A WebSocket: aiohttp receives and closes, our own wire sends."""

    __slots__ = ("_transport", "_wire", "_ws", "overflowed", "send")

    def __init__(
        self,
        ws: web.WebSocketResponse[Literal[False]],
        transport: asyncio.Transport,
        limits: Limits,
    ) -> None:
        self.overflowed: Callable[[], None] = self.abort
        self._ws = ws
        self._transport = transport
        self._wire = Wire(
            transport,
            max_packets=limits.unread_packets,
            max_bytes=limits.unread_bytes,
            overflowed=lambda: self.overflowed(),
        )
        self.send = self._wire.send

    def finish(self) -> None:
        self._wire.close()

    async def pump(self, on_frame: Callable[[bytes], None]) -> str:
        ws = self._ws
        frames = 0
        while True:
            message = await ws.receive()
            if message.type is WSMsgType.TEXT:
                on_frame(message.data)
            elif message.type is WSMsgType.BINARY:
                on_frame(packets.BINARY)
            elif message.type is WSMsgType.PING:
                self._wire.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return "transport error" if message.type is WSMsgType.ERROR else "client"
            frames += 1
            if frames >= _FRAMES_PER_TURN:
                frames = 0
                await asyncio.sleep(0)

    async def close(self, code: int, reason: str) -> None:
        await self._ws.close(code=code, message=reason.encode())

    def abort(self) -> None:
        self._transport.abort()
