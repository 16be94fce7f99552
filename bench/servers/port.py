"""Serve an application on a free port of this machine, and say which."""

from __future__ import annotations

import asyncio
import signal
import sys

from aiohttp import web


async def serve(app: web.Application) -> None:
    """Print the port, then serve until SIGTERM."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await runner.cleanup()
    sys.stdout.flush()
