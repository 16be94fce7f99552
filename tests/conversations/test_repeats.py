"""A message is stored once: by its sender's client_id or its provider's external_id, however often it comes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from conversations.errors import Conflict
from conversations.held import hold
from conversations.model import Author, Choice, InboundMessage, Receipt
from conversations.outbox import post
from conversations.store import Tx
from conversations.store.tables import contacts, conversations, facts, identities, messages
from tests.conversations.desk import API, WEB, Desk

SAM = Author("agent", "agt_sam", "Sam")


async def counted(desk: Desk) -> tuple[int, ...]:
    """How many contacts, identities, conversations and messages there are."""
    tables = (contacts, identities, conversations, messages)
    found = [await desk.rows(select(func.count()).select_from(table)) for table in tables]
    return tuple(rows[0][0] for rows in found)


async def test_a_repeat_is_answered_with_the_first(desk: Desk) -> None:
    """The same client_id with the same body stores nothing more, wherever the repeat says it should go."""
    first = await desk.receives("one", client_id="c1")
    before, hinted = await counted(desk), len(desk.hints)
    desk.clock.forward(10_000)
    for more in ({}, {"start_new": True}, {"conversation_id": first.conversation.id}, {"locale": "de"}):
        again = await desk.receives("one", client_id="c1", **more)
        assert again.duplicate
        assert again.message == first.message
        assert again.conversation == first.conversation
    assert await counted(desk) == before
    assert len(desk.hints) == hinted
    assert len(await desk.facts()) == 2


async def test_a_repeat_finds_the_conversation_as_it_is(desk: Desk) -> None:
    """A repeat that comes late is told the conversation as it is by then, with the message's own seq."""
    first = await desk.receives("one", client_id="c1")
    await desk.answers(first.conversation.id)
    await desk.receives("two", client_id="c2")
    again = await desk.receives("one", client_id="c1")
    assert (again.duplicate, again.message.seq, again.conversation.last_seq) == (True, 1, 3)


async def test_a_repeat_for_ever_also_where_it_went_elsewhere(desk: Desk) -> None:
    """A client_id is one message for ever, also when the sender has another conversation by then."""
    first = await desk.receives("one", client_id="c1")
    await desk.receives("two", client_id="c2", start_new=True)
    again = await desk.receives("one", client_id="c1")
    assert (again.duplicate, again.conversation.id) == (True, first.conversation.id)


async def test_another_body_under_the_same_id_is_a_conflict(desk: Desk) -> None:
    """The same client_id with another text, choice or file is refused, and names the conversation of the first."""
    first = await desk.receives("one", client_id="c1")
    other = await desk.uploads(first.message.sender or "")
    for change in ({"text": "two"}, {"choice": Choice("msg_1", "a")}, {"attachment_ids": (other,)}):
        inbound = replace(InboundMessage("one", address="ana", client_id="c1"), **change)
        with pytest.raises(Conflict) as refused:
            await desk.do(receive_in_web, inbound)
        assert refused.value.field == "client_id"
        assert refused.value.conversation_id == first.conversation.id
    assert len(await desk.messages(first.conversation.id)) == 1


def receive_in_web(tx: Tx, inbound: InboundMessage) -> Receipt:
    from conversations.inbox import receive

    return receive(tx, WEB, inbound)


async def test_the_same_id_of_another_sender_is_another_message(desk: Desk) -> None:
    """A client_id means something only beside its sender and inbox."""
    receipts = [
        await desk.receives("one", client_id="c1"),
        await desk.receives("one", client_id="c1", address="bo"),
        await desk.receives("one", client_id="c1", inbox=API),
    ]
    assert not any(receipt.duplicate for receipt in receipts)
    assert len({receipt.message.id for receipt in receipts}) == 3


