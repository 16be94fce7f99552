"""The one door out, and how many statements a message may take."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from conversations.held import hold
from conversations.hints import DeliveryDue
from conversations.inbox import receive
from conversations.model import Author, Conversation, InboundMessage, Inbox, Message, Receipt
from conversations.outbox import post
from conversations.store import Tx
from conversations.store.tables import deliveries
from tests.conversations.desk import API, BOT, START, WEB, CountingTx, Desk

SAM = Author("agent", "agt_sam", "Sam")
RECEIVE_AT_MOST, POST_AT_MOST = 6, 5


def says(tx: Tx, /, conversation_id: str, by: Author, text: str, **more: Any) -> Message:
    held = hold(tx, conversation_id)
    message = post(held, by, text, **more)
    held.save()
    return message


async def test_what_the_bot_says_keeps_its_understanding(desk: Desk) -> None:
    """A posted message has its author, the next numbers, and whatever belongs to it as data."""
    first = (await desk.receives("card?")).conversation
    why = {"decision": "answer", "intent": "card", "confidence": 0.93}
    message = await desk.answers(first.id, "It is coming.", content={"article": "art_1"}, understanding=why)
    [_, stored] = await desk.messages(first.id)
    assert stored == message
    assert (stored.seq, stored.made_rev, stored.author_kind, stored.author_id) == (2, 2, "bot", "bot_desk")
    assert orjson.loads(stored.understanding or "") == why
    assert orjson.loads(stored.content or "") == {"article": "art_1"}
    now = await desk.conversation(first.id)
    assert (now.answered_seq, now.waiting_on, now.waiting_since, now.unread_visitor) == (1, "visitor", None, 1)


async def test_what_a_visitor_has_not_read_is_counted(desk: Desk) -> None:
    """Each message from us counts as unread until it is read; lines of the house and notes do not."""
    first = (await desk.receives("hello")).conversation
    await desk.answers(first.id)
    await desk.do(says, first.id, SAM, "note", private=True)
    await desk.do(says, first.id, SAM, "Sam has joined.", kind="event")
    await desk.do(says, first.id, SAM, "Hi")
    assert (await desk.conversation(first.id)).unread_visitor == 2


async def test_a_note_is_for_agents_only(desk: Desk) -> None:
    """A private note has no seq and no rev for the visitor, and leaves theirs as they were."""
    first = (await desk.receives("hello", inbox=API)).conversation
    note = await desk.do(says, first.id, SAM, "careful", private=True, sender="agt_sam", client_id="n1")
    now = await desk.conversation(first.id)
    assert (note.seq, note.visitor_rev, note.agent_rev, note.made_rev) == (None, None, 2, 2)
    assert (now.last_seq, now.visitor_rev, now.agent_rev) == (1, 1, 2)
    assert await desk.rows(select(deliveries.c.message_id)) == []


async def test_a_channel_gets_a_delivery_and_the_web_none(desk: Desk) -> None:
    """What is posted in a channel is due for it in the same transaction; on the web the socket shows it."""
    web = (await desk.receives("hello")).conversation
    await desk.answers(web.id)
    assert await desk.rows(select(deliveries.c.message_id)) == []
    api = (await desk.receives("hello", inbox=API)).conversation
    desk.hints.clear()
    message = await desk.answers(api.id)
    [row] = await desk.rows(
        select(deliveries.c.message_id, deliveries.c.conversation_id, deliveries.c.state, deliveries.c.due_at)
    )
    assert row == (message.id, api.id, "queued", START)
    assert DeliveryDue(api.id) in desk.hints


async def test_several_things_said_at_once_are_written_together(desk: Desk) -> None:
    """A transaction that says several things gives each its numbers, and hints them as one change of many parts."""
    first = (await desk.receives("hello")).conversation
    desk.hints.clear()

    def three(tx: Tx) -> Conversation:
        held = hold(tx, first.id, origin="socket_1")
        for number in range(3):
            post(held, BOT, f"m{number}")
        return held.save()

    now = await desk.do(three)
    stored = await desk.messages(first.id)
    assert [message.seq for message in stored] == [1, 2, 3, 4]
    [changed] = desk.hints
    assert len(desk.changes(first.id)) == 3
    assert (changed.conversation, changed.origin) == (now, "socket_1")  # type: ignore[attr-defined]


async def test_what_is_not_saved_is_not_there(desk: Desk) -> None:
    """A transaction that gathers changes and never saves them writes and hints nothing."""
    first = (await desk.receives("hello")).conversation
    desk.hints.clear()

    def forgets(tx: Tx) -> None:
        held = hold(tx, first.id)
        post(held, BOT, "lost")

    await desk.do(forgets)
    assert await desk.conversation(first.id) == first
    assert desk.hints == []


def counted_receive(tx: Tx, inbox: Inbox, inbound: InboundMessage) -> tuple[int, Receipt]:
    counting = CountingTx(tx)
    receipt = receive(counting, inbox, inbound)
    return counting.statements, receipt


def counted_post(tx: Tx, conversation_id: str) -> int:
    counting = CountingTx(tx)
    says(counting, conversation_id, BOT, "It is on its way.")
    return counting.statements


@pytest.mark.parametrize("inbox", [WEB, API], ids=["web", "api"])
async def test_a_message_takes_few_statements(desk: Desk, inbox: Inbox) -> None:
    """Receiving takes at most 6 round trips, posting at most 5, in any channel, first message or hundredth."""
    known = (await desk.receives("who I am", inbox=inbox)).message.sender
    first = InboundMessage("one", identity_id=known, client_id="c1", start_new=True)
    took, receipt = await desk.do(counted_receive, inbox, first)
    assert took <= RECEIVE_AT_MOST
    for number in range(3):
        web = InboundMessage("more", identity_id=known, client_id=f"c1{number}", locale="en", page="{}")
        assert (await desk.do(counted_receive, inbox, web))[0] <= RECEIVE_AT_MOST
        provider = InboundMessage("more", address="ana", external_id=f"e2{number}", thread_key=f"t{number}")
        assert (await desk.do(counted_receive, inbox, provider))[0] <= RECEIVE_AT_MOST
        assert await desk.do(counted_post, receipt.conversation.id) <= POST_AT_MOST
    again, repeat = await desk.do(counted_receive, inbox, first)
    assert repeat.duplicate
    assert again <= 3
