"""Long polling: packets out in the answer to a waiting GET, packets in with a POST. Off unless the operator allows it.

For networks that let no WebSocket through. A session is never upgraded: a client that can do WebSocket begins with it.
All processes behind one address need sticky sessions. Source: engine.io-protocol 4, "HTTP long-polling".
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from server.realtime import packets
from server.realtime.limits import Limits
from server.realtime.refusals import refusal

_SEPARATOR: Final = b"\x1e"
# Between two polls of a client who is there packets may gather; a client who has not polled for so long is behind.
_BEHIND_S: Final = 2.0
_PACKETS_OF_A_POST: Final = 256


class PollingFault(Exception):
    """The client polls in a way that is none: two at once, or too much at once. Its session is ended."""


class PollingTransport:
    """One session of a client that polls. The bounds of a slow reader are those of a WebSocket."""

    __slots__ = ("_closed", "_limits", "_on_frame", "_polled_at", "_polling", "_posting", "_unread_bytes",
                 "_waiting", "_wake", "overflowed")  # fmt: skip

    def __init__(self, limits: Limits) -> None:
        self.overflowed: Callable[[], None] = self.abort
        self._limits = limits
        self._waiting: list[bytes] = []
        self._unread_bytes = 0
        self._wake = asyncio.Event()
        self._polling = False
        self._posting = False
        self._polled_at = time.monotonic()
        self._on_frame: Callable[[bytes], None] | None = None
        self._closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def send(self, text: bytes) -> None:
        if self._closed.done():
            return
        self._waiting.append(text)
        self._unread_bytes += len(text)
        behind = not self._polling and time.monotonic() - self._polled_at > _BEHIND_S
        limits = self._limits
        if self._unread_bytes > limits.unread_bytes or (behind and len(self._waiting) > limits.unread_packets):
            self._waiting.clear()
            self.overflowed()
        else:
            self._wake.set()

    def finish(self) -> None:
        """Nothing to do: what waits is read by the last poll."""

    async def pump(self, on_frame: Callable[[bytes], None]) -> str:
        self._on_frame = on_frame
        return await self._closed

    async def close(self, code: int, reason: str) -> None:
        self.send(packets.CLOSE)
        self._end("client")

    def abort(self) -> None:
        self._waiting.clear()
        self._end("transport error")

    async def poll(self) -> bytes:
        """The packets that wait, or the next ones to come; a heartbeat at the latest. Raises PollingFault."""
        if self._polling:
            self.abort()
            raise PollingFault("Two polls at once")
        self._polling = True
        try:
            async with asyncio.timeout(self._limits.ping_interval_s + self._limits.ping_timeout_s):
                await self._wake.wait()
        except TimeoutError:
            self.abort()
        finally:
            self._polling = False
            self._polled_at = time.monotonic()
        taken = self._waiting or [packets.CLOSE]
        self._waiting = []
        self._unread_bytes = 0
        if not self._closed.done():
            self._wake.clear()
        return _SEPARATOR.join(taken)

    @contextmanager
    def posting(self) -> Iterator[None]:
        """Hold this while a body is read: two posts at once have no order. Raises PollingFault."""
        if self._posting:
            self.abort()
            raise PollingFault("Two posts at once")
        self._posting = True
        try:
            yield
        finally:
            self._posting = False

    def take(self, body: bytes) -> None:
        """Hand over the packets of one POST. Raises PollingFault."""
        frames = body.split(_SEPARATOR)
        if len(frames) > _PACKETS_OF_A_POST:
            self.abort()
            raise PollingFault(f"More than {_PACKETS_OF_A_POST} packets at once")
        for frame in frames:
            if self._on_frame is not None and not self._closed.done():
                self._on_frame(frame)

    def _end(self, why: str) -> None:
        if not self._closed.done():
            self._closed.set_result(why)
        self._wake.set()


class PollSessions:
    """The sessions of all clients that poll, each with the task that runs its link."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sessions: dict[str, PollingTransport] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, sid: str, session: PollingTransport, run: Coroutine[None, None, None]) -> web.Response:
        """Start a session, which lives until `run` returns; the answer to its first GET."""
        self._sessions[sid] = session
        task = asyncio.create_task(run, name=f"polling {sid}")
        self._tasks.add(task)

        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            del self._sessions[sid]

        task.add_done_callback(end)
        return _text(await session.poll())

    async def serve(self, request: web.Request) -> web.Response:
        """A further GET or POST of a session."""
        session = self._sessions.get(request.query["sid"])
        if session is None:
            return refusal(400, "not_found", "This session is over. Connect again.")
        try:
            if request.method == "GET":
                return _text(await session.poll())
            with session.posting():
                session.take(await _read_body(request, self._limits))
            return _text(b"ok")
        except PollingFault as fault:
            session.abort()
            return refusal(400, "invalid", f"{fault}. Connect again.")
        except TimeoutError:
            session.abort()
            # answered, the connection would linger for the rest of the body
            if request.transport is not None:
                request.transport.abort()
            return refusal(408, "invalid", "The body did not come.")

    async def close(self) -> None:
        """Wait for what is left of the sessions, whose links were closed; bounded by `close_s`."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._limits.close_s)
            for task in late:
                task.cancel()


async def _read_body(request: web.Request, limits: Limits) -> bytes:
    """At most a frame's size. Raises PollingFault when it is longer, TimeoutError when it does not come."""
    body = bytearray()
    async with asyncio.timeout(limits.close_s):
        async for chunk in request.content.iter_chunked(16 * 1024):
            body += chunk
            if len(body) > limits.frame_bytes:
                raise PollingFault("The body is too large")
    return bytes(body)


def _text(payload: bytes) -> web.Response:
    return web.Response(body=payload, content_type="text/plain", charset="utf-8", headers={"Cache-Control": "no-store"})