async def test_a_provider_event_is_one_message(desk: Desk) -> None:
    """An external_id is one message of its inbox, whatever the provider says the second time."""
    first = await desk.receives("one", inbox=API, external_id="e1")
    again = await desk.receives("one, edited", inbox=API, external_id="e1")
    assert (again.duplicate, again.message) == (True, first.message)
    assert not (await desk.receives("one", external_id="e1")).duplicate


async def test_fifty_at_once_are_one(desk: Desk) -> None:
    """The same message sent by fifty tasks at once is stored once; all are told the same seq, one that it is new."""
    receipts = await asyncio.gather(*[desk.receives("one", client_id="c1") for _ in range(50)])
    assert len({receipt.message.id for receipt in receipts}) == 1
    assert {receipt.message.seq for receipt in receipts} == {1}
    assert [receipt.duplicate for receipt in receipts].count(False) == 1
    assert await counted(desk) == (1, 1, 1, 1)


async def test_fifty_first_messages_of_one_address_make_one_person(desk: Desk) -> None:
    """Fifty messages of a new sender at once make one contact, identity and conversation, with seqs 1 to 50."""
    receipts = await asyncio.gather(*[desk.receives(f"m{number}", client_id=f"c{number}") for number in range(50)])
    assert sorted(receipt.message.seq or 0 for receipt in receipts) == list(range(1, 51))
    assert sorted(receipt.message.visitor_rev or 0 for receipt in receipts) == list(range(1, 51))
    assert await counted(desk) == (1, 1, 1, 50)
    assert await desk.by_facts(receipts[0].conversation.id) == await desk.by_rows(receipts[0].conversation.id)


async def test_one_event_by_two_ways_at_once_is_one_message(desk: Desk) -> None:
    """An event that arrives twice at once under different addresses makes one message; the unique index decides."""
    for number in range(5):
        receipts = await asyncio.gather(
            *[desk.receives("one", inbox=API, address=f"a{number}-{way}", external_id=f"e{number}") for way in range(4)]
        )
        assert len({receipt.message.id for receipt in receipts}) == 1
        assert [receipt.duplicate for receipt in receipts].count(False) == 1


async def test_a_thread_started_by_two_at_once_is_one(desk: Desk) -> None:
    """Two people of one thread who write at the same moment share one conversation."""
    for number in range(5):
        receipts = await asyncio.gather(
            *[desk.receives("one", inbox=API, address=f"a{number}-{who}", thread_key=f"t{number}") for who in range(4)]
        )
        assert len({receipt.conversation.id for receipt in receipts}) == 1
        assert sorted(receipt.message.seq or 0 for receipt in receipts) == [1, 2, 3, 4]


async def test_visitor_and_bot_and_agent_at_once_keep_the_numbers(desk: Desk) -> None:
    """Whoever writes at the same time: seq and both revs have no gap and no repeat, for every reader."""
    first = (await desk.receives("one", client_id="c0")).conversation

    def note(tx: Tx, number: int) -> None:
        held = hold(tx, first.id)
        post(held, SAM, f"note {number}", private=True, sender="agt_sam", client_id=f"n{number}")
        held.save()

    await asyncio.gather(
        *[desk.receives(f"v{number}", client_id=f"c{number + 1}") for number in range(20)],
        *[desk.answers(first.id, f"b{number}") for number in range(20)],
        *[desk.do(note, number) for number in range(20)],
    )
    stored = await desk.messages(first.id)
    assert [message.made_rev for message in stored] == list(range(1, 62))
    seen = [message for message in stored if not message.private]
    assert sorted(message.seq or 0 for message in seen) == list(range(1, 42))
    assert sorted(message.visitor_rev or 0 for message in seen) == list(range(1, 42))
    assert all(message.seq is message.visitor_rev is None for message in stored if message.private)
    [count] = await desk.rows(select(func.count()).where(facts.c.conversation_id == first.id))
    assert count == (62,)
    assert await desk.by_facts(first.id) == await desk.by_rows(first.id)
