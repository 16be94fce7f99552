"""The commands of one connection: taken in at once, worked off one after another.

    connect() -> command(), command(), ... -> disconnect()

run in one task, which the socket owns. Receiving goes on meanwhile, so a slow command delays neither the heartbeat nor
another connection. What a client sent before it left is still done, as if it had waited for the answer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Any, Final, NamedTuple, Protocol

from server.realtime import packets
from server.realtime.connection import Connection, Handler, Json, Refused
from server.realtime.limits import Counters, Limits
from server.realtime.packets import InvalidPayload, Kind, Packet

logger = logging.getLogger(__name__)

_UNAVAILABLE: Final[Json] = {
    "code": "unavailable",
    "message": "Something went wrong here. Please try again.",
    "retry_after_s": 1,
}


class Socket(Protocol):
    """What an intake needs of the socket that feeds it."""

    def send(self, text: bytes) -> None: ...
    def strike(self) -> None: ...
    def forget(self, intake: Intake) -> None: ...


class _Command(NamedTuple):
    name: str
    payload: dict[str, object]
    ack_id: bytes
    size_bytes: int


class Intake:
    """The queue of one connection and the task that works it off."""

    __slots__ = ("_ack_head", "_busy_since", "_counters", "_handler", "_limits", "_live", "_queue", "_queue_bytes",
                 "_reason", "_rested", "_socket", "_wake", "connection", "task")  # fmt: skip

    def __init__(
        self, connection: Connection[Any], handler: Handler[Any], socket: Socket, limits: Limits, counters: Counters
    ) -> None:
        self.connection = connection
        self.task: asyncio.Task[None] | None = None
        self._handler = handler
        self._socket = socket
        self._limits = limits
        self._counters = counters
        self._ack_head = packets.head(Kind.ACK, connection.namespace.encode())
        self._queue: deque[_Command] = deque()
        self._queue_bytes = 0
        self._wake: asyncio.Future[None] | None = None
        self._rested: asyncio.Future[None] | None = None
        self._live = False
        self._reason = ""
        self._busy_since = 0.0

    def start(self, auth: bytes) -> None:
        """Begin with `connect`; `auth` is the JSON that came with the CONNECT packet, or nothing."""
        self.task = asyncio.create_task(self._run(auth), name=f"connection {self.connection.id}")

    def take(self, packet: Packet) -> None:
        """Queue the command of an event packet, or refuse it. Never waits."""
        counters = self._counters
        if not self._live:
            counters.packets_dropped += 1
            self._socket.strike()
            return
        ack_id = packet.ack_id
        try:
            name, arguments = packets.read_event(packet.body)
            if name not in self._handler.commands:
                counters.names_dropped += 1
                self._socket.strike()
                return
            payload = packets.read_argument(arguments)
        except InvalidPayload as error:
            counters.commands_invalid += 1
            self._refuse(ack_id, {"code": "invalid", "message": str(error)})
            self._socket.strike()
            return
        size = len(packet.body)
        if len(self._queue) >= self._limits.waiting_commands or self._queue_bytes + size > self._limits.waiting_bytes:
            counters.commands_rate_limited += 1
            self._refuse(
                ack_id,
                {"code": "rate_limited", "message": "Too many commands are waiting. Send fewer.", "retry_after_s": 1},
            )
            return
        self._queue.append(_Command(name, payload, ack_id, size))
        self._queue_bytes += size
        if self._wake is not None:
            self._rouse()

    def refuse_binary(self, packet: Packet) -> None:
        """Binary events are not part of the protocol; nothing of them is kept."""
        if self._live:
            message = "Binary is not accepted here. Send files to POST /api/v1/attachments."
            self._refuse(packet.ack_id, {"code": "unsupported", "message": message})

    def rest(self) -> asyncio.Future[None] | None:
        """Take no more commands. Done when those that came before are acknowledged; None where there are none."""
        self._live = False
        if not self._queue and not self._busy_since:
            return None
        if self._rested is None:
            self._rested = asyncio.get_running_loop().create_future()
        return self._rested

    def end(self, reason: str) -> None:
        """Nothing more comes and nothing more can be sent: do what waits, then disconnect."""
        self.connection.closed = True
        self._live = False
        self._reason = self._reason or reason
        if self._wake is not None:
            self._rouse()

    def cancel(self) -> None:
        """Cut short the command at work; `disconnect` still follows."""
        if self.task is not None:
            self.task.cancel()

    def busy_s(self, now: float) -> float:
        """How long the command at work has been at it; 0 when there is none."""
        return now - self._busy_since if self._busy_since else 0.0

    async def _run(self, auth: bytes) -> None:
        try:
            if not await self._connect(auth):
                return
            try:
                await self._work()
            except asyncio.CancelledError:
                logger.warning("a command was cut short", extra={"connection": self.connection.id})
            finally:
                await self._disconnect()
        finally:
            self._socket.forget(self)

    async def _connect(self, auth: bytes) -> bool:
        connection = self.connection
        try:
            async with asyncio.timeout(self._limits.connect_s):
                await self._handler.connect(connection, packets.read_auth(auth))
        except Refused as refused:
            error = refused.error
        except InvalidPayload as invalid:
            error = {"code": "invalid", "message": str(invalid)}
        except Exception:
            logger.exception("a connection failed", extra={"connection": connection.id})
            error = _UNAVAILABLE
        else:
            self._counters.connections_accepted += 1
            self._counters.connections_open += 1
            if not connection.closed:
                self._live = True
                self._socket.send(packets.connected(connection.namespace.encode(), connection.id))
                connection.release()
            return True
        self._counters.connections_refused += 1
        connection.closed = True
        self._socket.send(packets.refused(connection.namespace.encode(), error))
        return False

    async def _work(self) -> None:
        queue = self._queue
        counters = self._counters
        connection = self.connection
        while True:
            while queue:
                name, payload, ack_id, size = queue.popleft()
                self._queue_bytes -= size
                counters.commands += 1
                self._busy_since = time.monotonic()
                connection.at_work = True
                try:
                    answer = await self._handler.command(connection, name, payload)
                except Exception:
                    counters.commands_failed += 1
                    logger.exception("a command failed", extra={"connection": connection.id, "command": name})
                    answer = {"ok": False, "error": _UNAVAILABLE}
                if ack_id and not connection.closed:
                    self._acknowledge(ack_id, answer)
                connection.at_work = False
                connection.release()
            self._busy_since = 0.0
            self._has_rested()
            if connection.closed:
                return
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake

    def _has_rested(self) -> None:
        if self._rested is not None and not self._rested.done():
            self._rested.set_result(None)

    def _rouse(self) -> None:
        wake, self._wake = self._wake, None
        if wake is not None and not wake.done():
            wake.set_result(None)

    async def _disconnect(self) -> None:
        self.end("server")
        self._busy_since = 0.0
        self._has_rested()
        self._counters.connections_open -= 1
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._handler.disconnect(self.connection, self._reason)
        except Exception:
            logger.exception("a disconnect failed", extra={"connection": self.connection.id})

    def _acknowledge(self, ack_id: bytes, answer: Json) -> None:
        try:
            body = packets.json_bytes(answer)
        except TypeError:
            logger.exception("an acknowledgement could not be written", extra={"connection": self.connection.id})
            body = packets.json_bytes({"ok": False, "error": _UNAVAILABLE})
        self._socket.send(b"%b%b[%b]" % (self._ack_head, ack_id, body))

    def _refuse(self, ack_id: bytes, error: Json) -> None:
        if ack_id:
            self._acknowledge(ack_id, {"ok": False, "error": error})
