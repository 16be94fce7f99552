"""A website of somebody's, of another origin than the desk: what each of its paths answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

from aiohttp import web

LOOPBACK = ip_network("127.0.0.0/8")


@dataclass
class Site:
    """A site of another origin: what each path answers, and who asked."""

    answers: dict[str, Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def page(self, path: str, body: str | bytes, kind: str = "text/html", encoding: str = "identity") -> None:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            raw = body.encode() if isinstance(body, str) else body
            return web.Response(body=raw, headers={"Content-Type": kind, "Content-Encoding": encoding})

        self.answers[path] = answer

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path not in self.answers:
            return web.Response(status=404, text="nothing")
        return await self.answers[request.path](request)


@asynccontextmanager
async def a_site() -> AsyncIterator[Site]:
    site = Site()
    runner = web.ServerRunner(web.Server(site.handle), shutdown_timeout=0.1)
    await runner.setup()
    door = web.TCPSite(runner, "127.0.0.1", 0)
    await door.start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield site
    finally:
        await runner.cleanup()
