"""The index of words, kept up beside the chats; at once where something was erased."""

import asyncio
from collections.abc import Iterable

from conversations.facts import Fact
from conversations.hints import ConversationChanged, MessageUpdated
from conversations.search_index import Subject, put_entries, scrub, subjects_of
from conversations.store import Store
from server.readers import Reader

NAME = "search"
WAIT_S = 1.0
"""How long a new message may wait to be found."""

AT_ONCE = 25
ROUNDS = 40
REST_S = 0.01
SCRUB_ROUNDS = 2_000


class Indexer:
    """Reads the facts and keeps the entries. holder: this process, by name."""

    def __init__(self, store: Store, holder: str) -> None:
        self._store = store
        self._reader = Reader(store, NAME, holder, self._take)
        self._hurry = asyncio.Event()
        self._reading = asyncio.Lock()
        self._unclean = False

    def hear(self, changed: ConversationChanged) -> None:
        """After a commit: what was erased leaves the index now, not at the next beat."""
        if any(isinstance(one, MessageUpdated) and one.message.erased_at is not None for one in changed.changes):
            self._hurry.set()

    async def beat(self) -> None:
        """Wait for something urgent, or the next beat, then read what is new."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()
        await self.catch_up()

    async def catch_up(self) -> None:
        """Read what is new, a bounded part of it at a time."""
        async with self._reading:
            for _ in range(ROUNDS):
                if not await self._reader.step():
                    break
                await asyncio.sleep(REST_S)
            if self._unclean:
                await self._scrub()
                self._unclean = False

    async def close(self) -> None:
        await self._reader.leave()

    async def _take(self, facts: list[Fact]) -> None:
        for some in _in_parts(subjects_of(facts)):
            if await self._store.write(put_entries, some):
                self._unclean = True
            await asyncio.sleep(0)

    async def _scrub(self) -> None:
        for number in range(SCRUB_ROUNDS):
            if not await self._store.write(scrub, first=number == 0):
                return
            await asyncio.sleep(0)


def _in_parts(subjects: list[Subject]) -> Iterable[tuple[Subject, ...]]:
    return (tuple(subjects[start : start + AT_ONCE]) for start in range(0, len(subjects), AT_ONCE))
