"""Our socket layer with a handler that stores nothing and emits each message back."""

from __future__ import annotations

import uvloop
from aiohttp import web

from bench.servers.port import serve
from server.realtime.sockets import Connection, Limits, Sockets


class Echo:
    commands = frozenset({"message.send"})

    async def connect(self, conn: Connection[None], auth: dict[str, object]) -> None:
        conn.session = None

    async def command(self, conn: Connection[None], name: str, payload: dict[str, object]) -> dict[str, object]:
        if not payload.get("ack_only"):
            conn.emit("message.created", payload)
        return {"ok": True, "message": payload}

    async def disconnect(self, conn: Connection[None], reason: str) -> None:
        pass


async def main() -> None:
    app = web.Application()
    Sockets({"/visitor": Echo()}, Limits(sockets_per_address=20_000)).attach(app)
    await serve(app)


if __name__ == "__main__":
    uvloop.run(main())
