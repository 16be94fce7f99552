"""Who is listening here: connections by visitor and by agent, who types, and the digest that mends lost hints."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

import structlog

from server.realtime.connection import Connection

S = TypeVar("S")
K = TypeVar("K")

log = structlog.get_logger(__name__)

TYPING_S = 6.0
TYPING_LIMIT = 10_000
SYNC_EVERY_S = 20
Revs = Callable[[list[str]], Awaitable[dict[str, int]]]


class Index(Generic[K, S]):
    """Connections by what they belong to."""

    __slots__ = ("_by",)

    def __init__(self) -> None:
        self._by: dict[K, set[Connection[S]]] = {}

    def add(self, key: K, connection: Connection[S]) -> None:
        self._by.setdefault(key, set()).add(connection)

    def discard(self, key: K, connection: Connection[S]) -> None:
        found = self._by.get(key)
        if found is not None:
            found.discard(connection)
            if not found:
                del self._by[key]

    def of(self, key: K) -> Iterable[Connection[S]]:
        return self._by.get(key, ())

    def keys(self) -> Iterable[K]:
        return self._by.keys()

    def __len__(self) -> int:
        return len(self._by)


class TypingNow:
    """Who types, for six seconds unless they say so again. Nothing of it is stored."""

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


class Digest(Generic[S]):
    """Tells each connection every 20 s at which rev its conversations are, so that a lost hint costs seconds.

    Connections take turns: about a twentieth of them each second. followed: what a connection follows.
    """

    def __init__(
        self,
        connections: Callable[[], list[Connection[S]]],
        followed: Callable[[Connection[S]], Iterable[str]],
        revs: Revs,
    ) -> None:
        self._connections = connections
        self._followed = followed
        self._revs = revs
        self._slot = 0

    async def tick(self) -> None:
        """One second's share."""
        self._slot = (self._slot + 1) % SYNC_EVERY_S
        mine = [one for one in self._connections() if hash(one.id) % SYNC_EVERY_S == self._slot]
        await self.send(mine)

    async def send(self, connections: list[Connection[S]]) -> None:
        """The digest to these, now."""
        following = {one: list(self._followed(one)) for one in connections if not one.closed}
        wanted = list({key for keys in following.values() for key in keys})
        revs: dict[str, int] = {}
        for start in range(0, len(wanted), 400):
            revs |= await self._revs(wanted[start : start + 400])
            await asyncio.sleep(0)
        for connection, keys in following.items():
            digest = {key: revs[key] for key in keys if key in revs}
            if digest:
                connection.emit("sync", digest)
