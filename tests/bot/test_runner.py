"""Turns run when they are hinted, when they are found, and only so many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.runner import SWEEP_AFTER_MS, TYPING_LOOK_S, TYPING_WAIT_S, Pace, TurnRunner, free_leases
from bot.turn import TurnDesk
from conversations.store import Overloaded
from tests.bot.house import PATIENCE_S, House, Points, Visitor
from tests.bot.shop import INTENTS

ANSWER = INTENTS["order_status"][1] or ""


@dataclass(slots=True)
class Time:
    """A clock that stands still until a test lets it pass, and who sleeps by it."""

    at: float = 0.0
    sleepers: list[tuple[float, asyncio.Event]] = field(default_factory=list)

    async def sleep(self, delay_s: float) -> None:
        awake = asyncio.Event()
        self.sleepers.append((self.at + delay_s, awake))
        await awake.wait()

    async def pass_s(self, seconds: float) -> None:
        """Let it pass in small steps, so that whoever sleeps again in between wakes again."""
        ends = self.at + seconds
        while self.at < ends - 1e-9:
            self.at = min(self.at + TYPING_LOOK_S / 2, ends)
            for sleeper in [one for one in self.sleepers if one[0] <= self.at + 1e-9]:
                self.sleepers.remove(sleeper)
                sleeper[1].set()
            for _ in range(10):
                await asyncio.sleep(0)


@dataclass(slots=True)
class Running:
    """A runner at work, and what it hears."""

    runner: TurnRunner
    time: Time
    typing: set[str]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that the runner will do by itself."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():  # noqa: ASYNC110 - the runner tells nobody when it rests
                await asyncio.sleep(0.002)

    async def idle(self) -> None:
        await self.until(lambda: self.runner.running == 0 and self.runner.waiting == 0)


@asynccontextmanager
async def runs(house: House, *, desk: TurnDesk | None = None, **bounds: int) -> AsyncIterator[Running]:
    time, typing = Time(), set[str]()
    pace = Pace(lambda: time.at, time.sleep)
    runner = TurnRunner(desk or house.desk(), typing.__contains__, pace=pace, **bounds)
    runner.start()
    try:
        yield Running(runner, time, typing)
    finally:
        await runner.close(1.0)


async def answers_to(ana: Visitor) -> list[str]:
    return [text for who, text in await ana.sees() if who == "bot"]


async def test_a_hinted_turn_is_taken_at_once(any_house: House) -> None:
    """No waiting, no sweep."""
    async with runs(any_house) as running:
        ana = any_house.visitor()
        await ana.writes("where is my order")
        running.runner.due(ana.conversation_id)
        await running.idle()
        assert await answers_to(ana) == [ANSWER]


async def test_hints_in_a_row_are_one_turn(house: House) -> None:
    """Ten hints do not ask ten times."""
    async with runs(house) as running:
        ana = house.visitor()
        await ana.writes("where is my order")
        for _ in range(10):
            running.runner.due(ana.conversation_id)
        await running.idle()
        assert house.taught.asked == 1
        assert await answers_to(ana) == [ANSWER]


async def test_what_comes_in_while_a_turn_runs_is_answered_after_it(house: House) -> None:
    """A hint during a turn is not lost with it."""
    points = Points()
    barrier = points.stop_at("turn.read")
    async with runs(house, desk=house.desk(points=points)) as running:
        ana = house.visitor()
        await ana.writes("where is my order")
        running.runner.due(ana.conversation_id)
        await barrier.is_reached()
        await ana.asks_for_a_person()
        await ana.cancels()
        running.runner.due(ana.conversation_id)
        assert running.runner.waiting == 0
        barrier.go.set()
        await running.idle()
        assert await answers_to(ana) == [ANSWER]


async def test_only_so_many_turns_run_at_a_time(house: House) -> None:
    """The rest waits its turn, and gets it."""

    class Crowd(Points):
        inside = 0
        most = 0

        async def pause(self, point: str) -> None:
            if point == "turn.read":
                Crowd.inside += 1
                Crowd.most = max(Crowd.most, Crowd.inside)
                await asyncio.sleep(0.01)
                Crowd.inside -= 1

    async with runs(house, desk=house.desk(points=Crowd()), at_once=3) as running:
        visitors = [house.visitor() for _ in range(12)]
        for one in visitors:
            await one.writes("where is my order")
            running.runner.due(one.conversation_id)
        await running.idle()
        assert 1 < Crowd.most <= 3
        for one in visitors:
            assert await answers_to(one) == [ANSWER]


async def test_hints_beyond_the_bound_are_dropped_and_found_by_the_sweep(house: House) -> None:
    """The row is the truth: what was dropped is still due."""
    points = Points()
    barrier = points.stop_at("turn.read")
    async with runs(house, desk=house.desk(points=points), at_once=1, waiting_limit=2) as running:
        visitors = [house.visitor() for _ in range(6)]
        for one in visitors:
            await one.writes("where is my order")
        running.runner.due(visitors[0].conversation_id)
        await barrier.is_reached()
        for one in visitors[1:]:
            running.runner.due(one.conversation_id)
        assert running.runner.waiting == 2
        barrier.go.set()
        await running.idle()
        house.clock.pass_s(SWEEP_AFTER_MS / 1000 + 1)
        for _ in range(2):
            await running.runner.sweep()
            await running.idle()
        for one in visitors:
            assert await answers_to(one) == [ANSWER]


async def test_a_turn_that_nobody_hinted_is_found(any_house: House) -> None:
    """The last hint may be lost: a look at the rows finds what is due, a second apart."""
    async with runs(any_house) as running:
        ana = any_house.visitor()
        await ana.writes("where is my order")
        assert await running.runner.sweep() == 0  # so young a turn is on its way already
        any_house.clock.pass_s(SWEEP_AFTER_MS / 1000 + 1)
        await running.until(lambda: len(running.time.sleepers) > 0)
        await running.time.pass_s(1.1)
        await running.until(lambda: any_house.taught.asked == 1)
        await running.idle()
        assert await answers_to(ana) == [ANSWER]


async def test_a_visitor_who_is_writing_is_waited_for(house: House) -> None:
    """The turn comes when they have stopped."""
    async with runs(house) as running:
        ana = house.visitor()
        await ana.writes("where is my order")
        running.typing.add(ana.conversation_id)
        running.runner.due(ana.conversation_id)
        await running.time.pass_s(0.7)
        assert house.taught.asked == 0
        await ana.writes("the one from Monday")
        running.typing.clear()
        await running.time.pass_s(0.2)
        await running.idle()
        assert (await ana.conversation()).answered_seq == 2
        assert len(await answers_to(ana)) == 1


async def test_a_visitor_who_never_stops_writing_is_waited_for_no_longer(house: House) -> None:
    """One and a half seconds, then the bot answers."""
    async with runs(house) as running:
        ana = house.visitor()
        await ana.writes("where is my order")
        running.typing.add(ana.conversation_id)
        running.runner.due(ana.conversation_id)
        await running.time.pass_s(TYPING_WAIT_S - TYPING_LOOK_S)
        assert house.taught.asked == 0
        await running.time.pass_s(2 * TYPING_LOOK_S)
        await running.idle()
        assert await answers_to(ana) == [ANSWER]


async def test_visitors_who_write_do_not_hold_up_others(house: House) -> None:
    """Waiting for someone takes nobody's place."""
    async with runs(house, at_once=1) as running:
        ana, bo = house.visitor(), house.visitor()
        for one in (ana, bo):
            await one.writes("where is my order")
        running.typing.add(ana.conversation_id)
        running.runner.due(ana.conversation_id)
        running.runner.due(bo.conversation_id)
        await running.until(lambda: house.taught.asked == 1)
        await running.until(lambda: running.runner.running == 0)
        assert await answers_to(bo) == [ANSWER]
        assert await answers_to(ana) == []


