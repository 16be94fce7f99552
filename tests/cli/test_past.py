"""The demo's desk has a past: conversations of the last days, that went through the doors of every other one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from conversations.facts import Fact, fact_from
from conversations.model import Conversation
from conversations.statements import ALL_CONVERSATION, conversation_from
from conversations.store import Tx, open_store
from conversations.store.tables import conversations, facts, messages, queue_items
from server.demo.past import tell_past
from server.demo.seeding import Demo, seed
from server.settings import Settings
from tests.rig.replay import of_row, replay

NOW = int(datetime(2026, 11, 20, 14, 30, tzinfo=UTC).timestamp() * 1000)
DAY = 86_400_000


def all_talks(tx: Tx) -> list[Conversation]:
    return [conversation_from(row) for row in tx.all(select(*ALL_CONVERSATION).order_by(conversations.c.number))]


def all_facts(tx: Tx) -> list[Fact]:
    columns = ("id", "conversation_id", "rev", "kind", "at", "actor", "epoch", "data")
    return [fact_from(row) for row in tx.all(select(*(facts.c[name] for name in columns)).order_by(facts.c.id))]


def live_items(tx: Tx) -> dict[str, str]:
    found = select(queue_items.c.conversation_id, queue_items.c.id).where(queue_items.c.state == "live")
    return {row[0]: row[1] for row in tx.all(found)}


def said(tx: Tx) -> list[tuple[Any, ...]]:
    return tx.all(select(messages.c.author_kind, messages.c.created_at, messages.c.rating, messages.c.understanding))


async def told(settings: Settings, now: int = NOW) -> tuple[Demo, int]:
    store = await open_store(settings.database)
    try:
        demo = await seed(store, settings)
    finally:
        await store.close()
    return demo, await tell_past(settings, demo.house, demo.company.website, now)


async def test_the_last_days_are_told_once(tmp_path: Path) -> None:
    """Over several days, by bot, people and visitors, in every state that a chat may be in; nothing is told again."""
    settings = Settings(data_dir=tmp_path, port=0)
    _, count = await told(settings)
    assert count > 25
    assert (await told(settings, NOW + DAY))[1] == 0
    store = await open_store(settings.database)
    try:
        talks, happened, lines = await store.read(all_talks), await store.read(all_facts), await store.read(said)
        items = await store.read(live_items)
    finally:
        await store.close()
    assert len(talks) == count
    statuses = Counter(talk.status for talk in talks)
    assert set(statuses) == {"bot", "queued", "assigned", "snoozed", "resolved"}
    assert len({talk.created_at // DAY for talk in talks}) >= 6
    assert all(NOW - 8 * DAY < talk.created_at <= talk.updated_at <= NOW for talk in talks)
    assert len({talk.assignee_id for talk in talks if talk.status == "assigned"}) == 2
    assert len({talk.locale for talk in talks}) == 3
    assert sum(talk.survey_score is not None for talk in talks) >= 8
    assert {author for author, *_ in lines} == {"visitor", "bot", "agent", "system"}
    assert sum(rating is not None for _, _, rating, _ in lines) >= 10
    assert all(understood is not None for author, _, _, understood in lines if author == "bot")
    assert replay(one for one in happened if one.conversation_id) == {
        talk.id: of_row(talk, items.get(talk.id)) for talk in talks
    }


async def test_what_lies_ahead_is_not_told(tmp_path: Path) -> None:
    """Early in the morning the last hours hold no more than has happened by then."""
    settings = Settings(data_dir=tmp_path, port=0)
    early = NOW - NOW % DAY + 60_000
    await told(settings, early)
    store = await open_store(settings.database)
    try:
        lines = await store.read(said)
    finally:
        await store.close()
    assert max(at for _, at, *_ in lines) <= early
