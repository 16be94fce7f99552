"""The bot never speaks once a person has the chat, whatever the moment at which they took it."""

from __future__ import annotations

from pathlib import Path

from conversations.store import open_store
from tests.faults.takeovers import race


async def test_a_thousand_takeovers_meet_no_late_answer(tmp_path: Path) -> None:
    """1,000 take-overs around the bot's answers, most between its read and its write, both orders 200 times or more."""
    store = await open_store(f"sqlite:///{tmp_path / 'house.db'}")
    try:
        raced = await race(store, 1_000)
    finally:
        await store.close()
    assert raced.findings == []
    assert raced.between >= 300
    assert min(raced.orders["agent first"], raced.orders["bot first"]) >= 200, raced.orders


async def test_takeovers_meet_no_late_answer_on_postgresql(postgres_url: str) -> None:
    """The same where both transactions wait for one row's lock."""
    store = await open_store(postgres_url)
    try:
        raced = await race(store, 210)
    finally:
        await store.close()
    assert raced.findings == []
    assert raced.between >= 100
    assert min(raced.orders["agent first"], raced.orders["bot first"]) >= 40, raced.orders
