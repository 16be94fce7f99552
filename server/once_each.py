"""Work by key, never twice at once for one key: what hints wake, and sweeps wake again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

WAITING_LIMIT = 4_096
CLOSE_S = 5.0


class OnceEach:
    """Runs `work(key)` for keys that are due, one at a time for each key, a bounded number side by side.

    A key that becomes due while it runs, runs once more after. Keys over the bound are dropped: a sweep
    finds them again.
    """

    def __init__(self, name: str, work: Callable[[str], Awaitable[None]], *, at_once: int, limit_s: float) -> None:
        self._name = name
        self._work = work
        self._at_once = at_once
        self._limit_s = limit_s
        self._waiting: dict[str, None] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._closing = False
        self.dropped = 0

    def due(self, key: str) -> None:
        if self._closing or key in self._waiting:
            return
        if key in self._running:
            self._again.add(key)
        elif len(self._running) < self._at_once:
            self._start(key)
        elif len(self._waiting) < WAITING_LIMIT:
            self._waiting[key] = None
        else:
            self.dropped += 1

    async def close(self) -> None:
        """Start nothing more; what runs may end within 5 s, then it is cancelled."""
        self._closing = True
        self._waiting.clear()
        running = list(self._running.values())
        if running:
            _, late = await asyncio.wait(running, timeout=CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _start(self, key: str) -> None:
        task = asyncio.create_task(self._run(key), name=f"{self._name}:{key}")
        self._running[key] = task

    async def _run(self, key: str) -> None:
        try:
            async with asyncio.timeout(self._limit_s):
                await self._work(key)
        except Exception:
            log.exception("work.failed", work=self._name, key=key)
        finally:
            del self._running[key]
            if not self._closing:
                if key in self._again:
                    self._again.discard(key)
                    self._waiting[key] = None
                if self._waiting:
                    following = next(iter(self._waiting))
                    del self._waiting[following]
                    self._start(following)
