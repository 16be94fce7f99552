"""How often somebody may try, counted in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable

from conversations.errors import RateLimited

KEYS_LIMIT = 10_000


class Attempts:
    """At most `limit` attempts of one key in `window_s` seconds; the least recent of very many keys is forgotten."""

    __slots__ = ("_began", "_clock", "_limit", "_window_s")

    def __init__(self, limit: int, window_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._window_s = window_s
        self._clock = clock
        self._began: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._began)

    def count(self, key: str) -> None:
        """Note one more. Raises RateLimited when it is one too many."""
        now = self._clock()
        began, count = self._began.pop(key, (now, 0))
        if now - began >= self._window_s:
            began, count = now, 0
        self._began[key] = (began, count + 1)
        if len(self._began) > KEYS_LIMIT:
            self._began.popitem(last=False)
        if count >= self._limit:
            left_s = max(1.0, began + self._window_s - now)
            raise RateLimited("Too many attempts. Wait, then try again.", retry_after_s=round(left_s, 1))

    def left_s(self, key: str) -> float:
        """0 while one more attempt is allowed, else the seconds until it is."""
        began, count = self._began.get(key, (0.0, 0))
        left_s = began + self._window_s - self._clock()
        return max(1.0, left_s) if count >= self._limit and left_s > 0 else 0.0

    def forget(self, key: str) -> None:
        """It went well: begin anew."""
        self._began.pop(key, None)
