"""What we say reaches the far end: in order, again when it must, and visibly not when it cannot."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from channels import delivery
from channels.base import DeliveryReport
from channels.delivery import ATTEMPTS, pause_s
from conversations import reading
from conversations.errors import IllegalTransition, NotFound
from conversations.model import Author
from conversations.store import Tx
from conversations.store.tables import facts, inboxes, messages
from tests.channels.house import INBOX, Clock, Desk, FarEnd


async def facts_of(desk: Desk, conversation_id: str) -> list[dict[str, Any]]:
    """The data of each change of a delivery, in order."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        wanted = select(facts.c.data).where(
            facts.c.conversation_id == conversation_id, facts.c.kind == "delivery_changed"
        )
        return [orjson.loads(row[0]) for row in tx.all(wanted.order_by(facts.c.id))]

    return await desk.store.read(read)


async def test_an_answer_arrives_signed(desk: Desk, far: FarEnd) -> None:
    """What the bot says is posted to the webhook at once, signed, as the visitor may see it and to whom it goes."""
    asked = await desk.hears("Where is my lamp?", name="Ana")
    said = await desk.says(asked.conversation.id, "On its **way**.")
    await far.called(1)
    await desk.deliveries.settled()
    call = far.calls[0]
    assert call.signed
    assert call.id == said.id
    assert call.body["type"] == "message.created"
    data = call.body["data"]
    assert data["to"] == {"address": "+49151"}
    assert data["message"]["id"] == said.id
    assert data["message"]["seq"] == 2
    assert data["conversation"]["status"] == "bot"
    assert data["parts"] == [{"text": "On its **way**.", "options": [], "files": []}]
    assert "epoch" not in orjson.dumps(call.body).decode()
    state = await desk.state(said)
    assert (state.state, state.attempts, state.next_at) == ("sent", 1, None)


async def test_what_is_private_is_not_sent(desk: Desk, far: FarEnd) -> None:
    """A note between agents has no delivery, whatever else is sent."""
    asked = await desk.hears("Hello")
    await desk.says(asked.conversation.id, "a note", private=True)
    await desk.says(asked.conversation.id, "Hello Ana")
    await far.called(1)
    await desk.deliveries.settled()
    assert far.texts == ["Hello Ana"]


async def test_each_change_is_told_in_the_conversation(desk: Desk, far: FarEnd) -> None:
    """A delivery's state raises the message's rev for agents and leaves a fact with its attempts."""
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    conversation = await desk.store.read(reading.get, asked.conversation.id)
    page = await desk.store.read(reading.changes_after, conversation, "agent", said.agent_rev)
    assert [message.id for message in page.messages] == [said.id]
    told = await facts_of(desk, asked.conversation.id)
    assert [(one["from"], one["to"], one["message_id"]) for one in told] == [("queued", "sent", said.id)]


async def test_a_failing_far_end_is_tried_again_with_the_same_id(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """After a 500 and a cut connection the message is sent a third time, under the id that lets a repeat be told."""
    far.says(500)
    far.cuts()
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    state = await desk.state(said)
    assert (state.state, state.error) == ("queued", "the far end answered 500")
    assert state.next_at == clock.now + 5_000
    await desk.delivered()
    assert len(far.calls) == 1, "it is not due yet"
    clock.pass_s(5)
    await desk.delivered()
    state = await desk.state(said)
    assert state.error == "the connection broke: ServerDisconnectedError"
    assert state.next_at == clock.now + 15_000
    clock.pass_s(15)
    await desk.delivered()
    assert (await desk.state(said)).state == "sent"
    assert {call.id for call in far.calls} == {said.id}
    assert all(call.signed for call in far.calls)
    assert len({call.headers["webhook-timestamp"] for call in far.calls}) == 3


async def test_later_messages_wait_for_an_earlier_one(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """While the first is being tried again nothing of its conversation overtakes it; others are not held up."""
    far.says(503)
    one = await desk.hears("Hello", of="+1")
    await desk.says(one.conversation.id, "first")
    await far.called(1)
    await desk.deliveries.settled()
    await desk.says(one.conversation.id, "second")
    await desk.says(one.conversation.id, "third")
    other = await desk.hears("Hello", of="+2")
    await desk.says(other.conversation.id, "to another")
    await desk.delivered()
    assert far.texts == ["first", "to another"]
    assert await desk.store.read(delivery.due, 10) == [], "what waits behind a retry is not due"
    clock.pass_s(5)
    await desk.delivered()
    assert far.texts == ["first", "to another", "first", "second", "third"]


async def test_a_refused_message_is_a_dead_letter_and_the_next_goes(desk: Desk, far: FarEnd) -> None:
    """A 400 is final at once: visible with its reason, and what was said after it is sent."""
    far.says(400)
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "first")
    await desk.says(asked.conversation.id, "second")
    await far.called(2)
    await desk.deliveries.settled()
    state = await desk.state(said)
    assert (state.state, state.attempts) == ("failed", 1)
    letters = await desk.store.read(delivery.dead_letters, INBOX.workspace_id)
    assert [(letter.message_id, letter.error) for letter in letters] == [
        (said.id, "the far end answered 400: it will not take this message")
    ]
    assert far.texts == ["first", "second"]
    told = await facts_of(desk, asked.conversation.id)
    assert {(one["to"], one.get("error")) for one in told} == {
        ("failed", "the far end answered 400: it will not take this message"),
        ("sent", None),
    }


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 301, 307])
async def test_what_may_pass_is_tried_again(status: int, desk: Desk, far: FarEnd) -> None:
    """Overload, conflicts, errors of the far end and redirects (never followed) leave it queued."""
    far.says(status, location=f"{far.url}/elsewhere")
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    assert (await desk.state(said)).state == "queued"
    assert len(far.calls) == 1


