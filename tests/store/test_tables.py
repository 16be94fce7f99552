"""What the tables themselves refuse, whoever writes, and what they hold."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, insert, select, update

from conversations.store import Store, Tx
from conversations.store.tables import (
    agents,
    attachments,
    bots,
    contacts,
    conversations,
    deliveries,
    identities,
    inboxes,
    knowledge_bases,
    messages,
    offers,
    queue_items,
    workspaces,
)
from tests.store.engines import Database

LARGE = 9_007_199_254_740_993
CONVERSATION = {
    "id": "cnv_1",
    "workspace_id": "wsp_1",
    "inbox_id": "inb_1",
    "identity_id": "vis_1",
    "contact_id": "con_1",
    "channel": "web",
    "status": "bot",
    "waiting_on": "us",
    "created_at": LARGE,
    "updated_at": LARGE,
}
MESSAGE = {
    "id": "msg_1",
    "conversation_id": "cnv_1",
    "inbox_id": "inb_1",
    "seq": 1,
    "visitor_rev": 1,
    "agent_rev": 1,
    "made_rev": 1,
    "author_kind": "visitor",
    "kind": "text",
    "text": "Hello",
    "sender": "vis_1",
    "client_id": "c1",
    "external_id": "e1",
    "created_at": LARGE,
}
ITEM = {
    "id": "itm_1",
    "workspace_id": "wsp_1",
    "conversation_id": "cnv_1",
    "kind": "chat",
    "state": "live",
    "waiting_since": 0,
    "created_at": 0,
}
OFFER = {
    "id": "off_1",
    "item_id": "itm_1",
    "conversation_id": "cnv_1",
    "agent_id": "agt_1",
    "state": "offered",
    "created_at": 0,
    "expires_at": 0,
}
AGENT = {
    "id": "agt_1",
    "workspace_id": "wsp_1",
    "email": "sam@example.com",
    "name": "Sam",
    "password_hash": "",
    "role": "agent",
    "status": "online",
    "created_at": 0,
}


def furnish(tx: Tx) -> None:
    """One row of each that the others need."""
    rows: list[tuple[Table, dict[str, Any]]] = [
        (workspaces, {"id": "wsp_1", "name": "W", "created_at": 0}),
        (knowledge_bases, {"id": "kbs_1", "workspace_id": "wsp_1", "name": "K", "created_at": 0}),
        (bots, {"id": "bot_1", "workspace_id": "wsp_1", "knowledge_base_id": "kbs_1", "name": "B", "created_at": 0}),
        (
            inboxes,
            {
                "id": "inb_1",
                "workspace_id": "wsp_1",
                "name": "I",
                "channel": "web",
                "public_key": "key_1",
                "created_at": 0,
            },
        ),
        (contacts, {"id": "con_1", "workspace_id": "wsp_1", "created_at": 0, "updated_at": 0}),
        (
            identities,
            {
                "id": "vis_1",
                "inbox_id": "inb_1",
                "address": "ana",
                "contact_id": "con_1",
                "created_at": 0,
                "last_seen_at": 0,
            },
        ),
        (conversations, CONVERSATION),
        (messages, MESSAGE),
        (agents, AGENT),
        (queue_items, ITEM),
        (offers, OFFER),
    ]
    for table, row in rows:
        tx.run(insert(table).values(**row))


@pytest.fixture
async def store(database: Database) -> Store:
    store = await database.open()
    await store.write(furnish)
    return store


async def refused(store: Store, statement: Any) -> None:
    with pytest.raises(Exception, match=r"(?i)constraint"):
        await store.write(lambda tx: tx.run(statement))


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "lost"},
        {"status": "assigned"},
        {"status": "snoozed"},
        {"assignee_id": "agt_1"},
        {"status": "queued", "assignee_id": "agt_1"},
        {"status": "resolved"},
        {"resolution": "agent"},
        {"inbox_id": "inb_never"},
    ],
    ids=str,
)
async def test_no_conversation_is_in_no_state(store: Store, wrong: dict[str, Any]) -> None:
    """A conversation has one of five statuses, an assignee exactly with an agent, a resolution exactly when closed."""
    await refused(store, update(conversations).values(**wrong))
    await refused(store, insert(conversations).values(**CONVERSATION | {"id": "cnv_2"} | wrong))


async def test_what_is_one_is_one(store: Store) -> None:
    """A message is one by its seq, its rev, its sender's id, its provider's id; an item and an offer live once."""
    other = MESSAGE | {"id": "msg_2", "seq": 2, "made_rev": 2, "client_id": "c2", "external_id": "e2"}
    for same in ("id", "seq", "made_rev", "client_id", "external_id"):
        await refused(store, insert(messages).values(**other | {same: MESSAGE[same]}))
    await refused(store, insert(queue_items).values(**ITEM | {"id": "itm_2"}))
    await refused(store, insert(offers).values(**OFFER | {"id": "off_2"}))
    await refused(store, insert(agents).values(**AGENT | {"id": "agt_2"}))
    thread = CONVERSATION | {"thread_key": "t1"}
    await store.write(lambda tx: tx.run(insert(conversations).values(**thread | {"id": "cnv_2"})))
    await refused(store, insert(conversations).values(**thread | {"id": "cnv_3"}))
    closed = {"status": "resolved", "resolution": "agent"}
    await store.write(lambda tx: tx.run(update(conversations).where(conversations.c.id == "cnv_2").values(**closed)))
    await store.write(lambda tx: tx.run(insert(conversations).values(**thread | {"id": "cnv_3"})))


async def test_what_has_ended_makes_room(store: Store) -> None:
    """Notes without a seq, messages without ids, closed items and ended offers are no obstacle to more of them."""

    def more(tx: Tx) -> None:
        for number in (2, 3):
            nameless = {"seq": None, "visitor_rev": None, "client_id": None, "external_id": None, "private": True}
            tx.run(insert(messages).values(**MESSAGE | nameless | {"id": f"msg_{number}", "made_rev": number}))
            tx.run(update(offers).values(state="expired"))
            tx.run(update(queue_items).values(state="closed"))
            tx.run(insert(queue_items).values(**ITEM | {"id": f"itm_{number}"}))
            tx.run(insert(offers).values(**OFFER | {"id": f"off_{number}"}))

    await store.write(more)


@pytest.mark.parametrize(
    ("table", "wrong"),
    [(offers, {"state": "lost"}), (queue_items, {"state": "lost"}), (agents, {"status": "asleep"})],
    ids=str,
)
async def test_states_are_known(store: Store, table: Table, wrong: dict[str, Any]) -> None:
    """Offers, items and agents are in states that exist."""
    await refused(store, update(table).values(**wrong))


async def test_large_numbers_and_truths_come_back(store: Store) -> None:
    """Numbers of 64 bits, true and false, defaults and nulls are the same on every engine."""
    looked: list[Any] = await store.read(
        lambda tx: [
            tx.one(select(conversations.c.created_at, conversations.c.epoch, conversations.c.labels)),
            tx.one(select(conversations.c.memory, conversations.c.survey_score, conversations.c.tier)),
        ]
    )
    assert looked == [(LARGE, 1, "[]"), ("{}", None, 1)]
    for truth in (True, False):
        await store.write(lambda tx, truth: tx.run(update(messages).values(private=truth)), truth)
        row = await store.read(lambda tx: tx.one(select(messages.c.private)))
        assert row is not None
        assert bool(row[0]) is truth


async def test_numbers_of_conversations_only_rise(store: Store) -> None:
    """A conversation's number is never given twice, not even after the newest was deleted."""

    def one_more(tx: Tx) -> int:
        made = insert(conversations).values(**CONVERSATION | {"id": tx.new_id("cnv")}).returning(conversations.c.number)
        row = tx.one(made)
        assert row is not None
        return int(row[0])

    first = await store.write(one_more)
    await store.write(lambda tx: tx.run(conversations.delete().where(conversations.c.number == first)))
    assert await store.write(one_more) > first


def test_every_table_is_known_by_its_noun() -> None:
    """Deliveries and files belong to messages by id alone, so that erasing one needs no other."""
    assert {key.column.table.name for key in deliveries.foreign_keys} == {"conversations", "inboxes"}
    assert {key.column.table.name for key in attachments.foreign_keys} == {"workspaces"}
