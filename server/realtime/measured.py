"""A namespace's handler, with its commands timed and its refusals counted."""

import time
from typing import Generic, TypeVar

from server.metrics import Metrics
from server.realtime.connection import Connection, Handler, Json

S = TypeVar("S")


class Measured(Generic[S]):
    """Does what the handler does, and notes how long each command took and why some were refused."""

    def __init__(self, namespace: str, handler: Handler[S], metrics: Metrics) -> None:
        self.commands = handler.commands
        self._handler = handler
        self._took = {name: metrics.acknowledged.labels(namespace, name) for name in handler.commands}
        self._refused = metrics.refused
        self._namespace = namespace

    async def connect(self, conn: Connection[S], auth: dict[str, object]) -> None:
        await self._handler.connect(conn, auth)

    async def command(self, conn: Connection[S], name: str, payload: dict[str, object]) -> Json:
        began = time.perf_counter()
        answer = await self._handler.command(conn, name, payload)
        self._took[name].observe(time.perf_counter() - began)
        if not answer["ok"]:
            error = answer["error"]
            self._refused.labels(self._namespace, error["code"] if isinstance(error, dict) else "unknown").inc()
        return answer

    async def disconnect(self, conn: Connection[S], reason: str) -> None:
        await self._handler.disconnect(conn, reason)
