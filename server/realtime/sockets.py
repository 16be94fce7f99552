"""The Socket.IO door of the server: `/socket.io/`, one handler for each namespace.

    sockets = Sockets({"/visitor": visitors, "/agent": agents}, Limits())
    sockets.attach(app)

Speaks Engine.IO 4 and Socket.IO 5 over WebSocket: named commands with acknowledgements in, events out; no rooms, no
binary, no acknowledgements of events. Why this is not python-socketio: docs/decisions/0001-socket-layer.md.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final, Literal

from aiohttp import WSCloseCode, web

from server.realtime.connection import Connection, Handler, Refused, emit_to_many
from server.realtime.limits import Counters, Limits
from server.realtime.link import Link
from server.realtime.peer import Network, Peer, peer_of
from server.realtime.polling import PollingTransport, PollSessions
from server.realtime.refusals import refusal
from server.realtime.transports import Transport, WebSocketTransport

__all__ = ["Connection", "Counters", "Handler", "Limits", "Peer", "Refused", "Sockets", "emit_to_many"]

_RESERVED: Final = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)


class Sockets:
    """All sockets of this process.

    handlers: by namespace ("/visitor"). trusted_proxies: only from these does X-Forwarded-For count. allow_polling:
    serve clients, too, whose network lets no WebSocket through; processes behind one address then need sticky sessions.
    Raises ValueError for a command whose name Socket.IO keeps for itself.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler[Any]],
        limits: Limits | None = None,
        *,
        trusted_proxies: Sequence[Network] = (),
        allow_polling: bool = False,
    ) -> None:
        for namespace, handler in handlers.items():
            if taken := handler.commands & _RESERVED:
                raise ValueError(f"{namespace}: Socket.IO keeps these names for itself: {', '.join(sorted(taken))}")
        self.limits = limits or Limits()
        self.counters = Counters()
        self._handlers = {namespace.encode(): handler for namespace, handler in handlers.items()}
        self._trusted_proxies = tuple(trusted_proxies)
        self._links: set[Link] = set()
        self._polls = PollSessions(self.limits) if allow_polling else None
        self._per_address: Counter[str] = Counter()
        self._closing = False
        self._empty = asyncio.Event()

    def commands(self) -> dict[str, frozenset[str]]:
        """What each namespace takes."""
        return {namespace.decode(): handler.commands for namespace, handler in self._handlers.items()}

    def attach(self, app: web.Application, path: str = "/socket.io/") -> None:
        """Serve on a path of an application; the sockets close when the application shuts down."""
        app.router.add_get(path, self._open)
        app.router.add_post(path, self._open)
        app.on_shutdown.append(self._on_shutdown)

    async def close(self) -> None:
        """Accept no more, acknowledge what is at work, close every socket; bounded by `close_s` each step.

        The official clients connect again by themselves.
        """
        self._closing = True
        if resting := [rested for link in self._links for rested in link.rest()]:
            await asyncio.wait(resting, timeout=self.limits.close_s)
        for link in tuple(self._links):
            link.stop(WSCloseCode.SERVICE_RESTART, "server restarts")
        for _ in range(2):
            if not self._links:
                break
            self._empty.clear()
            try:
                async with asyncio.timeout(self.limits.close_s + 1):
                    await self._empty.wait()
            except TimeoutError:
                for link in tuple(self._links):
                    link.abort("server restarts")
        if self._polls is not None:
            await self._polls.close()

    async def _on_shutdown(self, app: web.Application) -> None:
        await self.close()

    async def _open(self, request: web.Request) -> web.StreamResponse:
        peer = peer_of(request, self._trusted_proxies)
        transport = request.query.get("transport")
        if transport == "polling" and self._polls is not None and "sid" in request.query:
            return await self._polls.serve(request)
        refused = self._refusal(request, peer)
        if refused is not None:
            self.counters.sockets_refused += 1
            return refused
        if transport == "polling" and self._polls is not None:
            session = PollingTransport(self.limits)
            link = self._link(session, peer)
            counted = ExitStack()
            counted.enter_context(self._counted(peer))
            return await self._polls.begin(link.sid, session, self._run_polling(link, counted))
        return await self._serve(request, peer)

    async def _serve(self, request: web.Request, peer: Peer) -> web.StreamResponse:
        limits = self.limits
        ws: web.WebSocketResponse[Literal[False]] = web.WebSocketResponse(
            timeout=limits.close_s,
            autoping=False,
            compress=False,
            max_msg_size=limits.frame_bytes + 1,
            decode_text=False,
        )
        with self._counted(peer):
            await ws.prepare(request)
            if request.transport is not None:
                await self._run(self._link(WebSocketTransport(ws, request.transport, limits), peer))
        return ws

    async def _run_polling(self, link: Link, counted: ExitStack) -> None:
        with counted:
            await self._run(link)

    def _link(self, transport: Transport, peer: Peer) -> Link:
        return Link(transport, peer, self._handlers, self.limits, self.counters, _new_id)

    async def _run(self, link: Link) -> None:
        self._links.add(link)
        self.counters.sockets_opened += 1
        if self._closing:
            link.stop(WSCloseCode.SERVICE_RESTART, "server restarts")
        try:
            await link.run()
        finally:
            self._links.discard(link)
            if not self._links:
                self._empty.set()

    @contextmanager
    def _counted(self, peer: Peer) -> Iterator[None]:
        self._per_address[peer.address] += 1
        self.counters.sockets_open += 1
        try:
            yield
        finally:
            self.counters.sockets_open -= 1
            self._per_address[peer.address] -= 1
            if not self._per_address[peer.address]:
                del self._per_address[peer.address]

    def _refusal(self, request: web.Request, peer: Peer) -> web.Response | None:
        query = request.query
        if query.get("EIO") != "4":
            return refusal(400, "unsupported", "Engine.IO 4 is spoken here: socket.io-client 3 or newer.")
        if query.get("transport") == "polling" and self._polls is not None:
            if request.method != "GET":
                return refusal(400, "invalid", "A session begins with a GET.")
        elif query.get("transport") != "websocket":
            message = 'Long polling is not spoken here. Connect with the option transports: ["websocket"].'
            return refusal(400, "unsupported", message)
        elif request.headers.get("Upgrade", "").lower() != "websocket" or request.method != "GET":
            return refusal(400, "invalid", "This address takes WebSocket handshakes only.")
        if self._closing:
            return refusal(503, "unavailable", "The server is restarting.", retry_after_s=1)
        if self.counters.sockets_open >= self.limits.sockets:
            return refusal(503, "unavailable", "Too many sockets are open here.", retry_after_s=10)
        if self._per_address[peer.address] >= self.limits.sockets_per_address:
            return refusal(429, "rate_limited", "Too many sockets are open from this address.", retry_after_s=10)
        return None


def _new_id() -> str:
    return secrets.token_urlsafe(15)
