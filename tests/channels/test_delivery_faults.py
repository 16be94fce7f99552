"""Processes that die, freeze and race while they deliver; far ends that are slow, endless or many."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from channels import all_channels, delivery
from channels.delivery import ATTEMPTS, LEASE_MS
from channels.outbound import Caller
from channels.runner import Deliveries
from conversations.model import Message
from conversations.store import NoPoints, Overloaded, Store
from tests.channels.house import LOOPBACK, PATIENCE_S, Clock, Desk, FarEnd, show

ROOT = Path(__file__).parents[2]


class Stops(NoPoints):
    """Holds whoever comes to a point until the test lets go."""

    def __init__(self, point: str) -> None:
        self._point = point
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def pause(self, point: str) -> None:
        if point == self._point:
            self.reached.set()
            async with asyncio.timeout(PATIENCE_S):
                await self.go_on.wait()


class Faltering:
    """A store that cannot write the record of a delivery for the first times."""

    def __init__(self, store: Store, times: int) -> None:
        self._store = store
        self.left = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, fn: Any, /, *args: Any) -> Any:
        if fn is delivery.settle and self.left:
            self.left -= 1
            raise Overloaded("Too many writes are waiting.")
        return await self._store.write(fn, *args)


async def say_unsent(desk: Desk, text: str, of: str = "+1") -> Message:
    """Something is due, and nobody was told."""
    desk.deaf = True
    asked = await desk.hears("Hello", of=of)
    return await desk.says(asked.conversation.id, text)


async def deliver_and_die(desk: Desk, point: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.channels.dies", desk.url, point, str(desk.clock.now), cwd=ROOT
    )
    async with asyncio.timeout(60):
        assert await process.wait() == -9


async def test_killed_after_sending_it_sends_again_under_the_same_id(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """A process killed between the call and its record leaves a repeat that the far end can tell by its webhook-id."""
    said = await say_unsent(desk, "Hi")
    await desk.store.close()
    await deliver_and_die(desk, "delivery.sent")
    assert far.texts == ["Hi"]
    await desk.open()
    await desk.delivered()
    assert len(far.calls) == 1, "the dead process still has its lease"
    clock.pass_s(LEASE_MS / 1000 + 1)
    await desk.delivered()
    assert [call.id for call in far.calls] == [said.id, said.id]
    state = await desk.state(said)
    assert (state.state, state.attempts) == ("sent", 2)


async def test_killed_before_sending_it_is_sent_once(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """A process killed with a claim in hand has sent nothing; after its lease another does."""
    said = await say_unsent(desk, "Hi")
    await desk.store.close()
    await deliver_and_die(desk, "delivery.claimed")
    assert far.calls == []
    await desk.open()
    clock.pass_s(LEASE_MS / 1000 + 1)
    await desk.delivered()
    assert far.texts == ["Hi"]
    assert (await desk.state(said)).state == "sent"


async def test_a_moments_trouble_of_the_database_sends_nothing_twice(desk: Desk, far: FarEnd) -> None:
    """What was sent is recorded as soon as the database can, so it is not sent again after the lease."""
    said = await say_unsent(desk, "Hi")
    store = Faltering(desk.store, 3)
    worker = Deliveries(cast(Store, store), all_channels(desk.caller), show)
    await worker.sweep()
    await worker.settled()
    assert store.left == 0
    assert (await desk.state(said)).state == "sent"
    assert len(far.calls) == 1


async def test_a_message_that_kills_its_senders_is_given_up(desk: Desk, far: FarEnd, clock: Clock) -> None:
    """Claims count as attempts, so what never gets an answer recorded ends as a dead letter, not as an endless loop."""
    said = await say_unsent(desk, "Hi")
    for _ in range(ATTEMPTS):
        stops = Stops("delivery.claimed")
        worker = desk.worker(stops)
        await worker.sweep()
        await stops.reached.wait()
        for task in tuple(worker._running.values()):
            task.cancel()
        await asyncio.gather(*worker._running.values(), return_exceptions=True)
        clock.pass_s(LEASE_MS / 1000 + 1)
    await desk.delivered()
    assert far.calls == []
    assert (await desk.state(said)).error == f"it was tried {ATTEMPTS} times without an answer"


@pytest.mark.parametrize(("point", "calls"), [("delivery.claimed", 1), ("delivery.sent", 2)])
async def test_a_worker_that_slept_past_its_lease_changes_nothing(
    point: str, calls: int, desk: Desk, far: FarEnd, clock: Clock
) -> None:
    """Woken after another has sent, it sends nothing of its own and its record is refused by the token."""
    said = await say_unsent(desk, "first")
    await say_unsent(desk, "second")
    stops = Stops(point)
    if point == "delivery.sent":
        far.says(400)
    sleeper = desk.worker(stops)
    await sleeper.sweep()
    async with asyncio.timeout(PATIENCE_S):
        await stops.reached.wait()
    clock.pass_s(LEASE_MS / 1000 + 1)
    await desk.delivered()
    assert (await desk.state(said)).state == "sent"
    stops.go_on.set()
    await sleeper.close()
    assert far.texts.count("first") == calls
    assert far.texts[-1] == "second"
    assert (await desk.state(said)).state == "sent"
    assert (sleeper.sent, sleeper.failed) == (0, 0)


async def test_two_processes_send_everything_once_and_in_order(desk: Desk, far: FarEnd) -> None:
    """Whoever claims, each message is sent by one of them, and no conversation is out of its order."""
    desk.deaf = True
    expected: dict[str, list[str]] = {}
    for visitor in range(12):
        asked = await desk.hears("Hello", of=f"+{visitor}")
        expected[asked.conversation.id] = [
            (await desk.says(asked.conversation.id, f"answer {number}")).id for number in range(5)
        ]
    workers = [desk.worker(), desk.worker(), desk.worker()]
    async with asyncio.timeout(60):
        while len(far.calls) < 60:
            await asyncio.gather(*(worker.sweep() for worker in workers))
            await asyncio.gather(*(worker.settled() for worker in workers))
    for worker in workers:
        await worker.close()
    got: dict[str, list[str]] = {}
    for call in far.calls:
        got.setdefault(call.body["data"]["conversation"]["id"], []).append(call.id)
    assert got == expected
    assert sum(worker.sent for worker in workers) == 60


async def test_a_far_end_that_says_nothing_is_left_after_its_time(desk: Desk, far: FarEnd) -> None:
    """No answer in time is a failed attempt, and the message stays in line."""
    await desk.caller.close()
    desk.caller = Caller(inside=LOOPBACK, timeout_s=0.2)
    desk.deliveries = desk.worker()
    far.hangs()
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    state = await desk.state(said)
    assert (state.state, state.error) == ("queued", "no answer within 0.2 s")


async def test_an_endless_answer_is_cut_off(desk: Desk, far: FarEnd) -> None:
    """Of an answer without an end only the beginning is read; it was a 200, so the message was sent."""
    far.drips()
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await far.called(1)
    await desk.deliveries.settled()
    assert (await desk.state(said)).state == "sent"


async def test_nobody_at_the_address(desk: Desk, far: FarEnd) -> None:
    """A closed port is a failed attempt like any other, with its reason."""
    await desk.set_up(settings={"webhook_url": "http://127.0.0.1:1/x"})
    asked = await desk.hears("Hello")
    said = await desk.says(asked.conversation.id, "Hi")
    await desk.delivered()
    state = await desk.state(said)
    assert state.state == "queued"
    assert (state.error or "").startswith("no connection")
    assert far.calls == []


async def test_one_far_end_has_a_share_of_the_sends_and_all_get_their_turn(desk: Desk, far: FarEnd) -> None:
    """No more calls than its share are open to one inbox, and those that waited are sent without another sweep."""
    desk.deaf = True
    for visitor in range(12):
        asked = await desk.hears("Hello", of=f"+{visitor}")
        await desk.says(asked.conversation.id, f"to {visitor}")
        far.hangs()
    worker = desk.worker(per_inbox=3)
    await worker.sweep()
    await far.called(3)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(far.called(4), 0.5)
    far.gate.set()
    await far.called(12)
    await worker.close()
    assert sorted(far.texts) == sorted(f"to {visitor}" for visitor in range(12))
