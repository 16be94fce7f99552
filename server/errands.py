"""Small work that a request begins and nobody waits for: a bounded number, each with its time, all ended at the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)

AT_ONCE = 64
LIMIT_S = 60.0
CLOSE_S = 5.0


class Errands:
    """Owns the tasks; `close` ends them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it soon. What comes beyond the bound is dropped, and noted in the log."""
        if len(self._tasks) >= AT_ONCE:
            work.close()
            log.warning("errands.dropped", at_once=AT_ONCE)
            return
        task = asyncio.create_task(_done(work), name="errand")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let what runs end within seconds, then end it."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _done(work: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(LIMIT_S):
            await work
    except Exception:
        log.exception("errands.failed")
