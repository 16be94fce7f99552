"""One socket: its Engine.IO session, its heartbeat, and the namespaces it carries."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import WSCloseCode

from server.realtime import packets
from server.realtime.connection import Connection, Handler
from server.realtime.intake import Intake
from server.realtime.limits import Counters, Limits
from server.realtime.packets import Kind, MalformedPacket, Packet
from server.realtime.peer import Peer
from server.realtime.transports import Transport

logger = logging.getLogger(__name__)

_NUMBER_OF_PONG: Final = packets.PONG[0]
_NUMBER_OF_MESSAGE: Final = packets.MESSAGE[0]
_NUMBER_OF_BINARY: Final = packets.BINARY[0]


class Link:
    """Owns everything of one socket: its transport, its timers, and one task for each connection on it."""

    __slots__ = ("_beat", "_closer", "_counters", "_handlers", "_intakes", "_limits", "_lonely", "_loop", "_new_id",
                 "_peer", "_pinged_at", "_reason", "_strikes", "_transport", "_working",
                 "last_heard_at", "send", "sid")  # fmt: skip

    def __init__(
        self,
        transport: Transport,
        peer: Peer,
        handlers: Mapping[bytes, Handler[Any]],
        limits: Limits,
        counters: Counters,
        new_id: Callable[[], str],
    ) -> None:
        transport.overflowed = self._drop_slow_reader
        self._transport = transport
        self._peer = peer
        self._handlers = handlers
        self._limits = limits
        self._counters = counters
        self._new_id = new_id
        self._loop = asyncio.get_running_loop()
        self._intakes: dict[bytes, Intake] = {}
        self._working: set[Intake] = set()
        self._reason = ""
        self._strikes = 0
        self._pinged_at = 0.0
        self._beat: asyncio.TimerHandle | None = None
        self._lonely: asyncio.TimerHandle | None = None
        self._closer: asyncio.Task[None] | None = None
        self.send = self._transport.send
        self.sid = new_id()
        self.last_heard_at = time.monotonic()

    async def run(self) -> None:
        """Serve the socket until it is closed, by either side. Raises nothing."""
        limits = self._limits
        self.send(
            packets.open_packet(
                self.sid,
                ping_interval_s=limits.ping_interval_s,
                ping_timeout_s=limits.ping_timeout_s,
                frame_bytes=limits.frame_bytes,
            )
        )
        self._beat = self._loop.call_later(limits.ping_interval_s, self._on_beat)
        self._await_namespace()
        try:
            self._end(await self._transport.pump(self._on_frame))
        finally:
            await self._wind_up()

    def rest(self) -> list[asyncio.Future[None]]:
        """Take no more commands; each is done when a connection's last ones are acknowledged."""
        return [rested for intake in self._intakes.values() if (rested := intake.rest()) is not None]

    def stop(self, code: int, reason: str) -> None:
        """Close the socket with a closing handshake, bounded by `close_s`. Official clients connect again."""
        if self._closer is None:
            self._end(reason)
            self._closer = asyncio.create_task(self._close(code, reason), name=f"close {self.sid}")

    def abort(self, reason: str) -> None:
        """Drop the socket at once, unsent data and all."""
        self._end(reason)
        self._transport.abort()

    def strike(self) -> None:
        """One more packet that had to be refused."""
        self._strikes += 1
        if self._strikes == self._limits.strikes:
            self._counters.sockets_struck_out += 1
            self.stop(WSCloseCode.POLICY_VIOLATION, "too many refused packets")

    def leave(self, connection: Connection[Any], *, come_back: bool) -> None:
        """End one connection, by the will of its handler."""
        if come_back:
            self.stop(WSCloseCode.GOING_AWAY, "server")
            return
        namespace = connection.namespace.encode()
        self.send(packets.head(Kind.DISCONNECT, namespace))
        intake = self._intakes.get(namespace)
        if intake is not None and intake.connection is connection:
            del self._intakes[namespace]
            intake.end("server")

    def forget(self, intake: Intake) -> None:
        """An intake has done its last work."""
        self._working.discard(intake)
        namespace = intake.connection.namespace.encode()
        if self._intakes.get(namespace) is intake:
            del self._intakes[namespace]
        if not self._reason:
            self._await_namespace()

    def _on_frame(self, frame: bytes) -> None:
        self.last_heard_at = time.monotonic()
        if self._reason:
            return
        first = frame[0] if frame else 0
        if first == _NUMBER_OF_MESSAGE:
            try:
                packet = packets.read_packet(frame)
            except MalformedPacket:
                self._on_malformed()
                return
            self._on_packet(packet)
        elif first == _NUMBER_OF_PONG:
            return
        elif frame == packets.CLOSE:
            self.stop(WSCloseCode.OK, "client")
        elif first == _NUMBER_OF_BINARY:
            self._counters.binary_refused += 1
            self.strike()
        elif first in b"256":
            self._counters.packets_dropped += 1
            self.strike()
        else:
            self._on_malformed()

    def _on_malformed(self) -> None:
        self._counters.packets_malformed += 1
        self.stop(WSCloseCode.PROTOCOL_ERROR, "malformed packet")

    def _on_packet(self, packet: Packet) -> None:
        kind = packet.kind
        if kind is Kind.CONNECT:
            self._on_connect(packet)
            return
        intake = self._intakes.get(packet.namespace)
        if kind is Kind.EVENT and intake is not None:
            intake.take(packet)
        elif kind is Kind.DISCONNECT and intake is not None:
            del self._intakes[packet.namespace]
            intake.end("client")
        elif kind is Kind.BINARY_EVENT and intake is not None:
            self._counters.binary_refused += 1
            intake.refuse_binary(packet)
            self.strike()
        else:
            self._counters.packets_dropped += 1
            self.strike()

    def _on_connect(self, packet: Packet) -> None:
        namespace = packet.namespace
        handler = self._handlers.get(namespace)
        if handler is None:
            self._counters.connections_refused += 1
            self.send(packets.refused(namespace, {"code": "not_found", "message": "There is no such namespace."}))
            self.strike()
        elif namespace in self._intakes or len(self._working) >= 2 * len(self._handlers):
            self._counters.packets_dropped += 1
            self.strike()
        else:
            connection = Connection[Any](
                self._new_id(), namespace.decode(), self._peer, self, self._limits, self._counters
            )
            intake = Intake(connection, handler, self, self._limits, self._counters)
            self._intakes[namespace] = intake
            self._working.add(intake)
            intake.start(packet.body)

    def _on_beat(self) -> None:
        limits = self._limits
        now = time.monotonic()
        if any(intake.busy_s(now) > limits.command_s for intake in self._working):
            logger.error("a command is stuck; its socket is dropped", extra={"socket": self.sid})
            for intake in self._working:
                intake.cancel()
            self.abort("command timeout")
            return
        since_ping = now - self._pinged_at
        if self._pinged_at and self.last_heard_at < self._pinged_at:
            if since_ping >= limits.ping_timeout_s:
                self._counters.pings_timed_out += 1
                self.abort("ping timeout")
                return
            wait = limits.ping_timeout_s - since_ping
        elif since_ping < limits.ping_interval_s:
            wait = limits.ping_interval_s - since_ping
        else:
            self.send(packets.PING)
            self._pinged_at = now
            wait = min(limits.ping_interval_s, limits.ping_timeout_s)
        self._beat = self._loop.call_later(wait, self._on_beat)

    def _await_namespace(self) -> None:
        if self._lonely is None:
            self._lonely = self._loop.call_later(self._limits.namespace_s, self._on_lonely)

    def _on_lonely(self) -> None:
        self._lonely = None
        if not self._intakes:
            self._counters.namespaces_timed_out += 1
            self.stop(WSCloseCode.POLICY_VIOLATION, "no namespace")

    def _drop_slow_reader(self) -> None:
        self._counters.readers_dropped += 1
        self.abort("slow reader")

    def _end(self, reason: str) -> None:
        """From now on nothing is sent, and what is received is let go."""
        self._reason = self._reason or reason
        for timer in (self._beat, self._lonely):
            if timer is not None:
                timer.cancel()
        for intake in self._intakes.values():
            intake.end(self._reason)
        self._intakes.clear()
        self._transport.finish()

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._transport.close(code, reason)
        except TimeoutError:
            self._transport.abort()

    async def _wind_up(self) -> None:
        self._end("server")
        tasks = {intake.task for intake in self._working if intake.task is not None}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._limits.close_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=self._limits.close_s * 2)
        if self._closer is not None:
            await self._closer
