"""Readers of the facts miss nothing: whatever commits late, fails or is read by another process."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from conversations.facts import Fact, record
from conversations.store import Store, Tx
from server.readers import MISSING_FOR_S, Reader
from tests.store.engines import Database


class Taken:
    """What a reader was given, by what each fact says."""

    def __init__(self) -> None:
        self.said: list[int] = []
        self.fails = False

    async def take(self, facts: list[Fact]) -> None:
        if self.fails:
            raise RuntimeError("not now")
        self.said += [fact.data["n"] for fact in facts]


def say(tx: Tx, *numbers: int) -> None:
    for number in numbers:
        record(tx, "settings_changed", "system", {"n": number})


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def reader(store: Store, taken: Taken, holder: str = "one", clock: Hand | None = None) -> Reader:
    return Reader(store, "test", holder, taken.take, clock=clock or Hand())


async def test_facts_are_read_once_and_in_order(database: Database) -> None:
    """What is new since the last time, also by the next reader of that name."""
    store, taken = await database.open(), Taken()
    one = await reader(store, taken)
    await store.write(say, 1, 2)
    await one.step()
    await store.write(say, 3)
    await one.step()
    await one.step()
    await one.leave()
    await store.write(say, 4)
    await (await reader(store, taken, "two")).step()
    assert taken.said == [1, 2, 3, 4]


async def test_what_could_not_be_taken_is_read_again(database: Database) -> None:
    """A failure loses nothing."""
    store, taken = await database.open(), Taken()
    one = await reader(store, taken)
    await store.write(say, 1)
    taken.fails = True
    with pytest.raises(RuntimeError):
        await one.step()
    taken.fails = False
    await one.step()
    assert taken.said == [1]


async def test_one_process_reads_at_a_time(database: Database) -> None:
    """Another waits until the first has left, or is silent for longer than its lease."""
    now = [1_780_000_000_000]
    store, taken, other = await database.open(clock=lambda: now[0]), Taken(), Taken()
    one, two = await reader(store, taken), await reader(store, other, "two")
    await store.write(say, 1)
    await one.step()
    await store.write(say, 2)
    await two.step()
    assert (taken.said, other.said) == ([1], [])
    now[0] += 60_000
    await two.step()
    assert other.said == [2]
    await one.step()
    assert taken.said == [1]


async def test_a_fact_that_commits_late_is_read_when_it_does(postgresql: Database) -> None:
    """A lower number that appears after a higher one is not passed over, also by a reader that begins in between."""
    store, taken = await postgresql.open(), Taken()
    one = await reader(store, taken)
    await store.write(say, 1)
    connection: Any = await asyncpg.connect(postgresql.url, timeout=10)
    insert = "INSERT INTO facts (kind, at, actor, data) VALUES ('settings_changed', 0, 'system', '{\"n\": 2}')"
    try:
        late = connection.transaction()
        await late.start()
        await connection.execute(insert)
        await store.write(say, 3)
        await one.step()
        assert taken.said == [1, 3]
        await late.commit()
        await one.step()
        assert taken.said == [1, 3, 2]
    finally:
        await connection.close(timeout=10)


async def test_a_reader_that_begins_anew_knows_what_was_missing(postgresql: Database) -> None:
    """The cursor that is kept stays before a number that was not seen, until no transaction can be so old."""
    store, taken, again, clock = await postgresql.open(), Taken(), Taken(), Hand()
    one = await reader(store, taken, clock=clock)
    connection: Any = await asyncpg.connect(postgresql.url, timeout=10)
    insert = "INSERT INTO facts (kind, at, actor, data) VALUES ('settings_changed', 0, 'system', '{\"n\": 2}')"
    try:
        late = connection.transaction()
        await late.start()
        await connection.execute(insert)
        await store.write(say, 3)
        await one.step()
        await one.leave()
        await late.commit()
        two = await reader(store, again, "two", clock)
        await two.step()
        assert (taken.said, again.said) == ([3], [2, 3])
        undone = connection.transaction()
        await undone.start()
        await connection.execute(insert)
        await undone.rollback()
        await store.write(say, 4)
        await two.step()
        clock.now += MISSING_FOR_S + 1
        await two.step()
        await two.leave()
        await (await reader(store, taken, "three")).step()
        assert (taken.said, again.said) == ([3], [2, 3, 4])
    finally:
        await connection.close(timeout=10)
