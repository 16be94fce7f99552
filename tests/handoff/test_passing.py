"""Giving a conversation away, putting it aside, closing it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conversations.errors import Capacity, Conflict, Forbidden, IllegalTransition, Invalid, NotFound, Refused
from handoff.desk import closing, passing
from handoff.desk.closing import WrapUp
from handoff.desk.labelling import update
from tests.handoff.desk import MINUTE, SECOND, Desk, add_inbox


async def test_a_chat_is_transferred_to_a_colleague(desk: Desk) -> None:
    """The new agent has it at once, with the note; the visitor is told who came and sees no note."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    ana = await desk.waiting()
    await sam.picks(ana)
    moved = await sam.transfers(ana, to_agent_id=kim.id, note="wants a refund")
    assert (moved.status, moved.assignee_id) == ("assigned", kim.id)
    assert (
        await desk.do(passing.transfer, sam.id, ana.conversation_id, moved.epoch - 1, to_agent_id=kim.id)
        == await ana.stands()
    )
    private = [(one.author_kind, one.text) for one in await desk.messages(ana.conversation_id) if one.private]
    assert private == [("agent", "wants a refund"), ("system", "Sam transferred this conversation to Kim.")]
    assert (await ana.sees())[-1] == ("system", "Kim has joined and has read your conversation.")
    assert all("refund" not in text for _, text in await ana.sees())
    with pytest.raises(Conflict):
        await desk.do(passing.transfer, sam.id, ana.conversation_id, moved.epoch - 1, to_tier=2)
    await desk.check()


async def test_a_transfer_names_exactly_one_who_can_take_it(desk: Desk) -> None:
    """None or two targets, oneself, somebody away, unknown ones: each is refused with its field, nothing changes."""
    sam = await desk.agent("Sam")
    away = await desk.agent("Kim", there=False)
    ana = await desk.waiting()
    await sam.picks(ana)
    before = await ana.stands()
    wrong: tuple[tuple[dict[str, Any], type[Refused], str], ...] = (
        ({}, Invalid, "to"),
        ({"to_agent_id": away.id, "to_tier": 2}, Invalid, "to"),
        ({"to_agent_id": sam.id}, Invalid, "to.agent_id"),
        ({"to_agent_id": away.id}, Capacity, "to.agent_id"),
        ({"to_agent_id": "agt_nobody"}, NotFound, "to.agent_id"),
        ({"to_team_id": "tem_nobody"}, NotFound, "to.team_id"),
        ({"to_tier": 12}, Invalid, "to.tier"),
    )
    for to, error, at in wrong:
        with pytest.raises(error) as refused:
            await sam.transfers(ana, **to)
        assert refused.value.field == at
    assert await ana.stands() == before


async def test_a_chat_passed_to_a_team_keeps_its_place(desk: Desk) -> None:
    """It waits in the team's line since it began to wait, is offered to the team, and its sender sees it no more."""
    billing = await desk.team("Billing")
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    since = (await ana.stands()).waiting_since
    desk.clock.forward(MINUTE)
    await sam.picks(ana)
    moved = await sam.transfers(ana, to_team_id=billing)
    assert (moved.status, moved.team_id, moved.waiting_since) == ("queued", billing, since)
    again = await desk.do(passing.transfer, sam.id, ana.conversation_id, moved.epoch - 1, to_team_id=billing)
    assert again == moved, "the sender's repeat is well, though the chat is out of their sight"
    with pytest.raises(NotFound):
        await sam.picks(ana)
    kim = await desk.agent("Kim", teams=(billing,))
    [offer] = await desk.routes()
    assert offer.agent_id == kim.id
    await kim.accepts(offer)
    assert (await ana.sees())[-2][1].startswith("Sam is bringing in a colleague")
    await desk.check()


