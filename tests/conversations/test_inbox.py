"""The one door in: where a message goes, what it makes due, and what it is refused for."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from conversations import visitor
from conversations.errors import Invalid, NotFound, TooLarge
from conversations.held import hold
from conversations.hints import ConversationChanged, MessageCreated, RoutingDue, TurnDue
from conversations.items import enter_queue, leave_queue
from conversations.model import SYSTEM, Author, Choice, Conversation
from conversations.store import Tx
from conversations.store.tables import contacts, identities, queue_items
from tests.conversations.desk import API, HOUR, NO_BOT, START, WEB, Desk

SAM = Author("agent", "agt_sam", "Sam")


def taken(tx: Tx, conversation_id: str) -> Conversation:
    """Sam takes it from the bot."""
    held = hold(tx, conversation_id)
    held.move("take_over", SAM, assignee_id="agt_sam")
    return held.save()


def snoozed(tx: Tx, conversation_id: str) -> Conversation:
    held = hold(tx, conversation_id)
    held.move("snooze", SAM, assignee_id="agt_sam", columns={"snoozed_until": tx.now + HOUR})
    return held.save()


def resolved(tx: Tx, conversation_id: str) -> Conversation:
    held = hold(tx, conversation_id)
    held.move("resolve", SAM, resolution="agent", columns={"waiting_on": "visitor", "waiting_since": None})
    return held.save()


def queued(tx: Tx, conversation_id: str) -> Conversation:
    held = hold(tx, conversation_id)
    enter_queue(held, "escalate", SYSTEM, reason="asked")
    return held.save()


async def test_a_first_message_opens_a_conversation(desk: Desk) -> None:
    """A first message makes its sender known, opens a conversation with the bot, and makes the bot's turn due."""
    receipt = await desk.receives("Hello, my lamp flickers", client_id="c1", name="Ana", locale="en")
    now, message = receipt.conversation, receipt.message
    assert not receipt.duplicate
    assert (now.status, now.epoch, now.last_seq, now.visitor_seq, now.answered_seq) == ("bot", 1, 1, 1, 0)
    assert (now.visitor_rev, now.agent_rev, now.waiting_on, now.waiting_since) == (1, 1, "us", START)
    assert (now.turn_due_at, now.locale, now.channel) == (START, "en", "web")
    assert (message.seq, message.visitor_rev, message.agent_rev, message.made_rev) == (1, 1, 1, 1)
    assert (message.author_kind, message.author_name, message.kind) == ("visitor", "Ana", "text")
    assert (message.text, message.private, message.client_id) == ("Hello, my lamp flickers", False, "c1")
    assert await desk.conversation(now.id) == now
    assert await desk.messages(now.id) == [message]
    [changed, due] = desk.hints
    assert changed == ConversationChanged(now, (MessageCreated(message),), None, None)
    assert due == TurnDue(now.id)


async def test_messages_follow_one_another(desk: Desk) -> None:
    """Each message takes the next seq and the next rev of each audience; the wait counts from the first."""
    first = await desk.receives("one")
    desk.clock.forward(500)
    second = await desk.receives("two")
    assert second.conversation.id == first.conversation.id
    assert (second.message.seq, second.message.visitor_rev, second.message.made_rev) == (2, 2, 2)
    assert second.conversation.waiting_since == START
    assert second.conversation.turn_due_at == START
    assert second.conversation.number == first.conversation.number > 0


async def test_a_message_goes_to_the_newest_open_conversation(desk: Desk) -> None:
    """Without an address of its own a message goes to the newest open conversation, not to a newer closed one."""
    older = (await desk.receives("one")).conversation
    newer = (await desk.receives("two", start_new=True)).conversation
    assert newer.id != older.id
    assert newer.previous_id is None
    assert (await desk.receives("three")).conversation.id == newer.id
    await desk.do(resolved, newer.id)
    assert (await desk.receives("four")).conversation.id == older.id


async def test_a_message_goes_where_it_is_addressed(desk: Desk) -> None:
    """With a conversation_id of theirs it goes there, whichever is newest."""
    older = (await desk.receives("one")).conversation
    await desk.receives("two", start_new=True)
    assert (await desk.receives("three", conversation_id=older.id)).conversation.id == older.id