async def test_a_failed_turn_is_tried_again_soon_and_the_third_time_a_person_comes(house: House) -> None:
    """Well within ten seconds, without a sweep."""
    async with runs(house) as running:
        ana = house.visitor()
        await ana.writes("where is my order")
        house.taught.troubles += [ZeroDivisionError()] * 3
        running.runner.due(ana.conversation_id)
        for number in (1, 2, 3):
            await running.until(lambda number=number: house.taught.asked == number)  # type: ignore[misc]
            await running.until(lambda: running.runner.running == 0)
            await running.time.pass_s(0.5)
        await running.idle()
        assert (await ana.conversation()).status == "queued"
        assert running.time.at < 5


async def test_a_turn_that_could_not_be_written_ends_nothing_else(house: House) -> None:
    """The runner goes on; the sweep comes back to it when the lease has run out."""
    async with runs(house) as running:
        ana, bo = house.visitor(), house.visitor()
        for one in (ana, bo):
            await one.writes("where is my order")
        house.points.faults["turn.locked"] = [Overloaded("full")]
        running.runner.due(ana.conversation_id)
        await running.idle()
        running.runner.due(bo.conversation_id)
        await running.idle()
        assert (await answers_to(ana), await answers_to(bo)) == ([], [ANSWER])
        house.clock.pass_s(10)
        assert await running.runner.sweep() == 1
        await running.idle()
        assert await answers_to(ana) == [ANSWER]


