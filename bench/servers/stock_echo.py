"""python-socketio as it comes: library defaults, asyncio's own loop, stores nothing, emits each message back."""

from __future__ import annotations

import asyncio

import socketio
from aiohttp import web

from bench.servers.port import serve


def application() -> web.Application:
    sio = socketio.AsyncServer(async_mode="aiohttp")
    app = web.Application()
    sio.attach(app)

    async def message_send(sid: str, message: dict[str, object]) -> dict[str, object]:
        if not message.get("ack_only"):
            await sio.emit("message.created", message, to=sid, namespace="/visitor")
        return {"ok": True, "message": message}

    async def end(app: web.Application) -> None:
        await sio.shutdown()

    sio.on("message.send", message_send, namespace="/visitor")
    app.on_shutdown.append(end)
    return app


if __name__ == "__main__":
    asyncio.run(serve(application()))