async def test_somebody_elses_conversation_is_not_there(desk: Desk) -> None:
    """Another's conversation, one of another inbox and one that never was are not found, and get nothing."""
    others = (await desk.receives("mine", address="bo")).conversation
    elsewhere = (await desk.receives("mine", inbox=API, address="ana")).conversation
    for wrong in (others.id, elsewhere.id, "cnv_never"):
        with pytest.raises(NotFound) as refused:
            await desk.receives("let me in", conversation_id=wrong)
        assert refused.value.field == "conversation_id"
    assert len(await desk.messages(others.id)) == 1
    with pytest.raises(NotFound):
        await desk.receives("whoever", identity_id="vis_never")
    with pytest.raises(NotFound):
        await desk.receives("whoever", inbox=API, identity_id=others.identity_id)


async def test_a_closed_conversation_reopens_for_its_visitor(desk: Desk) -> None:
    """Within the inbox's time a message reopens what was resolved, with the bot, under a new epoch."""
    first = await desk.receives("one")
    closed = await desk.do(resolved, first.conversation.id)
    assert (closed.status, closed.resolution, closed.epoch) == ("resolved", "agent", 2)
    desk.clock.forward(72 * HOUR)
    again = await desk.receives("still broken")
    now = again.conversation
    assert now.id == closed.id
    assert (now.status, now.resolution, now.resolved_at, now.epoch) == ("bot", None, None, 3)
    assert (now.waiting_since, now.turn_due_at) == (desk.clock.now, desk.clock.now)
    assert again.message.seq == 2


async def test_later_a_new_conversation_follows(desk: Desk) -> None:
    """After the inbox's time a message opens a new conversation that knows the one before; so does another rule."""
    first = await desk.receives("one")
    await desk.do(resolved, first.conversation.id)
    desk.clock.forward(72 * HOUR + 1)
    second = await desk.receives("new trouble")
    assert second.conversation.previous_id == first.conversation.id
    assert (await desk.conversation(first.conversation.id)).status == "resolved"
    await desk.do(resolved, second.conversation.id)
    never = replace(WEB, rules=replace(WEB.rules, reopen_within=0))
    desk.clock.forward(1)
    third = await desk.receives("and again", inbox=never)
    assert third.conversation.previous_id == second.conversation.id
    addressed = await desk.receives("to the first", conversation_id=first.conversation.id)
    assert addressed.conversation.previous_id == first.conversation.id


async def test_spam_is_not_reopened(desk: Desk) -> None:
    """What was resolved as spam stays closed."""

    def spam(tx: Tx, conversation_id: str) -> None:
        held = hold(tx, conversation_id)
        held.move("resolve", SAM, resolution="spam")
        held.save()

    first = await desk.receives("buy now")
    await desk.do(spam, first.conversation.id)
    assert (await desk.receives("buy now!")).conversation.id != first.conversation.id


async def test_a_thread_is_one_conversation_while_open(desk: Desk) -> None:
    """Messages of one thread_key share a conversation, whoever of the thread writes; a closed one is followed."""
    first = await desk.receives("one", inbox=API, address="ana", thread_key="t1")
    second = await desk.receives("two", inbox=API, address="bo", thread_key="t1")
    other = await desk.receives("three", inbox=API, address="ana", thread_key="t2")
    assert first.conversation.id == second.conversation.id != other.conversation.id
    assert first.message.sender != second.message.sender
    await desk.do(resolved, first.conversation.id)
    desk.clock.forward(73 * HOUR)
    later = await desk.receives("four", inbox=API, address="ana", thread_key="t1")
    assert later.conversation.id != first.conversation.id
    assert (later.conversation.previous_id, later.conversation.thread_key) == (first.conversation.id, "t1")
    assert (await desk.receives("five", inbox=API, address="bo", thread_key="t1")).conversation.id == (
        later.conversation.id
    )


async def test_while_a_person_has_it_the_bot_is_not_due(desk: Desk) -> None:
    """A message to an agent's chat makes no turn due: the visitor waits on us, from when they wrote."""
    first = await desk.receives("one")
    await desk.answers(first.conversation.id)
    await desk.do(taken, first.conversation.id)
    desk.clock.forward(1_000)
    desk.hints.clear()
    now = (await desk.receives("are you there?")).conversation
    assert (now.status, now.assignee_id, now.turn_due_at) == ("assigned", "agt_sam", None)
    assert (now.waiting_on, now.waiting_since) == ("us", desk.clock.now)
    assert [type(hint) for hint in desk.hints] == [ConversationChanged]