async def test_closing_lets_turns_end_and_leaves_the_rest_due(house: House) -> None:
    """Whoever is being answered is; nobody else is forgotten."""
    points = Points()
    barrier = points.stop_at("turn.decided")
    ana, bo = house.visitor(), house.visitor()
    for one in (ana, bo):
        await one.writes("where is my order")
    async with runs(house, desk=house.desk(points=points), at_once=1) as running:
        running.runner.due(ana.conversation_id)
        await barrier.is_reached()
        running.runner.due(bo.conversation_id)
        closing = asyncio.create_task(running.runner.close(PATIENCE_S))
        await asyncio.sleep(0)
        barrier.go.set()
        await closing
        running.runner.due(bo.conversation_id)
        assert running.runner.waiting == 0
    assert await answers_to(ana) == [ANSWER]
    assert (await bo.conversation()).turn_due_at is not None


async def test_closing_does_not_wait_for_ever(house: House) -> None:
    """A turn that hangs is cancelled, and stays due."""
    points = Points()
    barrier = points.stop_at("turn.decided")
    ana = house.visitor()
    await ana.writes("where is my order")
    async with runs(house, desk=house.desk(points=points)) as running:
        running.runner.due(ana.conversation_id)
        await barrier.is_reached()
        await running.runner.close(0.05)
    assert await answers_to(ana) == []
    assert (await ana.conversation()).turn_due_at is not None


async def test_leases_of_a_process_that_is_gone_are_freed_at_the_start(house: House) -> None:
    """With the embedded database there is no other: nobody waits for a dead one's lease."""
    points = Points()
    barrier = points.stop_at("turn.decided")
    ana = house.visitor()
    await ana.writes("where is my order")
    async with runs(house, desk=house.desk(points=points)) as running:
        running.runner.due(ana.conversation_id)
        await barrier.is_reached()
        await running.runner.close(0.05)
    assert (await house.turn(ana.conversation_id)).how == "not_due"
    assert await free_leases(house.store) == 1
    assert (await house.turn(ana.conversation_id)).how == "spoke"


async def test_knowledge_that_changed_is_read_again(house: House) -> None:
    """An edited answer is what the next visitor reads."""
    ana = house.visitor()
    await ana.says("where is my order")
    await house.topics.refresh()
    assert await house.visitor().says("where is my order") == ANSWER
    await house.edit_answer("order_status", "Look under Orders.")
    assert await house.visitor().says("where is my order") == ANSWER
    await house.topics.refresh()
    assert await house.visitor().says("where is my order") == "Look under Orders."
