"""The product's server with orders of the rig: python -m tests.rig.serve [receive.stored:37:kill ...]

Settings are those of the environment, as for `frontdesk serve`. Visitors may be as quick as they like.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence

import uvloop

from server.app import serving
from server.logs import configure_logs
from server.realtime.sessions import Rates
from server.settings import load_settings
from tests.rig.points import Order, OrderedPoints

QUICK = Rates(visitor_messages_per_s=1e6, visitor_messages_burst=10**6, commands_per_s=1e6, commands_burst=10**6)


async def serve(orders: Sequence[Order]) -> None:
    settings = load_settings()
    configure_logs(settings.log_format, settings.log_level)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with serving(settings, points=OrderedPoints(orders), rates=QUICK):
        await ended.wait()


if __name__ == "__main__":
    uvloop.run(serve([Order.parse(text) for text in sys.argv[1:]]))