async def test_a_hard_chat_goes_up_a_tier(desk: Desk) -> None:
    """Transferred to a tier, it is offered only to agents of that tier or above."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    moved = await sam.transfers(ana, to_tier=2)
    assert (moved.status, moved.tier) == ("queued", 2)
    assert await desk.routes() == []
    kim = await desk.agent("Kim", tier=3)
    [offer] = await desk.routes()
    assert offer.agent_id == kim.id


async def test_a_released_chat_goes_to_somebody_else_first(desk: Desk) -> None:
    """Whoever released a chat is offered it again only when nobody else is free; its place counts from the start."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    since = (await ana.stands()).waiting_since
    await sam.picks(ana)
    kim = await desk.agent("Kim", seats=1)
    desk.clock.forward(MINUTE)
    released = await sam.does(passing.release, ana)
    assert (released.status, released.waiting_since) == ("queued", since)
    assert await desk.do(passing.release, sam.id, ana.conversation_id, released.epoch - 1) == released
    [offer] = await desk.routes()
    assert offer.agent_id == kim.id
    await kim.is_now("away")
    await desk.passes(6 * SECOND)
    assert [one.agent_id for one in await sam.offers()] == [sam.id]


async def test_only_the_holder_gives_a_chat_away(desk: Desk) -> None:
    """A colleague may not release, transfer, snooze, resolve or hand back another's chat; a supervisor may."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    boss = await desk.agent("Boss", role="supervisor")
    ana = await desk.waiting()
    await sam.picks(ana)
    for command in (passing.release, passing.hand_back, closing.snooze, closing.resolve):
        with pytest.raises(Forbidden):
            await kim.does(command, ana)
    with pytest.raises(Forbidden):
        await kim.transfers(ana, to_agent_id=kim.id)
    assert (await boss.does(passing.release, ana)).status == "queued"
    assert (await ana.sees())[-1] == ("system", "Sam has left. You are back in line, with your place kept.")


async def test_without_a_bot_there_is_nothing_to_hand_back_to(desk: Desk) -> None:
    """In an inbox without a bot a chat cannot be handed back, and stays with its agent."""
    people = replace(desk.inbox, id="inb_people", public_key="key_people", bot_id=None)
    await desk.do(add_inbox, people)
    ana = await desk.visitor(inbox=people)
    await ana.says("hello")
    sam = await desk.agent("Sam")
    await sam.picks(ana)
    with pytest.raises(IllegalTransition):
        await sam.does(passing.hand_back, ana)
    assert (await ana.stands()).assignee_id == sam.id


async def test_a_snoozed_chat_wakes_with_its_agent(desk: Desk) -> None:
    """Snoozed it holds no seat; when its time comes its agent has it again, if they are there with a seat."""
    sam = await desk.agent("Sam", seats=1)
    ana = await desk.waiting()
    await sam.picks(ana)
    until = desk.clock.now + MINUTE
    asleep = await sam.does(closing.snooze, ana, until)
    assert (asleep.status, asleep.assignee_id, asleep.snoozed_until) == ("snoozed", sam.id, until)
    assert await sam.used() == 0
    assert await desk.do(closing.snooze, sam.id, ana.conversation_id, asleep.epoch - 1, until) == asleep
    await desk.passes(MINUTE - 1)
    assert (await ana.stands()).status == "snoozed"
    await desk.passes(1)
    awake = await ana.stands()
    assert (awake.status, awake.assignee_id, awake.snoozed_until) == ("assigned", sam.id, None)
    await desk.passes(MINUTE)
    assert (await ana.stands()).epoch == awake.epoch
    await desk.check()


async def test_a_snoozed_chat_without_a_seat_goes_in_line(desk: Desk) -> None:
    """When its agent has no seat free by then it waits in the queue for them first, since its old time."""
    sam = await desk.agent("Sam", seats=1)
    ana = await desk.waiting()
    since = (await ana.stands()).waiting_since
    await sam.picks(ana)
    await sam.does(closing.snooze, ana, desk.clock.now + MINUTE)
    busy = await desk.waiting()
    await sam.picks(busy)
    await desk.passes(MINUTE)
    woken = await ana.stands()
    assert (woken.status, woken.preferred_agent_id, woken.waiting_since) == ("queued", sam.id, since)
    await desk.agent("Kim", seats=1)
    await sam.resolves(busy)
    [offer] = await desk.routes()
    assert (offer.agent_id, offer.reason) == (sam.id, "preferred")
    await desk.check()


async def test_a_visitor_who_writes_wakes_a_snoozed_chat(desk: Desk) -> None:
    """What the visitor says brings it into the queue, its agent preferred; the clock that is left does nothing."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    await sam.does(closing.snooze, ana, desk.clock.now + MINUTE)
    await ana.says("and another thing")
    [offer] = await desk.routes()
    assert (offer.agent_id, offer.reason) == (sam.id, "preferred")
    await sam.accepts(offer)
    asleep = await sam.does(closing.snooze, ana)
    await desk.passes(2 * MINUTE)
    assert await ana.stands() == asleep, "without a moment it sleeps until somebody wakes it"


