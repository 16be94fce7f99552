"""Who is listening here: connections by visitor, by agent, by conversation; whose turn it is; who types."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from server.realtime.connection import Connection

S = TypeVar("S")

TYPING_S = 6.0
TYPING_LIMIT = 10_000
SLOTS = 20


class Index(Generic[S]):
    """Connections by what they belong to, those of one key in the order of their coming."""

    __slots__ = ("_by",)

    def __init__(self) -> None:
        self._by: dict[str, dict[Connection[S], None]] = {}

    def add(self, key: str, connection: Connection[S]) -> None:
        self._by.setdefault(key, {})[connection] = None

    def discard(self, key: str, connection: Connection[S]) -> None:
        found = self._by.get(key)
        if found is not None:
            found.pop(connection, None)
            if not found:
                del self._by[key]

    def of(self, key: str | None) -> tuple[Connection[S], ...]:
        found = self._by.get(key) if key is not None else None
        return tuple(found) if found else ()

    def all(self) -> Iterator[Connection[S]]:
        for found in tuple(self._by.values()):
            yield from tuple(found)

    def keys(self) -> list[str]:
        return list(self._by)

    def __len__(self) -> int:
        """How many keys have a connection."""
        return len(self._by)


class Turns(Generic[S]):
    """Gives each connection its turn once in `every_s`, spread over the time, however often it is asked."""

    __slots__ = ("_clock", "_slot", "_slot_s")

    def __init__(self, every_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._slot_s = every_s / SLOTS
        self._clock = clock
        self._slot = self._now()

    def due(self, connections: Iterable[Connection[S]]) -> list[Connection[S]]:
        """Those whose turn has come since the last call."""
        now = self._now()
        passed = min(now - self._slot, SLOTS)
        self._slot = now
        slots = {(now - back) % SLOTS for back in range(passed)}
        return [one for one in connections if hash(one.id) % SLOTS in slots] if slots else []

    def _now(self) -> int:
        return int(self._clock() / self._slot_s)


class TypingNow:
    """Which visitors type, for six seconds unless they say so again. Nothing of it is stored."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def set(self, conversation_id: str, on: bool) -> None:
        if not on:
            self._until.pop(conversation_id, None)
            return
        if len(self._until) >= TYPING_LIMIT:
            now = time.monotonic()
            self._until = {key: until for key, until in self._until.items() if until > now}
            if len(self._until) >= TYPING_LIMIT:
                return
        self._until[conversation_id] = time.monotonic() + TYPING_S

    def __call__(self, conversation_id: str) -> bool:
        until = self._until.get(conversation_id)
        return until is not None and until > time.monotonic()