async def test_retry_after_is_kept(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """A far end that asks for two minutes gets them, not our five seconds."""
    far.says(429, Retry_After="120")
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    assert (await desk.state(said)).next_at == clock.now + 120_000
    clock.pass_s(119)
    await desk.delivered()
    assert len(far.calls) == 1
    clock.pass_s(1)
    await desk.delivered()
    assert (await desk.state(said)).state == "sent"


async def test_after_eight_attempts_it_is_given_up_and_can_be_replayed(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """An hour of failure ends as a dead letter; replayed, it has all its attempts again and goes before the rest."""
    asked = await desk.hears("Hello")
    for _ in range(ATTEMPTS):
        far.says(500)
    started = clock.now
    said = await desk.says(asked.conversation.id, "first")
    await far.called(1)
    await desk.deliveries.settled()
    for _ in range(ATTEMPTS - 1):
        next_at = (await desk.state(said)).next_at
        assert next_at is not None
        clock.now = next_at
        await desk.delivered()
    assert (await desk.state(said)).state == "failed"
    assert len(far.calls) == ATTEMPTS
    assert 3_000_000 < clock.now - started < 4_500_000
    clock.pass_s(10_000)
    await desk.delivered()
    assert len(far.calls) == ATTEMPTS, "a dead letter rests"

    await desk.store.write(delivery.replay_dead_letter, said.id, Author("agent", "agt_1"))
    await far.called(ATTEMPTS + 1)
    await desk.deliveries.settled()
    assert (await desk.state(said)).state == "sent"
    assert {call.id for call in far.calls} == {said.id}
    told = await facts_of(desk, asked.conversation.id)
    assert [(one["from"], one["to"]) for one in told] == [
        ("queued", "failed"),
        ("failed", "queued"),
        ("queued", "sent"),
    ]


async def test_only_a_dead_letter_can_be_replayed(desk: Desk, far: FarEnd) -> None:
    """What was sent is not sent again by hand, and what is unknown is said to be."""
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    with pytest.raises(IllegalTransition):
        await desk.store.write(delivery.replay_dead_letter, said.id)
    with pytest.raises(NotFound):
        await desk.store.write(delivery.replay_dead_letter, "msg_unknown")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"settings": {}}, "no webhook_url"),
        ({"settings": {"webhook_url": "http://10.1.2.3/x"}}, "not in a network"),
        ({"settings": {"webhook_url": "https://169.254.169.254/latest"}}, "not public"),
        ({"settings": {"webhook_url": "https://[::ffff:10.0.0.1]/x"}}, "not public"),
        ({"settings": {"webhook_url": "https://user:secret@shop.example/"}}, "password"),
        ({"settings": {"webhook_url": "file:///etc/passwd"}}, "not a web address"),
        ({"settings": {"webhook_url": "https://"}}, "not a web address"),
        ({"settings": {"webhook_url": 7}}, "cannot be used"),
        ({"secrets": {}}, "no secret"),
        ({"secrets": {"webhook_secrets": ["short"]}}, "signing secret"),
    ],
)
async def test_a_wrong_set_up_is_told_not_tried(settings: dict[str, Any], why: str, desk: Desk, far: FarEnd) -> None:
    """Where trying again helps nobody, the dead letter says what to mend; the far end is never called."""
    await desk.set_up(**settings)
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await desk.delivered()
    state = await desk.state(said)
    assert state.state == "failed"
    assert why in (state.error or "")
    assert far.calls == []


async def test_a_mended_set_up_sends_what_was_given_up(desk: Desk, far: FarEnd) -> None:
    """The address is read anew at each attempt, so a replay goes where the inbox now points."""
    await desk.set_up(settings={})
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await desk.delivered()
    assert (await desk.state(said)).state == "failed"
    await desk.set_up(settings={"webhook_url": far.url})
    await desk.store.write(delivery.replay_dead_letter, said.id)
    await desk.delivered()
    assert far.texts == ["Hi"]


async def test_what_was_withdrawn_is_not_sent(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """A message taken back before it could be sent stays here, and what follows goes."""
    far.says(500)
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "oops")
    await far.called(1)
    await desk.deliveries.settled()

    def withdraw(tx: Tx) -> None:
        tx.run(messages.update().where(messages.c.id == said.id).values(erased_at=tx.now, text=""))

    await desk.store.write(withdraw)
    await desk.says(asked.conversation.id, "better")
    clock.pass_s(5)
    await desk.delivered()
    assert far.texts == ["oops", "better"]
    assert (await desk.state(said)).state == "failed"


