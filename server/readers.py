"""Readers of the facts: each reads them after their commit, in order within a conversation, at least once.

A fact's number is drawn before its transaction commits, so on PostgreSQL a higher one may be seen before a lower. What
is missing is remembered and asked for again, until no transaction can be so old; the cursor that is kept stays before.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.facts import Fact, fact_from
from conversations.store import Statement, Store, Tx
from conversations.store.tables import facts, readers

log = structlog.get_logger(__name__)

PAGE = 500
LEASE_MS = 30_000
MISSING_FOR_S = 30.0
"""Longer than any transaction lives: a number missing after that was drawn by one that was undone."""

MISSING_LIMIT = 10_000

_FACT = (
    facts.c.id,
    facts.c.conversation_id,
    facts.c.rev,
    facts.c.kind,
    facts.c.at,
    facts.c.actor,
    facts.c.epoch,
    facts.c.data,
)
AFTER = Statement(select(*_FACT).where(facts.c.id > bindparam("after")).order_by(facts.c.id).limit(bindparam("limit")))
THESE = select(*_FACT).where(facts.c.id.in_(bindparam("ids", expanding=True))).order_by(facts.c.id)
BEGIN = Statement(
    upsert(readers)
    .values(name=bindparam("name"), cursor=0, updated_at=bindparam("now"))
    .on_conflict_do_nothing(index_elements=["name"])
)
CLAIM = Statement(
    update(readers)
    .where(
        readers.c.name == bindparam("name_"),
        (readers.c.holder == bindparam("me"))
        | readers.c.leased_until.is_(None)
        | (readers.c.leased_until < bindparam("now")),
    )
    .values(holder=bindparam("me"), leased_until=bindparam("until"), updated_at=bindparam("now"))
    .returning(readers.c.cursor)
)
KEEP = Statement(
    update(readers)
    .where(readers.c.name == bindparam("name_"), readers.c.holder == bindparam("me"))
    .values(cursor=bindparam("reached"), leased_until=bindparam("until"), updated_at=bindparam("now"))
)
LEAVE = Statement(
    update(readers)
    .where(readers.c.name == bindparam("name_"), readers.c.holder == bindparam("me"))
    .values(leased_until=None)
)


class Monotonic(Protocol):
    def __call__(self) -> float: ...


@dataclass(slots=True)
class _Place:
    """How far one has read. frontier: the highest number seen. missing: lower ones not seen, and since when."""

    frontier: int
    kept: int
    leased_until: int
    missing: dict[int, float]


class Reader:
    """Reads for one purpose, named `name`; of several processes one at a time does.

    take: what is done with the facts; it is called again with the same ones where it or the process fails.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        holder: str,
        take: Callable[[list[Fact]], Awaitable[None]],
        *,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self._take = take
        self._clock = clock
        self._place: _Place | None = None

    async def step(self) -> bool:
        """Read up to a page of what is new; whether there may be more. False, too, while another process reads.

        Raises what `take` does, and StoreError; what was read is then read again.
        """
        place = await self._held()
        if place is None:
            return False
        found = await self._store.read(_new, place.frontier, sorted(place.missing))
        new = [fact for fact in found if fact.id > place.frontier]
        if found:
            try:
                await self._take(found)
            except BaseException:
                self._place = None
                raise
        self._advance(place, found, new)
        await self._keep(place)
        return len(new) == PAGE

    async def leave(self) -> None:
        """Let another process read at once."""
        if self._place is not None:
            self._place = None
            await self._store.write(_leave, self._name, self._holder)

    async def _held(self) -> _Place | None:
        now = self._store.now()
        if self._place is not None and self._place.leased_until - now > LEASE_MS // 2:
            return self._place
        cursor = await self._store.write(_claim, self._name, self._holder)
        if cursor is None:
            self._place = None
        elif self._place is None:
            self._place = _Place(cursor, cursor, now + LEASE_MS, {})
        else:
            self._place.leased_until = now + LEASE_MS
        return self._place

    def _advance(self, place: _Place, found: list[Fact], new: list[Fact]) -> None:
        now = self._clock()
        for fact in found:
            place.missing.pop(fact.id, None)
        if self._store.engine == "postgresql":
            expected = place.frontier + 1
            for fact in new:
                room = MISSING_LIMIT - len(place.missing)
                place.missing.update(dict.fromkeys(range(max(expected, fact.id - room), fact.id), now))
                expected = fact.id + 1
        for number in [one for one, since in place.missing.items() if now - since > MISSING_FOR_S]:
            del place.missing[number]
        if new:
            place.frontier = new[-1].id

    async def _keep(self, place: _Place) -> None:
        reached = min(place.missing, default=place.frontier + 1) - 1
        if reached == place.kept:
            return
        if await self._store.write(_keep, self._name, self._holder, reached):
            place.kept, place.leased_until = reached, self._store.now() + LEASE_MS
        else:
            self._place = None


def _new(tx: Tx, after: int, missing: list[int]) -> list[Fact]:
    late = [fact_from(row) for row in tx.all(THESE, {"ids": missing})] if missing else []
    return late + [fact_from(row) for row in tx.all(AFTER, {"after": after, "limit": PAGE})]


def _claim(tx: Tx, name: str, holder: str) -> int | None:
    tx.run(BEGIN, {"name": name, "now": tx.now})
    row = tx.one(CLAIM, {"name_": name, "me": holder, "now": tx.now, "until": tx.now + LEASE_MS})
    return int(row[0]) if row is not None else None


def _keep(tx: Tx, name: str, holder: str, reached: int) -> bool:
    said = {"name_": name, "me": holder, "reached": reached, "now": tx.now, "until": tx.now + LEASE_MS}
    return tx.run(KEEP, said) == 1


def _leave(tx: Tx, name: str, holder: str) -> None:
    tx.run(LEAVE, {"name_": name, "me": holder})
