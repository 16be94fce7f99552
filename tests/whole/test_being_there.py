"""Who is there: leases of sockets, offers and their clock, chats of who has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from conversations.store.clock import system_clock
from handoff import presence
from server.realtime.sockets import Limits
from tests.whole.house import LIVELY, TestHouse, whole_house
from tests.whole.people import Agent, Visitor

Json = Any
QUICK_PINGS = Limits(ping_interval_s=0.1, ping_timeout_s=0.2)


class Ahead:
    """The time of day, moved on."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        return system_clock() + self.ms


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def house(tmp_path: Path, clock: Ahead) -> AsyncIterator[TestHouse]:
    """A served house whose clock can be moved on, and that notices a silent socket at once."""
    async with whole_house(tmp_path, beats=LIVELY, clock=clock, limits=QUICK_PINGS) as found:
        yield found


async def in_queue(house: TestHouse) -> Visitor:
    ana = await house.visitor()
    await ana.asks_for_a_person()
    return ana


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    """Until something holds of the rows, of which no event tells."""
    async with asyncio.timeout(10):
        while not await true():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


async def forward(house: TestHouse, clock: Ahead, seconds: int, *here: Agent) -> None:
    """Move the clock on in steps that leases outlive, each only when those who are here have renewed theirs."""

    async def renewed() -> bool:
        listed = await house.house.store.read(presence.listed, house.founded.workspace_id)
        return all(one.connected for one in listed if one.agent_id in {agent.id for agent in here})

    async def kept_up() -> bool:
        clock.ms += 15_000
        try:
            return await renewed()
        finally:
            clock.ms -= 15_000

    for _ in range(seconds // 15):
        await eventually(kept_up)
        clock.ms += 15_000
    await eventually(renewed)


async def connected(house: TestHouse, agent: Agent) -> bool:
    listed = await house.house.store.read(presence.listed, house.founded.workspace_id)
    return next(one.connected for one in listed if one.agent_id == agent.id)


async def test_chats_of_an_agent_who_is_gone_return_to_the_line_once(house: TestHouse, clock: Ahead) -> None:
    """Their socket died; after ninety seconds the visitor who waits is in line again, at their old place, and told."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea", status="away")
    ana = await in_queue(house)
    key = ana.conversation_id
    await sam.accepts(key)
    await ana.says("are you there?", conversation_id=key)
    since = (await lea.fresh(key))["conversation"]["waiting_since"]
    await sam.wire.drop()
    await lea.sees("presence.updated", lambda one: one["agent_id"] == sam.id and not one["connected"])
    await forward(house, clock, 75, lea)
    assert (await ana.fresh(key))["conversation"]["status"] == "person", "not before ninety seconds"
    mark = ana.mark
    await forward(house, clock, 30, lea)
    await ana.sees("conversation.updated", lambda one: one["status"] == "waiting", after=mark)
    now = (await lea.fresh(key))["conversation"]
    assert (now["status"], now["waiting_since"], now["preferred_agent_id"]) == ("queued", since, sam.id)
    epoch = now["epoch"]
    await forward(house, clock, 120, lea)
    assert (await lea.fresh(key))["conversation"]["epoch"] == epoch, "once"


async def test_who_comes_back_in_time_keeps_their_chats(house: TestHouse, clock: Ahead) -> None:
    """A minute without a socket, then here again: the chat is theirs, and in the welcome."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea", status="away")
    ana = await in_queue(house)
    key = ana.conversation_id
    await sam.accepts(key)
    await ana.says("are you there?", conversation_id=key)
    await sam.wire.drop()
    await forward(house, clock, 60, lea)
    again = await house.comes_again(sam)
    assert [one["conversation_id"] for one in again.welcome["mine"]] == [key]
    await forward(house, clock, 120, lea, again)
    assert (await again.fresh(key))["conversation"]["assignee"]["id"] == sam.id


async def test_away_keeps_chats_and_gets_no_offers(house: TestHouse, clock: Ahead) -> None:
    """Away is no new offers: what one has stays, however long, and what comes goes by."""
    sam = await house.at_desk("Sam")
    ana = await in_queue(house)
    await sam.accepts(ana.conversation_id)
    await ana.says("a question", conversation_id=ana.conversation_id)
    await sam.do("status.set", status="away")
    mark = sam.mark
    ben = await in_queue(house)
    await ben.hears("system", "Nobody is at the desk")
    await forward(house, clock, 300, sam)
    assert (await sam.fresh(ana.conversation_id))["conversation"]["assignee"]["id"] == sam.id
    assert sam.wire.events("offer.created", after=mark) == []


async def test_a_silent_socket_is_noticed(house: TestHouse) -> None:
    """A network that died without a word: no answer to a ping, and the agent is not there any more."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea")
    sam.wire.mute = True
    gone = await lea.sees("presence.updated", lambda one: one["agent_id"] == sam.id and not one["connected"])
    assert gone["status"] == "online", "what they said of themselves stays"
    await sam.wire.end()


async def test_two_windows_are_one_presence(house: TestHouse) -> None:
    """Closing one of two windows leaves the agent there; closing the other does not."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea")
    other = await house.comes_again(sam)
    await other.close()
    await eventually(lambda: _windows(house, sam, 1))
    assert await connected(house, sam)
    await sam.wire.drop()
    await lea.sees("presence.updated", lambda one: one["agent_id"] == sam.id and not one["connected"])
    assert not await connected(house, sam)


async def _windows(house: TestHouse, agent: Agent, count: int) -> bool:
    return len(house.house.agents.fanout.connections.of(agent.id)) == count


async def test_an_offer_that_nobody_answers_passes_on(house: TestHouse, clock: Ahead) -> None:
    """After half a minute the next one is asked; who lets two run out is set away; the visitor waits on, once."""
    sam = await house.at_desk("Sam")
    ana = await in_queue(house)
    key = ana.conversation_id
    first = await sam.offered(key)
    lea = await house.at_desk("Lea")
    clock.ms += 31_000
    withdrawn = await sam.sees("offer.withdrawn")
    assert (withdrawn["offer_id"], withdrawn["reason"]) == (first["id"], "no_answer")
    second = await lea.offered(key)
    assert second["id"] != first["id"]
    await lea.do("status.set", status="away")
    await lea.sees("offer.withdrawn", lambda one: one["offer_id"] == second["id"])
    third = await sam.offered(key, after=sam.mark - 1)
    clock.ms += 31_000
    await sam.sees("offer.withdrawn", lambda one: one["offer_id"] == third["id"])
    await sam.sees("presence.updated", lambda one: (one["agent_id"], one["status"]) == (sam.id, "away"))
    assert (await ana.fresh(key))["conversation"]["status"] == "waiting"


async def test_who_is_gone_is_offered_nothing(house: TestHouse) -> None:
    """Without a socket nobody gets an offer, online or not; back again they get it at once."""
    sam = await house.at_desk("Sam")
    await sam.wire.drop()
    await eventually(lambda: _not(connected(house, sam)))
    ana = await in_queue(house)
    await ana.hears("system", "You are in line")
    again = await house.comes_again(sam)
    offers = again.welcome["offers"] or [await again.offered(ana.conversation_id)]
    assert offers[0]["conversation"]["id"] == ana.conversation_id


async def _not(what: Awaitable[bool]) -> bool:
    return not await what