async def test_in_the_queue_the_bot_may_be_a_guest(desk: Desk) -> None:
    """While a chat is queued the bot's turn is due only where the inbox lets it answer as a guest."""
    first = (await desk.receives("a person, please")).conversation
    await desk.answers(first.id)
    await desk.do(queued, first.id)
    assert (await desk.receives("meanwhile?")).conversation.turn_due_at is not None
    await desk.answers(first.id)
    alone = replace(WEB, rules=replace(WEB.rules, bot_as_guest=False))
    assert (await desk.receives("and now?", inbox=alone)).conversation.turn_due_at is None


async def test_a_snoozed_chat_is_woken_into_the_queue(desk: Desk) -> None:
    """A visitor who writes wakes a snoozed chat: it waits again, from when it began to, for who had it if they can."""
    first = (await desk.receives("one")).conversation
    await desk.do(taken, first.id)
    await desk.do(snoozed, first.id)
    desk.clock.forward(HOUR // 2)
    desk.hints.clear()
    await desk.receives("it happened again")
    now = await desk.conversation(first.id)
    assert (now.status, now.assignee_id, now.snoozed_until) == ("queued", None, None)
    assert (now.preferred_agent_id, now.waiting_since, now.waiting_on) == ("agt_sam", START, "us")
    assert now.turn_due_at is None
    [item] = await desk.rows(
        select(queue_items.c.state, queue_items.c.waiting_since, queue_items.c.preferred_agent_id, queue_items.c.reason)
    )
    assert item == ("live", START, "agt_sam", "visitor_wrote")
    assert RoutingDue(WEB.workspace_id) in desk.hints
    assert await desk.by_facts(first.id) == await desk.by_rows(first.id)


async def test_without_a_bot_a_message_waits_for_a_person_at_once(desk: Desk) -> None:
    """In an inbox without a bot the first message goes straight to the queue; so does one that reopens."""
    first = await desk.receives("hello", inbox=NO_BOT)
    now = await desk.conversation(first.conversation.id)
    assert (now.status, now.epoch, now.turn_due_at, now.waiting_since) == ("queued", 2, None, START)
    assert [row[0] for row in await desk.rows(select(queue_items.c.reason))] == ["no_bot"]
    assert (await desk.receives("hello?", inbox=NO_BOT)).conversation.status == "queued"

    def closed(tx: Tx) -> None:
        held = hold(tx, now.id)
        leave_queue(held, SAM, taken=False, reason="resolved")
        held.move("resolve", SAM, resolution="agent")
        held.save()

    await desk.do(closed)
    await desk.receives("again", inbox=NO_BOT)
    assert (await desk.conversation(now.id)).status == "queued"
    assert [row[0] for row in await desk.rows(select(func.count()).where(queue_items.c.state == "live"))] == [1]
    assert await desk.by_facts(now.id) == await desk.by_rows(now.id)


async def test_what_came_by_itself_gets_no_answer(desk: Desk) -> None:
    """An automatic message is stored, and makes no turn of the bot due."""
    receipt = await desk.receives("I am out of office", automatic=True)
    assert receipt.conversation.turn_due_at is None
    assert TurnDue(receipt.conversation.id) not in desk.hints


async def test_a_choice_is_taken_by_its_value(desk: Desk) -> None:
    """A picked choice is said by its title, or in words of its own, and keeps what it was picked from."""
    first = (await desk.receives("card")).conversation
    choices = {"choices": [{"value": "a1", "title": "Lost card"}], "none_of_these": True, "none_title": "Neither"}
    asked = await desk.answers(first.id, "Which?", kind="choices", content=choices)
    picked = await desk.receives("", choice=Choice(asked.id, "a1"), client_id="p1")
    assert picked.message.text == "Lost card"
    assert orjson.loads(picked.message.content or "") == {"choice": {"message_id": asked.id, "value": "a1"}}
    assert (await desk.receives("", choice=Choice(asked.id, "none_of_these"))).message.text == "Neither"
    assert (await desk.receives("that one", choice=Choice(asked.id, "a1"))).message.text == "that one"
    assert (await desk.receives("", choice=Choice(asked.id, "a1"), client_id="p1")).duplicate


async def test_only_what_was_offered_can_be_chosen(desk: Desk) -> None:
    """A value that was not offered, a message without choices and one of somebody else's are refused."""
    first = (await desk.receives("card")).conversation
    asked = await desk.answers(first.id, "Which?", kind="choices", content={"choices": [{"value": "a", "title": "A"}]})
    plain = await desk.answers(first.id, "Fine.")
    for value in ("b", "none_of_these", "", "\x00"):
        with pytest.raises(Invalid) as refused:
            await desk.receives("", choice=Choice(asked.id, value))
        assert refused.value.field == "choice.value"
    for message_id in (plain.id, "msg_never"):
        with pytest.raises(NotFound):
            await desk.receives("", choice=Choice(message_id, "a"))
    with pytest.raises(NotFound):
        await desk.receives("", address="bo", choice=Choice(asked.id, "a"))
    assert len(await desk.messages(first.id)) == 3


async def test_an_empty_message_is_refused(desk: Desk) -> None:
    """Nothing but white space is no message; nothing is stored, not even who sent it."""
    for text in ("", " ", "\n\t ", "\u2003\u00a0"):
        with pytest.raises(Invalid) as refused:
            await desk.receives(text)
        assert refused.value.field == "text"
    assert await desk.rows(select(identities.c.id)) == []
    assert await desk.rows(select(contacts.c.id)) == []


async def test_a_text_has_its_limit(desk: Desk) -> None:
    """10,000 characters are stored as they are, whatever their bytes; one more is too large."""
    text = "😀" * 10_000
    assert (await desk.receives(text)).message.text == text
    with pytest.raises(TooLarge) as refused:
        await desk.receives("x" * 10_001)
    assert refused.value.field == "text"


STORED_AS = {
    "a\x00b": "a\ufffdb",
    "a\ud800b\udfff": "a\ufffdb\ufffd",
    "\u202eevil\u202c": "\u202eevil\u202c",
    "<script>alert('x')</script>": "<script>alert('x')</script>",
    "'; DROP TABLE messages; --": "'; DROP TABLE messages; --",
    "مرحبا 👩‍👩‍👧 e\u0301": "مرحبا 👩‍👩‍👧 e\u0301",
}


async def test_any_text_is_stored_as_text(desk: Desk) -> None:
    """NUL and lone surrogates, which no engine holds, become U+FFFD; all else is stored as it is, in names too."""
    for number, (text, stored) in enumerate(STORED_AS.items()):
        receipt = await desk.receives(text, address=f"a{number}", name=text, email=text, page=text)
        [message] = await desk.messages(receipt.conversation.id)
        assert message == receipt.message
        assert (message.text, message.author_name, receipt.conversation.page) == (stored, stored, stored)
        [contact] = await desk.rows(
            select(contacts.c.name, contacts.c.email).where(contacts.c.id == receipt.conversation.contact_id)
        )
        assert contact == (stored, stored)


NAMED = ("client_id", "external_id", "thread_key", "conversation_id", "identity_id", "address", "locale")


async def test_a_name_that_is_none_is_refused(desk: Desk) -> None:
    """Ids, keys and addresses are printable and short; anything else is refused by its field, before the database."""
    for field, name in product(NAMED, ("", "a\x00b", "\ud800", "x" * 501, "a\nb", "\u202e")):
        named: dict[str, Any] = {field: name}
        with pytest.raises(Invalid) as refused:
            await desk.receives("hello", **named)
        assert refused.value.field == field
    assert (await desk.receives("hello", address="x" * 500)).message.seq == 1


async def test_what_a_visitor_says_about_themselves_is_cut(desk: Desk) -> None:
    """A name is kept to 200 characters; the first message makes a contact of it, unverified."""
    receipt = await desk.receives("hello", name="N" * 1_000, email="ana@example.com", phone="+1")
    assert receipt.message.author_name == "N" * 200
    [row] = await desk.rows(select(contacts.c.name, contacts.c.email, contacts.c.phone, contacts.c.verified))
    assert row == ("N" * 200, "ana@example.com", "+1", "[]")


async def test_a_visitor_who_ended_it_may_come_back(desk: Desk) -> None:
    """A conversation that its visitor has ended reopens when they write again."""
    first = await desk.receives("one")
    await desk.do(visitor.end, first.message.sender or "", first.conversation.id)
    again = await desk.receives("one more thing")
    assert again.conversation.id == first.conversation.id
    assert again.conversation.status == "bot"
    assert await desk.by_facts(first.conversation.id) == await desk.by_rows(first.conversation.id)
