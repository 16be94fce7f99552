"""Many texts at once, without keeping the loop from its sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from threading import Event

import pytest

from intents.batching import LONG_CHARS, Understander
from intents.errors import UnderstandingOverloaded
from intents.model import Model
from intents.recognizer import Recognizer


@pytest.fixture
def bot(model: Model) -> Recognizer:
    return Recognizer(model)


@pytest.fixture
async def understander() -> AsyncIterator[Understander]:
    one = Understander()
    yield one
    await one.close()


class SlowClock:
    """Makes each understanding hold the interpreter until it is let go."""

    def __init__(self) -> None:
        self.go = Event()

    def __call__(self) -> float:
        assert self.go.wait(10)
        return 0.0


async def test_concurrent_texts_come_back_to_their_callers(understander: Understander, bot: Recognizer) -> None:
    """Each caller gets the understanding of its own text."""
    texts = [f"where is my order {n}" for n in range(300)] + ["reset the hub " * 100]
    made = await asyncio.gather(*(understander.understand(bot, text) for text in texts))
    assert [one.text for one in made] == texts
    assert understander.waiting == 0


async def test_the_loop_turns_while_texts_wait(bot: Recognizer) -> None:
    """After each slice others have their turn: 200 texts do not run in one go."""
    understander = Understander(slice_s=0.0)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    await asyncio.gather(*(understander.understand(bot, "where is my order") for _ in range(200)))
    other.cancel()
    await understander.close()
    assert turns >= 200


async def test_a_full_queue_refuses(bot: Recognizer) -> None:
    """Beyond the bound the caller is told to come again, and those who wait are served."""
    understander = Understander(max_waiting=5)
    asked = [asyncio.create_task(understander.understand(bot, "invoice")) for _ in range(9)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in results if isinstance(one, UnderstandingOverloaded)]
    assert len(refused) == 4
    assert all(one.retry_after_s > 0 for one in refused)
    await understander.close()


async def test_a_text_that_waits_too_long_is_given_up(model: Model) -> None:
    """A caller never waits longer than the timeout."""
    clock = SlowClock()
    stuck = Recognizer(model, clock=clock)
    understander = Understander(timeout_s=0.05)
    with pytest.raises(UnderstandingOverloaded):
        await understander.understand(stuck, "reset " * LONG_CHARS)
    assert understander.waiting == 0
    clock.go.set()
    await understander.close()


async def test_a_text_whose_turn_comes_too_late_is_given_up(bot: Recognizer) -> None:
    """A text that waited behind others past the timeout is not understood any more, and its caller is told."""
    understander = Understander(timeout_s=0.0)
    with pytest.raises(UnderstandingOverloaded):
        await understander.understand(bot, "where is my order")
    assert understander.waiting == 0
    await understander.close()


async def test_a_caller_who_left_costs_nothing(understander: Understander, bot: Recognizer) -> None:
    """A cancelled caller's text is passed over, and the others are served."""
    first = asyncio.create_task(understander.understand(bot, "where is my order"))
    second = asyncio.create_task(understander.understand(bot, "invoice please"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).intent == "invoice"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_failure_reaches_its_caller_alone(understander: Understander, bot: Recognizer) -> None:
    """What goes wrong with one text is one caller's trouble."""

    class Broken(Exception):
        pass

    def broken() -> float:
        raise Broken

    bad = Recognizer(bot.model, clock=broken)
    results = await asyncio.gather(
        understander.understand(bad, "invoice"), understander.understand(bot, "invoice"), return_exceptions=True
    )
    assert isinstance(results[0], Broken)
    assert not isinstance(results[1], BaseException)


async def test_after_closing_nothing_is_understood(bot: Recognizer) -> None:
    """What waits is refused, and so is what comes later."""
    understander = Understander()
    waiting = asyncio.create_task(understander.understand(bot, "invoice"))
    await understander.close()
    results = await asyncio.gather(waiting, understander.understand(bot, "invoice"), return_exceptions=True)
    assert isinstance(results[1], UnderstandingOverloaded)
