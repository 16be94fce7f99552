"""Many at once, on two nodes: never two owners, a seat too many, an offer twice, or a chat left lying."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from conversations.errors import Capacity, Conflict, Refused
from conversations.model import Conversation, Offer
from conversations.store import Overloaded, Store, TookTooLong, Tx
from conversations.store.tables import conversations
from handoff import line, offers, presence
from handoff.agents import live_offers
from handoff.desk import claiming, closing, passing, talking
from handoff.routing import choose_agent
from handoff.waking import wake_due
from tests.handoff.desk import LONG, WORKSPACE, Desk, Guest, Person, open_items

AGENTS = int(os.environ.get("DESK_AGENTS", "50"))
CHATS = int(os.environ.get("DESK_CHATS", "300"))
"""For the long run: DESK_CHATS=1000."""

Attempt = Callable[[Store], Awaitable[object]]


async def nodes(desk: Desk) -> list[Store]:
    """The stores of two processes, where the engine allows two."""
    if desk.database.engine == "sqlite":
        return [desk.store, desk.store]
    return [desk.store, await desk.database.open(clock=desk.clock)]


async def at_once(stores: list[Store], attempts: list[Attempt]) -> list[object]:
    """All of them past one barrier, spread over the nodes; what each gave, or was refused with."""
    barrier = asyncio.Barrier(len(attempts))

    async def one(at: int, attempt: Attempt) -> object:
        await barrier.wait()
        try:
            return await attempt(stores[at % len(stores)])
        except Refused as refused:
            return refused

    return await asyncio.gather(*(one(at, attempt) for at, attempt in enumerate(attempts)))


def of(results: list[object], kind: type) -> list[Any]:
    return [one for one in results if isinstance(one, kind)]


async def test_twenty_agents_accept_one_chat(desk: Desk) -> None:
    """One has it; every other hears `conflict` at the epoch, or that it does not wait any more."""
    people = [await desk.agent(f"Agent{n}") for n in range(20)]
    stores = await nodes(desk)
    for _ in range(5):
        ana = await desk.waiting()
        epoch = (await ana.stands()).epoch

        def accepting(person: Person, guest: Guest = ana, epoch: int = epoch) -> Attempt:
            return lambda store: store.write(claiming.accept, person.id, guest.conversation_id, epoch)

        results = await at_once(stores, [accepting(person) for person in people])
        [won] = of(results, Conversation)
        lost = of(results, Conflict)
        assert len(lost) == 19
        assert {(one.field, one.conversation_id) for one in lost} == {("epoch", ana.conversation_id)}
        assert (await ana.stands()).assignee_id == won.assignee_id
        await desk.do(closing.resolve, won.assignee_id, ana.conversation_id, won.epoch)
    await desk.check()


async def test_an_agent_with_two_seats_picks_ten_chats(desk: Desk) -> None:
    """Two picks succeed, eight are refused for want of a seat, whatever node they came by."""
    sam = await desk.agent("Sam", seats=2)
    guests = [await desk.waiting() for _ in range(10)]

    def picking(guest: Guest) -> Attempt:
        return lambda store: store.write(claiming.accept, sam.id, guest.conversation_id, 2)

    results = await at_once(await nodes(desk), [picking(guest) for guest in guests])
    assert (len(of(results, Conversation)), len(of(results, Capacity))) == (2, 8)
    await desk.check()


async def test_two_nodes_offer_the_same_line(desk: Desk) -> None:
    """However many runners look at the line at once, each chat is offered once and no seat is promised twice."""
    people = [await desk.agent(f"Agent{n}", seats=3) for n in range(8)]
    for _ in range(40):
        await desk.waiting()
    runner: Attempt = lambda store: store.write(offers.offer_next, WORKSPACE)  # noqa: E731
    results = await at_once(await nodes(desk), [runner] * 8)
    made: list[Offer] = [offer for some in of(results, list) for offer in some] + await desk.routes()
    assert len(made) == 24
    assert len({offer.conversation_id for offer in made}) == 24
    assert [await person.used() for person in people] == [3] * 8
    await desk.check()


async def test_an_offer_is_accepted_or_expires(desk: Desk) -> None:
    """When the answer meets the clock one of them wins: never an accepted chat with an expired offer, or neither."""
    stores = await nodes(desk)
    accepted = 0
    for _ in range(12):
        sam = await desk.agent("Sam", seats=1)
        ana = await desk.waiting()
        [offer] = await desk.routes()
        desk.clock.forward(offers.CLOCK_MS)

        def accepting(store: Store, person: Person = sam, guest: Guest = ana, offer: Offer = offer) -> Awaitable[Any]:
            return store.write(claiming.accept, person.id, guest.conversation_id, 2, offer.id)

        results = await at_once(stores, [accepting, lambda store: store.write(offers.expire_due)])
        now, fact = await ana.stands(), (await desk.facts("offer_ended", ana.conversation_id))[-1][1]
        if isinstance(results[0], Conversation):
            accepted += 1
            assert (now.assignee_id, fact["state"]) == (sam.id, "accepted")
            await sam.resolves(ana)
        else:
            assert isinstance(results[0], Conflict)
            assert (now.status, fact["state"]) == ("queued", "expired")
            await sam.resolves(ana)
        await sam.is_now("offline")
    await desk.check()
    assert 0 <= accepted <= 12


async def test_several_nodes_sweep_the_same_gone_agent(desk: Desk) -> None:
    """Their chats return once each, though every node looks at the same moment."""
    sam = await desk.agent("Sam", seats=6)
    guests = [await desk.waiting() for _ in range(6)]
    for guest in guests:
        await sam.picks(guest)
    await sam.leaves()
    desk.clock.forward(presence.GONE_MS)
    stores = await nodes(desk)
    returned: list[Conversation] = []
    for _ in range(3):
        sweeping: Attempt = lambda store: store.write(presence.sweep)  # noqa: E731
        returned += [one for some in of(await at_once(stores, [sweeping] * 6), list) for one in some]
    assert sorted(one.id for one in returned) == sorted(guest.conversation_id for guest in guests)
    await desk.check()


async def test_several_nodes_wake_the_same_chats(desk: Desk) -> None:
    """Each snoozed chat wakes once; those for whom its agent has no seat wait in line."""
    sam = await desk.agent("Sam", seats=2)
    guests = [await desk.waiting() for _ in range(5)]
    for guest in guests:
        await sam.picks(guest)
        await sam.does(closing.snooze, guest, desk.clock.now + 1_000)
    desk.clock.forward(1_000)
    stores = await nodes(desk)
    woken: list[Conversation] = []
    for _ in range(3):
        waking: Attempt = lambda store: store.write(wake_due)  # noqa: E731
        woken += [one for some in of(await at_once(stores, [waking] * 6), list) for one in some]
    assert len(woken) == len({one.id for one in woken}) == 5
    assert sorted(one.status for one in woken) == ["assigned"] * 2 + ["queued"] * 3
    await desk.check()


async def test_a_reply_meets_a_takeover(desk: Desk) -> None:
    """The old holder's reply is stored before the takeover or refused after it, never in between."""
    sam, boss = await desk.agent("Sam", seats=30), await desk.agent("Boss", seats=30, role="supervisor")
    stores = await nodes(desk)
    for round_ in range(15):
        ana = await desk.waiting()
        epoch = (await sam.picks(ana)).epoch

        def replying(store: Store, guest: Guest = ana, epoch: int = epoch, name: str = f"r{round_}") -> Awaitable[Any]:
            return store.write(talking.reply, sam.id, guest.conversation_id, epoch, name, "Hi")

        def taking(store: Store, guest: Guest = ana, epoch: int = epoch) -> Awaitable[Any]:
            return store.write(claiming.take_over, boss.id, guest.conversation_id, epoch)

        said, taken = await at_once(stores, [replying, taking])
        assert isinstance(taken, Conversation)
        words = await ana.sees()
        if isinstance(said, Conflict):
            assert ("agent", "Hi") not in words
        else:
            assert words.index(("agent", "Hi")) < words.index(
                ("system", "Boss has joined and has read your conversation.")
            )
    await desk.check()


