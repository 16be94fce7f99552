"""python-socketio with its costs taken out by subclassing: the alternative that docs/decisions/0001 measured.

uvloop, orjson, no deflate, no task and no timer for each packet, sent straight to the socket once it is a WebSocket,
and one queue with one task for each client instead of a task for each event.
"""

from __future__ import annotations

import asyncio
from typing import Any

import engineio
import engineio.async_server
import orjson
import socketio
import uvloop
from aiohttp import web
from engineio import packet as eio_packet
from engineio.async_drivers import aiohttp as driver
from engineio.async_socket import AsyncSocket

from bench.servers.port import serve


class Json:
    """orjson with the face of the standard library's module."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return orjson.dumps(value).decode()

    loads = staticmethod(orjson.loads)


class PlainWebSocket(driver.WebSocket):  # type: ignore[misc]
    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        self._sock = web.WebSocketResponse(compress=False, max_msg_size=self.server.max_http_buffer_size)
        await self._sock.prepare(environ["aiohttp.request"])
        self.environ = environ
        await self.handler(self)
        return self._sock


class DirectSocket(AsyncSocket):  # type: ignore[misc]
    ws: PlainWebSocket | None = None

    async def send(self, pkt: eio_packet.Packet) -> None:
        if self.ws is not None and not self.closed:
            await self.ws._sock.send_str(pkt.encode())
        else:
            await super().send(pkt)

    async def receive(self, pkt: eio_packet.Packet) -> None:
        if pkt.packet_type == eio_packet.MESSAGE:
            await self.server.handlers["message"](self.sid, pkt.data)
        else:
            await super().receive(pkt)

    async def _websocket_handler(self, ws: PlainWebSocket) -> None:
        self.connected = self.upgraded = True
        while not self.queue.empty():
            await ws._sock.send_str((self.queue.get_nowait()).encode())
        self.ws = ws
        receive = ws._sock.receive
        while (message := await receive()).type is web.WSMsgType.TEXT:
            await self.receive(eio_packet.Packet(encoded_packet=message.data))
        self.ws = None
        await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)


class TunedServer(socketio.AsyncServer):  # type: ignore[misc]
    def __init__(self, **options: Any) -> None:
        super().__init__(async_mode="aiohttp", json=Json, transports=["websocket"], **options)
        self.eio._async = {**self.eio._async, "websocket": PlainWebSocket}
        self.queues: dict[str, asyncio.Queue[Any]] = {}
        self.workers: dict[str, asyncio.Task[None]] = {}

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: list[Any]) -> None:
        namespace = namespace or "/"
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if not self.manager.is_connected(sid, namespace):
            return
        queue = self.queues.get(sid)
        if queue is None:
            queue = self.queues[sid] = asyncio.Queue(256)
            self.workers[sid] = asyncio.create_task(self._work(queue))
        queue.put_nowait((self, sid, eio_sid, data, namespace, id))

    async def _work(self, queue: asyncio.Queue[Any]) -> None:
        while True:
            await self._handle_event_internal(*await queue.get())

    async def emit_to(self, sid: str, event: str, payload: object, namespace: str) -> None:
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        packet = self.packet_class(data=[event, payload], namespace=namespace, binary=False)
        await self._send_packet(eio_sid, packet)


def application() -> web.Application:
    engineio.async_server.async_socket.AsyncSocket = DirectSocket
    sio = TunedServer()
    app = web.Application()
    sio.attach(app)

    async def message_send(sid: str, message: dict[str, object]) -> dict[str, object]:
        if not message.get("ack_only"):
            await sio.emit_to(sid, "message.created", message, "/visitor")
        return {"ok": True, "message": message}

    sio.on("message.send", message_send, namespace="/visitor")
    return app


async def main() -> None:
    await serve(application())


if __name__ == "__main__":
    uvloop.run(main())
