"""Named points of the way at which a process dies or stands still, counted as they are reached."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

SIGNALS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}


@dataclass(frozen=True, slots=True)
class Order:
    """What happens to the process when it reaches a point for the nth time: it is killed, or frozen."""

    point: str
    nth: int
    deed: str = "kill"

    @classmethod
    def parse(cls, text: str) -> Self:
        """`receive.stored:37` or `turn.read:2:freeze`. Raises ValueError."""
        point, nth, *deed = text.split(":")
        made = cls(point, int(nth), *deed)
        if made.deed not in SIGNALS:
            raise ValueError(f"{made.deed}: one of {', '.join(SIGNALS)}")
        return made

    def __str__(self) -> str:
        return f"{self.point}:{self.nth}:{self.deed}"


class OrderedPoints:
    """Carries out orders upon this very process, on whichever thread the point is reached."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self._orders = {(order.point, order.nth): order for order in orders}
        self._reached: Counter[str] = Counter()
        self._lock = threading.Lock()

    def reach(self, point: str) -> None:
        with self._lock:
            self._reached[point] += 1
            order = self._orders.get((point, self._reached[point]))
        if order is not None:
            os.kill(os.getpid(), SIGNALS[order.deed])

    async def pause(self, point: str) -> None:
        self.reach(point)
        await asyncio.sleep(0)