@dataclass
class Shift:
    """Agents who work through a queue on several nodes, with dice for their doings."""

    desk: Desk
    stores: list[Store]
    people: list[Person]
    chats: list[str]
    dice: random.Random
    resolved: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)

    async def works(self, at: int, person: Person) -> None:
        """Looks at the offers, answers one of them somehow, then does something with a chat of their own."""
        store = self.stores[at % len(self.stores)]
        for offer in await store.read(live_offers, person.id):
            await self._try(self._answer(store, person, offer))
        if self.dice.random() < 0.3:
            wanted = self.dice.choice(self.chats)
            epoch = (await self.desk.look(wanted)).epoch
            await self._try(store.write(claiming.accept, person.id, wanted, epoch))
        for conversation_id in await store.read(own, person.id):
            epoch = (await self.desk.look(conversation_id)).epoch
            await self._try(self._do_something(store, person, conversation_id, epoch))

    async def routes(self, store: Store) -> None:
        for _ in range(6):
            # a look that the store gave up for taking too long is done again at the next beat, as the house's jobs do
            with suppress(TookTooLong, Overloaded):
                await store.write(offers.offer_next, WORKSPACE)
                await store.write(offers.expire_due)

    async def _answer(self, store: Store, person: Person, offer: Offer) -> None:
        fate = self.dice.random()
        if fate < 0.8:
            epoch = (await self.desk.look(offer.conversation_id)).epoch
            await store.write(claiming.accept, person.id, offer.conversation_id, epoch, offer.id)
        elif fate < 0.9:
            await store.write(claiming.decline, person.id, offer.id)

    async def _do_something(self, store: Store, person: Person, conversation_id: str, epoch: int) -> None:
        fate = self.dice.random()
        if fate < 0.7:
            await store.write(closing.resolve, person.id, conversation_id, epoch)
            self.resolved.add(conversation_id)
        elif fate < 0.8:
            await store.write(passing.release, person.id, conversation_id, epoch)
        elif fate < 0.9:
            other = self.dice.choice(self.people)
            await store.write(passing.transfer, person.id, conversation_id, epoch, to_agent_id=other.id)

    async def _try(self, attempt: Awaitable[object]) -> None:
        try:
            await attempt
        except Refused as refused:
            self.refused[refused.code] = self.refused.get(refused.code, 0) + 1
        except (TookTooLong, Overloaded):
            self.refused["unavailable"] = self.refused.get("unavailable", 0) + 1


