"""Who is there, who is gone, and what becomes of their chats."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conversations.hints import AgentChanged, RoutingDue
from handoff import presence
from handoff.desk import claiming, closing
from handoff.presence import GONE_MS, LEASE_MS
from tests.handoff.desk import MINUTE, SECOND, WORKSPACE, Desk, Person, add_inbox


async def here(desk: Desk, name: str, *, seats: int = 2) -> Person:
    """An agent whose lease is as short as in production."""
    person = await desk.agent(name, seats=seats, there=False)
    await person.comes(LEASE_MS)
    return person


async def test_without_a_lease_there_are_no_offers(desk: Desk) -> None:
    """An agent who is online but whose lease has ended is offered nothing; renewed, they are."""
    sam = await here(desk, "Sam")
    desk.clock.forward(LEASE_MS)
    await desk.waiting()
    assert await desk.routes() == []
    assert await desk.do(presence.renew, [f"con-{sam.id}", "con-unknown"]) == ["con-unknown"]
    assert [offer.agent_id for offer in await desk.routes()] == [sam.id]


async def test_coming_and_going_is_told(desk: Desk) -> None:
    """Connecting and disconnecting hint that the agent changed and that somebody may be offered something."""
    sam = await desk.agent("Sam", there=False)
    for happens in (sam.comes(), sam.leaves()):
        desk.seen.clear()
        await happens
        assert AgentChanged(sam.id, WORKSPACE) in desk.seen
        assert RoutingDue(WORKSPACE) in desk.seen
    desk.seen.clear()
    await sam.leaves()
    assert desk.seen == [], "an ended lease cannot end again"


async def test_a_second_connection_keeps_an_agent_there(desk: Desk) -> None:
    """Two windows, one closed: still there; the list of who is there says so until the last has gone."""
    sam = await here(desk, "Sam")
    await desk.do(presence.connected, sam.id, "second", "two", LEASE_MS)
    await sam.leaves()
    [present] = await desk.store.read(presence.listed, WORKSPACE)
    assert (present.agent_id, present.status, present.connected) == (sam.id, "online", True)
    await desk.waiting()
    assert len(await desk.routes()) == 1
    await desk.do(presence.disconnected, "second")
    [present] = await desk.store.read(presence.listed, WORKSPACE)
    assert not present.connected


async def test_nobody_takes_anothers_connection(desk: Desk) -> None:
    """A connection's id belongs to the agent who opened it."""
    sam, kim = await here(desk, "Sam"), await desk.agent("Kim", there=False)
    await sam.leaves()
    await desk.do(presence.connected, kim.id, f"con-{sam.id}", "one", LEASE_MS)
    assert not await desk.store.read(presence.is_there, kim.id)


async def test_the_chats_of_who_is_gone_return_once(desk: Desk) -> None:
    """After ninety seconds a chat in which a visitor waits is back in line with its old time, once, and told so."""
    sam = await here(desk, "Sam")
    ana = await desk.waiting()
    since = (await ana.stands()).waiting_since
    await sam.picks(ana)
    await sam.leaves()
    gone_at = desk.clock.now
    await desk.passes(GONE_MS - 1)
    assert (await ana.stands()).assignee_id == sam.id
    await desk.passes(1)
    back = await ana.stands()
    assert (back.status, back.waiting_since, back.preferred_agent_id) == ("queued", since, sam.id)
    assert desk.clock.now == gone_at + GONE_MS
    assert (await ana.sees())[-1][1].startswith("The person you were talking to lost the connection.")
    await desk.passes(MINUTE)
    assert (await ana.stands()).epoch == back.epoch
    moves = [data["move"] for _, data in await desk.facts("status_changed", ana.conversation_id)]
    assert moves == ["escalate", "accept", "requeue"]
    await desk.check()


async def test_the_chat_of_who_is_gone_comes_to_a_colleague(desk: Desk) -> None:
    """Requeued, it is offered to whoever is there; the one who was gone is preferred only when back."""
    sam = await here(desk, "Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    await sam.leaves()
    kim = await desk.agent("Kim")
    await desk.passes(GONE_MS)
    assert [offer.agent_id for offer in await kim.offers()] == [kim.id]
    await kim.accepts()
    ben = await desk.waiting()
    await kim.picks(ben)
    await kim.leaves()
    await desk.passes(GONE_MS)
    await kim.comes()
    made = await desk.routes()
    assert {(one.agent_id, one.reason) for one in made} == {(kim.id, "preferred")}


async def test_coming_back_in_time_keeps_the_chats(desk: Desk) -> None:
    """A reconnect before the ninety seconds are over keeps everything as it was."""
    sam = await here(desk, "Sam")
    ana = await desk.waiting()
    held = await sam.picks(ana)
    await sam.leaves()
    await desk.passes(GONE_MS - SECOND)
    await sam.comes()
    await desk.passes(GONE_MS)
    assert await ana.stands() == held


async def test_away_keeps_the_chats(desk: Desk) -> None:
    """Away, and offline while connected, mean no new offers; chats stay however long."""
    for status in ("away", "offline"):
        sam = await desk.agent("Sam")
        ana = await desk.waiting()
        held = await sam.picks(ana)
        await sam.is_now(status)
        await desk.passes(10 * MINUTE)
        assert await ana.stands() == held


@pytest.mark.parametrize("kind", ["answered", "snoozed", "mail"])
async def test_what_nobody_waits_for_stays(desk: Desk, kind: str) -> None:
    """An answered chat, a snoozed one and mail stay with a gone agent until the visitor or their clock speaks."""
    sam = await here(desk, "Sam")
    ana = await desk.waiting()
    if kind == "mail":
        post_box = replace(desk.inbox, id="inb_mail", public_key="key_mail", channel="email", bot_id=None)
        await desk.do(add_inbox, post_box)
        ana = await desk.visitor(inbox=post_box)
        await ana.says("Dear desk")
    await sam.picks(ana)
    if kind == "answered":
        await sam.replies(ana, "Done.")
    if kind == "snoozed":
        await sam.does(closing.snooze, ana)
    before = await ana.stands()
    await sam.leaves()
    await desk.passes(10 * MINUTE)
    assert await ana.stands() == before
    if kind == "answered":
        await ana.says("Not quite")
        await desk.passes(0)
        assert (await ana.stands()).status == "queued"


async def test_who_acts_without_a_socket_is_there_for_a_while(desk: Desk) -> None:
    """An agent who works by HTTP alone keeps a chat that they took for ninety seconds from then on."""
    sam = await desk.agent("Sam", there=False)
    ana = await desk.waiting()
    await sam.does(claiming.take_over, ana)
    await desk.passes(GONE_MS - 1)
    assert (await ana.stands()).assignee_id == sam.id
    await desk.passes(1)
    assert (await ana.stands()).status == "queued"


async def test_many_chats_return_in_bounded_steps(desk: Desk) -> None:
    """A sweep returns at most its limit, the longest waiting first; the next one goes on."""
    sam = await here(desk, "Sam", seats=5)
    guests = []
    for _ in range(5):
        guests.append(await desk.waiting())
        await sam.picks(guests[-1])
        desk.clock.forward(1)
    await sam.leaves()
    desk.clock.forward(GONE_MS)
    first = await desk.do(presence.sweep, 3)
    assert [one.id for one in sorted(first, key=lambda one: one.waiting_since or 0)] == [
        guest.conversation_id for guest in guests[:3]
    ]
    assert len(await desk.do(presence.sweep, 3)) == 2
    await desk.check()