async def test_an_archived_inbox_sends_nothing(desk: Desk, far: FarEnd) -> None:
    """What is left in line when an inbox is archived is given up, with that reason."""
    asked = await desk.hears("Hello")

    def archive(tx: Tx) -> None:
        tx.run(inboxes.update().where(inboxes.c.id == INBOX.id).values(archived_at=tx.now))

    await desk.store.write(archive)
    said = await desk.says(asked.conversation.id, "Hi")
    await desk.delivered()
    assert (await desk.state(said)).error == "its inbox was archived"
    assert far.calls == []


async def test_a_closed_window_is_not_written_into(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """Behind a channel that allows answers for a day, a later one is not sent, and says why."""
    await desk.set_up(settings={"webhook_url": far.url, "far_end": {"window_s": 86_400}})
    asked = await desk.hears("Hello")
    clock.pass_s(86_400)
    await desk.says(asked.conversation.id, "just in time")
    await desk.delivered()
    clock.pass_s(1)
    late = await desk.says(asked.conversation.id, "too late")
    await desk.delivered()
    assert far.texts == ["just in time"]
    assert "window is closed" in ((await desk.state(late)).error or "")


# receipts ------------------------------------------------------------------------------------


async def test_receipts_move_a_delivery_forward_only(desk: Desk, far: FarEnd) -> None:
    """Delivered, then read; an older report, or a failure after it was read, changes nothing any more."""
    far.says(200, {"external_id": "SM-77"})
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    tell = desk.store.write
    assert await tell(delivery.report, INBOX.id, DeliveryReport("SM-77", "delivered")) == "delivered"
    assert await tell(delivery.report, INBOX.id, DeliveryReport(said.id, "read")) == "read"
    assert await tell(delivery.report, INBOX.id, DeliveryReport("SM-77", "delivered")) == "read"
    assert await tell(delivery.report, INBOX.id, DeliveryReport("SM-77", "failed", "unknown number")) == "read"
    told = await facts_of(desk, asked.conversation.id)
    assert [one["to"] for one in told] == ["sent", "delivered", "read"]
    conversation = await desk.store.read(reading.get, asked.conversation.id)
    assert (conversation.read_visitor, conversation.delivered_visitor, conversation.unread_visitor) == (2, 2, 0)


async def test_a_failure_that_is_reported_is_a_dead_letter(desk: Desk, far: FarEnd) -> None:
    """A gateway that took the message and could not bring it makes it a visible failure, which can be replayed."""
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    told = DeliveryReport(said.id, "failed", "unknown\x00number")
    assert await desk.store.write(delivery.report, INBOX.id, told) == "failed"
    assert (await desk.state(said)).error == "unknown\ufffdnumber"
    await desk.store.write(delivery.replay_dead_letter, said.id)
    await far.called(2)
    assert far.texts == ["Hi", "Hi"]


async def test_a_report_of_something_unknown_is_refused(desk: Desk, far: FarEnd) -> None:
    """A report must name a message of that inbox."""
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    for inbox_id, name in ((INBOX.id, "SM-1"), ("inb_other", said.id)):
        with pytest.raises(NotFound):
            await desk.store.write(delivery.report, inbox_id, DeliveryReport(name, "read"))


async def test_a_receipt_may_come_before_the_answer(desk: Desk, far: FarEnd) -> None:
    """Told `delivered` while the call is still open, it stays delivered when the call returns."""
    far.hangs()
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.store.write(delivery.report, INBOX.id, DeliveryReport(said.id, "delivered"))
    far.gate.set()
    await desk.deliveries.settled()
    state = await desk.state(said)
    assert (state.state, state.next_at) == ("delivered", None)
    await desk.delivered()
    assert len(far.calls) == 1


# the schedule --------------------------------------------------------------------------------


@given(st.integers(min_value=1, max_value=ATTEMPTS), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_pauses_grow_and_stay_bounded(attempt: int, chance: float) -> None:
    """No pause is shorter than the one before at the same chance, and none longer than 36 minutes."""
    pause = pause_s(attempt, chance)
    assert 4.0 <= pause <= 2_160.0
    assert attempt == 1 or pause >= pause_s(attempt - 1, chance)


def test_eight_attempts_take_about_an_hour() -> None:
    """From the first attempt to the last it is 50 to 75 minutes on average chances."""
    assert 3_000 < sum(pause_s(attempt, 0.5) for attempt in range(1, ATTEMPTS)) < 4_500


async def test_nothing_is_left_when_it_closes(desk: Desk, far: FarEnd) -> None:
    """Closing lets what is on its way arrive and be recorded, and begins nothing new."""
    far.hangs()
    asked = await desk.hears("Hello")
    first = await desk.says(asked.conversation.id, "first")
    second = await desk.says(asked.conversation.id, "second")
    await far.called(1)
    closing = asyncio.create_task(desk.deliveries.close())
    far.gate.set()
    await closing
    assert (await desk.state(first)).state == "sent"
    assert (await desk.state(second)).state == "queued"
    desk.deliveries.due(asked.conversation.id)
    assert far.texts == ["first"]
