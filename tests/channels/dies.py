"""A process that delivers what is due and is killed at a named point: `python -m tests.channels.dies URL POINT NOW`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from conversations.store import NoPoints
from tests.channels.house import Clock, Desk


class Dies(NoPoints):
    """Kills its own process, as nothing can be cleaned up after, at one point."""

    def __init__(self, point: str) -> None:
        self._point = point

    def reach(self, point: str) -> None:
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)

    async def pause(self, point: str) -> None:
        self.reach(point)


async def main(url: str, point: str, now: str) -> None:
    clock = Clock()
    clock.now = int(now)
    desk = Desk(url, clock, Dies(point))
    await desk.open()
    await desk.delivered()
    await desk.close()
    await desk.caller.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
