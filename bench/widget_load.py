"""How soon the widget can be used on a slow phone: python -m bench.widget_load [--runs 9] [--json FILE]

Chromium with a processor 4 times slower, behind 1.6 Mbit/s and 150 ms (bench/slow_net.py: all connections share it, and
each begins with a round trip; no TLS), a new browser context each time. The visitor opens the chat at the moment the
launcher is there. `usable`: the field can be written in and the desk's welcome has come; from the beginning of the
page's loading, seconds. Beside it, in turn, an empty page with nothing but the Socket.IO client (4.8, minified and
compressed) that connects to the same desk until the same welcome. Site and desk are two origins of one address, so
that the frame runs in the same slowed process.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Browser

from bench.slow_net import SlowNet
from tests.browser.desks import ROOT, Mortal, opened_mortal
from tests.browser.windows import PHONE, chromium

CPU, RTT_S, MBIT_PER_S = 4, 0.150, 1.6
RUN_MS = 30_000
TARGET_S = 2.0
CLIENT = ROOT / "node_modules/socket.io-client/dist/socket.io.min.js"

PAGE = (
    '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
)
OPEN = """window.Frontdesk = [
  ["on", "ready", () => { window.launcher_at = Date.now(); Frontdesk.open(); }],
  ["on", "connected", () => { window.connected_at = Date.now(); console.log("connected"); }],
];"""
WATCH = """if (window !== top) new MutationObserver((_, watch) => {
  if (!document.querySelector("textarea")) return;
  watch.disconnect();
  window.field_at = Date.now();
}).observe(document, { childList: true, subtree: true });"""
ALONE = """io("DESK/visitor", { transports: ["websocket"], auth: { inbox: "INBOX", protocol: 1 } })
  .on("welcome", () => { window.connected_at = Date.now(); console.log("connected"); });"""

Run = dict[str, float]


@asynccontextmanager
async def site(desk: str, inbox: str) -> AsyncIterator[int]:
    """A site of two pages: one with the widget's snippet, one with the Socket.IO client alone. Its port."""
    tag = f'<script async src="{desk}/widget.js" data-inbox="{inbox}"></script>'
    alone = ALONE.replace("DESK", desk).replace("INBOX", inbox)
    answers = {
        "/widget": ("text/html", f"{PAGE}<title>Shop</title><h1>Shop</h1><script>{OPEN}</script>{tag}".encode()),
        "/alone": (
            "text/html",
            f'{PAGE}<title>Shop</title><script src="/client.js"></script><script>{alone}</script>'.encode(),
        ),
        "/client.js": ("text/javascript", CLIENT.read_bytes()),
    }

    async def answer(request: web.Request) -> web.Response:
        kind, body = answers[request.path]
        headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
        return web.Response(body=gzip.compress(body, 9), content_type=kind, headers=headers)

    app = web.Application()
    for path in answers:
        app.router.add_get(path, answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def load(browser: Browser, url: str, *, widget: bool) -> Run:
    """One visit with nothing cached: seconds from the beginning of the page's loading."""
    context = await browser.new_context(**PHONE)  # type: ignore[arg-type]
    try:
        await context.add_init_script(WATCH)
        page = await context.new_page()
        slow = await context.new_cdp_session(page)
        await slow.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
        # told by the page: to ask it again and again would take the slow processor's time
        async with page.expect_console_message(lambda one: one.text == "connected", timeout=RUN_MS):
            await page.goto(url, wait_until="commit", timeout=RUN_MS)
        began = await page.evaluate("performance.timeOrigin")
        told = {"usable": await page.evaluate("connected_at")}
        if widget:
            frame = page.frames[1]
            await frame.wait_for_function("window.field_at", timeout=RUN_MS)
            told["field"] = await frame.evaluate("field_at")
            told["launcher"] = await page.evaluate("launcher_at")
            told["connected"] = told["usable"]
            told["usable"] = max(told["connected"], told["field"])
        return {name: round((at - began) / 1000, 3) for name, at in told.items()}
    finally:
        await context.close()


async def measure(desk: Mortal, runs: int) -> dict[str, Any]:
    net = SlowNet(RTT_S, MBIT_PER_S)
    rows: dict[str, list[Run]] = {"widget": [], "alone": []}
    async with (
        net.door(desk.house.port) as desk_port,
        site(f"http://127.0.0.1:{desk_port}", desk.inbox) as port,
        net.door(port) as site_port,
        chromium() as browser,
    ):
        for run in range(runs + 1):
            for name, found in rows.items():
                before = net.down.carried_bytes
                row = await load(browser, f"http://127.0.0.1:{site_port}/{name}", widget=name == "widget")
                row["kib_down"] = round((net.down.carried_bytes - before) / 1024, 1)
                # the first finds a desk that has served nobody yet
                if run:
                    found.append(row)
    medians = {
        name: {key: round(statistics.median(row[key] for row in found), 3) for key in found[0]}
        for name, found in rows.items()
    }
    usable = medians["widget"]["usable"]
    return {
        "profile": {"cpu_slower": CPU, "rtt_ms": RTT_S * 1000, "mbit_per_s": MBIT_PER_S, "runs": runs},
        "median": medians,
        "usable_s": sorted(row["usable"] for row in rows["widget"]),
        "ratio": round(usable / medians["alone"]["usable"], 2),
        "target_s": TARGET_S,
        "met": usable <= TARGET_S,
    }


async def bench(runs: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with opened_mortal(Path(folder)) as desk:
            return await measure(desk, runs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.widget_load", description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    told = asyncio.run(bench(options.runs))
    print(json.dumps(told, indent=2))
    if options.json:
        options.json.write_text(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
