"""A site of somebody else: a small web server on another origin, with pages that carry the widget's snippet."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

STRICT = (
    "default-src 'none'; script-src 'self' {desk}; frame-src {desk}; connect-src {desk}; style-src 'self'; "
    "img-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What docs/widget.md tells a strict site to send; `{desk}` is the desk's origin."""


class Shown(Protocol):
    """What a snippet needs to know of a desk."""

    @property
    def url(self) -> str: ...

    @property
    def inbox(self) -> str: ...


@dataclass(slots=True)
class Reply:
    body: str
    kind: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """What it answers by path; anything else is 404."""

    port: int = 0
    pages: dict[str, Reply] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        # another registrable domain than the desk's 127.0.0.1, so that the frame is a third party's
        return f"http://localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/"

    def show(self, path: str, body: str, *, title: str = "Lamps", csp: str | None = None, head: str = "") -> str:
        """Have a page with this body; its whole address."""
        headers = {"Content-Security-Policy": csp} if csp else {}
        meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, viewport-fit=cover">'
        start = f'{meta}<link rel="icon" href="/icon.svg"><title>{html.escape(title)}</title>{head}'
        page = f'<!doctype html><html lang="en"><head>{start}</head><body>{body}</body></html>'
        self.pages[path] = Reply(page, headers=headers)
        return self.origin + path

    def script(self, path: str, code: str) -> str:
        """Have a script there; its path."""
        self.pages[path] = Reply(code, "text/javascript")
        return path

    async def answer(self, request: web.Request) -> web.Response:
        found = self.pages.get(request.path)
        if found is None:
            return web.Response(status=404, text="There is nothing here.")
        return web.Response(text=found.body, content_type=found.kind, headers=dict(found.headers))


def snippet(desk: Shown, **attributes: str) -> str:
    """The tag that docs/widget.md tells people to paste. attributes: `locale="de"` becomes data-locale="de"."""
    told = {"inbox": desk.inbox, **attributes}
    data = "".join(f' data-{name}="{html.escape(value)}"' for name, value in told.items())
    return f'<script async src="{desk.url}/widget.js"{data}></script>'


def shop(desk: Shown, **attributes: str) -> str:
    """A body with something to read, something to press and the snippet."""
    lines = "".join(f"<p>Lamp {number}: gives light, and can be repaired.</p>" for number in range(1, 61))
    return (
        f'<main><h1>Lamps</h1><button type="button">Buy</button>{lines}<a href="/next">More</a></main>'
        f"{snippet(desk, **attributes)}"
    )


@asynccontextmanager
async def opened_site() -> AsyncIterator[Site]:
    """A site on a free port, with nothing but an icon."""
    site = Site()
    site.pages["/icon.svg"] = Reply('<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml")
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.port = runner.addresses[0][1]
        yield site
    finally:
        await runner.cleanup()