@pytest.mark.timeout(900)
async def test_fifty_agents_work_through_a_full_queue(desk: Desk) -> None:
    """Offers, picks, declines, transfers, releases, all at once from two nodes until nobody waits.

    After each round, what still waits without an offer could not have been offered: nobody fitting has a seat.
    """
    dice = random.Random(int(os.environ.get("DESK_SEED", "7")))
    people = [await desk.agent(f"Agent{n}", seats=dice.randint(1, 4), there=False) for n in range(AGENTS)]
    await asyncio.gather(*(person.comes(LONG) for person in people))
    chats = [(await desk.waiting(f"Question {n}")).conversation_id for n in range(CHATS)]
    shift = Shift(desk, await nodes(desk), people, chats, dice)
    for _ in range(60):
        barrier = asyncio.Barrier(AGENTS + len(shift.stores))

        async def one(doing: Awaitable[None], barrier: asyncio.Barrier = barrier) -> None:
            await barrier.wait()
            await doing

        await asyncio.gather(
            *(one(shift.works(at, person)) for at, person in enumerate(people)),
            *(one(shift.routes(store)) for store in shift.stores),
        )
        desk.clock.forward(6_000)
        await desk.routes()
        assert await desk.store.read(left_lying) == []
        if await desk.store.read(open_items) == 0 and len(shift.resolved) == CHATS:
            break
    assert len(shift.resolved) == CHATS, "every chat came to its end"
    await desk.check()
    assert shift.refused.get("conflict", 0) > 0, "nobody ever met: this was no race"


def own(tx: Tx, agent_id: str) -> list[str]:
    where = (conversations.c.assignee_id == agent_id, conversations.c.status == "assigned")
    return [row[0] for row in tx.all(select(conversations.c.id).where(*where))]


def left_lying(tx: Tx) -> list[str]:
    """Chats without an offer that somebody could have been offered."""
    there = line.candidates(tx, WORKSPACE)
    waiting = [item for kind in line.kinds(tx, WORKSPACE) for item in line.first_of(tx, WORKSPACE, kind, 10_000)]
    return [item.conversation_id for item in waiting if choose_agent(item, there, tx.now) is not None]
