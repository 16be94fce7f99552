"""Concurrent texts, understood together in short slices of the event loop.

One text takes a fifth of a millisecond of interpreted code, so a thread cannot take it away: it only fights the loop
for the interpreter. Measured at 1,500 texts a second on two cores, a worker thread ended at 990/s and seconds of delay
where slices kept up at 0.5 ms (bench/understanding.py). So the texts that are waiting are understood in the loop, in
order, for at most SLICE_S, then sockets have their turn. Only long texts, which would take longer than a slice, go to a
thread.
"""

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

from intents.errors import UnderstandingOverloaded
from intents.recognizer import Recognizer
from intents.understanding import Understanding

SLICE_S = 0.002
LONG_CHARS = 800
MAX_WAITING = 2_000
TIMEOUT_S = 2.0
RETRY_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    recognizer: Recognizer
    text: str
    locale: str | None
    until: float
    done: asyncio.Future[Understanding]


class Understander:
    """Understands texts for many callers at once. Belongs to one event loop; `close` it at the end."""

    def __init__(
        self, *, slice_s: float = SLICE_S, max_waiting: int = MAX_WAITING, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._slice_s = slice_s
        self._max_waiting = max_waiting
        self._timeout_s = timeout_s
        self._waiting: deque[_Waiting] = deque()
        self._scheduled = False
        self._long = 0
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="understanding")

    @property
    def waiting(self) -> int:
        """How many texts wait or are being understood."""
        return len(self._waiting) + self._long

    async def understand(self, recognizer: Recognizer, text: str, locale: str | None = None) -> Understanding:
        """What this recognizer makes of a text.

        Raises UnderstandingOverloaded when too many wait, when this one waited past the timeout, and after `close`.
        """
        if self._closed or self.waiting >= self._max_waiting:
            raise UnderstandingOverloaded("Too many texts wait to be understood.", retry_after_s=RETRY_AFTER_S)
        if len(text) > LONG_CHARS:
            return await self._in_thread(recognizer, text, locale)
        return await self._in_slice(recognizer, text, locale)

    async def close(self) -> None:
        """Refuse what waits, and wait for the text that is being understood."""
        self._closed = True
        while self._waiting:
            one = self._waiting.popleft()
            if not one.done.done():
                one.done.set_exception(UnderstandingOverloaded("The server is stopping.", retry_after_s=RETRY_AFTER_S))
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def _in_slice(self, recognizer: Recognizer, text: str, locale: str | None) -> Understanding:
        loop = asyncio.get_running_loop()
        one = _Waiting(recognizer, text, locale, perf_counter() + self._timeout_s, loop.create_future())
        self._waiting.append(one)
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._work, loop)
        return await one.done

    async def _in_thread(self, recognizer: Recognizer, text: str, locale: str | None) -> Understanding:
        self._long += 1
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await loop.run_in_executor(self._thread, recognizer.understand, text, locale)
        except TimeoutError as error:
            raise self._too_late() from error
        finally:
            self._long -= 1

    def _too_late(self) -> UnderstandingOverloaded:
        waited = f"This text waited {self._timeout_s:g} s to be understood."
        return UnderstandingOverloaded(waited, retry_after_s=RETRY_AFTER_S)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Understand what waits, for one slice; then let the loop look at its sockets before the next.

        Slices go on while anything waits, so each text's time is looked at here, and needs no timer of its own.
        """
        self._scheduled = False
        now = perf_counter()
        until = now + self._slice_s
        while self._waiting:
            one = self._waiting.popleft()
            if one.done.done():
                continue
            try:
                if now > one.until:
                    raise self._too_late()
                one.done.set_result(one.recognizer.understand(one.text, one.locale))
            except Exception as error:
                one.done.set_exception(error)
            now = perf_counter()
            if now >= until:
                break
        if self._waiting:
            self._scheduled = True
            loop.call_soon(self._work, loop)
