"""What everyone on paper shares: the house's address, the recording, and what they talk about."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.rig.history import History

TALKS_REMEMBERED = 200


def now_ms() -> int:
    """The machine's clock, which the servers share: milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Town:
    """A place with one house. url may change while people are connected; they find the new one.

    texts: what visitors may say. talks: the conversations that were last begun, which agents may look into.
    acknowledged: how much of what visitors said. over: everybody has gone home.
    """

    url: str
    inbox: str
    texts: Sequence[str]
    seed: int = 1
    history: History = field(default_factory=History)
    talks: deque[str] = field(default_factory=lambda: deque(maxlen=TALKS_REMEMBERED))
    acknowledged: int = 0
    over: bool = False
    repeats: int = 0
    reconnects: int = 0
    catch_ups: int = 0

    def dice(self, who: str) -> random.Random:
        """The same for the same town's seed and person."""
        return random.Random(f"{self.seed} {who}")