async def test_an_agent_wakes_a_chat_when_they_have_a_seat(desk: Desk) -> None:
    """Waking takes a seat; without one it is refused and the chat sleeps on."""
    sam = await desk.agent("Sam", seats=1)
    ana = await desk.waiting()
    await sam.picks(ana)
    await sam.does(closing.snooze, ana)
    busy = await desk.waiting()
    await sam.picks(busy)
    with pytest.raises(Capacity):
        await sam.does(closing.wake, ana)
    await sam.resolves(busy)
    awake = await sam.does(closing.wake, ana)
    assert awake.status == "assigned"
    assert await sam.does(closing.wake, ana) == awake
    await desk.check()


async def test_a_snooze_ends_in_the_future(desk: Desk) -> None:
    """A moment that is past, or over a year away, is refused with its field."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    for until in (desk.clock.now, 0, desk.clock.now + 400 * 86_400_000):
        with pytest.raises(Invalid) as refused:
            await sam.does(closing.snooze, ana, until)
        assert refused.value.field == "until"


async def test_a_resolved_chat_keeps_what_it_was_about(desk: Desk) -> None:
    """Resolving stores the wrap-up, frees the seat, tells the visitor; the same again by the same agent is well."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    ana = await desk.waiting()
    await sam.picks(ana)
    closed = await sam.does(closing.resolve, ana, WrapUp("billing", "double charge", "refunded"))
    assert (closed.status, closed.resolution, closed.category, closed.assignee_id) == (
        "resolved",
        "agent",
        "billing",
        None,
    )
    assert await sam.used() == 0
    [*_, (actor, data)] = await desk.facts("status_changed", ana.conversation_id)
    assert actor == f"agent:{sam.id}"
    assert data["wrap_up"] == {"category": "billing", "cause": "double charge", "outcome": "refunded"}
    assert await sam.resolves(ana) == closed
    with pytest.raises(IllegalTransition):
        await kim.resolves(ana)
    assert (await ana.sees())[-1] == ("system", "This conversation is closed. Write again to reopen it.")
    reopened = await ana.says("it is back")
    assert reopened.conversation.status == "bot"
    assert reopened.conversation.preferred_agent_id == sam.id


async def test_what_nobody_has_may_be_resolved_by_who_sees_it(desk: Desk) -> None:
    """A chat in the queue or with the bot can be closed without taking it; its item and offer end."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await desk.routes()
    await sam.resolves(ana)
    assert await sam.offers() == []
    ben = await desk.visitor("Ben")
    await ben.says("spam spam spam")
    await sam.resolves(ben)
    assert (await ben.stands()).turn_due_at is None
    await desk.check()


async def test_labels_say_what_a_chat_is_about(desk: Desk) -> None:
    """Category, priority and labels change at any epoch, leave the epoch alone, and are stored with a fact."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    before = await ana.stands()
    changed = await desk.do(
        update, sam.id, ana.conversation_id, category="billing", priority=2, labels=("vip", "vip", "refund")
    )
    assert (changed.category, changed.priority, changed.labels) == ("billing", 2, '["vip","refund"]')
    assert (changed.epoch, changed.visitor_rev) == (before.epoch, before.visitor_rev)
    assert changed.agent_rev == before.agent_rev + 1
    assert await desk.do(update, sam.id, ana.conversation_id, priority=2) == changed
    assert (await desk.do(update, sam.id, ana.conversation_id, category="")).category is None
    for wrong in ({"priority": 4}, {"labels": ("x" * 51,)}, {"labels": ("",)}, {"category": "c" * 201}):
        with pytest.raises(Invalid):
            await desk.do(update, sam.id, ana.conversation_id, **wrong)
