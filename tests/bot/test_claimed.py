"""A turn that was claimed with its message: one transaction less, and nothing else is different."""

from __future__ import annotations

from bot import steps
from bot.runner import SWEEP_AFTER_MS
from bot.steps import LEASE_MS, STALE_MS
from bot.turn import take_turn
from conversations.model import Choice
from tests.bot.house import House, Points, Visitor
from tests.bot.shop import INTENTS
from tests.bot.test_runner import answers_to, runs

ANSWER = INTENTS["order_status"][1] or ""


async def taken(house: House, ana: Visitor, points: Points | None = None) -> str:
    """The turn, with what its hint carries."""
    claimed = house.claimed()
    reading = steps.claimed(*claimed) if claimed is not None else None
    return (await take_turn(house.desk(points=points), ana.conversation_id, reading)).how


async def test_a_claimed_turn_is_answered_without_being_claimed_again(any_house: House) -> None:
    """The lease is there when the message is; nobody else finds it due."""
    ana = any_house.visitor()
    for number in (1, 2):
        await ana.writes("where is my order", claim=True)
        now = await ana.conversation()
        assert (now.turn_token, now.turn_leased_until is None) == (number, False)
        assert (await any_house.turn(ana.conversation_id)).how == "not_due"
        assert await taken(any_house, ana) == "spoke"
    now = await ana.conversation()
    assert (now.turn_token, now.turn_due_at, now.turn_leased_until, now.answered_seq) == (2, None, None, 3)
    assert await answers_to(ana) == [ANSWER, ANSWER]


async def test_a_message_beside_unanswered_ones_is_not_claimed_with_them_unread(house: House) -> None:
    """What a turn reads is all that was not answered: only a lone message is all of it."""
    ana = house.visitor()
    await ana.writes("I want to talk to a human")
    await house.turn(ana.conversation_id)
    await ana.writes("my rental", claim=True)
    assert await taken(house, ana) == "stayed"
    await ana.writes("where is my order", claim=True)
    assert house.claimed() is None
    assert await taken(house, ana) == "spoke"


async def test_what_follows_a_claimed_message_is_answered_with_it(any_house: House) -> None:
    """The second message finds the turn claimed, and the first's turn reads again."""
    ana = any_house.visitor()
    await ana.writes("where is my order", claim=True)
    first = any_house.claimed()
    assert first is not None
    await ana.writes("and what are your opening hours", claim=True)
    assert any_house.claimed() is None
    done = await take_turn(any_house.desk(), ana.conversation_id, steps.claimed(*first))
    assert done.how == "spoke"
    said = await answers_to(ana)
    assert len(said) == 1
    assert ANSWER in said[0]
    assert (INTENTS["opening_hours"][1] or "") in said[0]


async def test_choices_are_looked_up_for_a_claimed_turn(house: House) -> None:
    """A picked choice, and one that is named in words."""
    ana = house.visitor()
    await ana.says("my rental")
    asked = (await ana.messages())[-1]
    titles = await ana.choices()
    await ana.writes("", choice=Choice(asked.id, "1"), claim=True)
    assert await taken(house, ana) == "spoke"
    answers = dict(INTENTS.values())
    assert (await answers_to(ana))[-1] == answers[titles[0]]
    await ana.says("my rental")
    titles = await ana.choices()
    await ana.writes(titles[1], claim=True)
    assert await taken(house, ana) == "spoke"
    assert (await answers_to(ana))[-1] == answers[titles[1]]


async def test_nothing_is_said_after_a_person_took_over_from_a_claimed_turn(any_house: House) -> None:
    """The fence is the same."""
    ana = any_house.visitor()
    await ana.writes("where is my order", claim=True)
    await ana.met_by_sam()
    assert await taken(any_house, ana) == "lost"
    assert await answers_to(ana) == []


async def test_a_claim_whose_hint_was_lost_runs_out(any_house: House) -> None:
    """Within the ten seconds that a visitor is promised, a sweep finds it."""
    ana = any_house.visitor()
    await ana.writes("where is my order", claim=True)
    async with runs(any_house) as running:
        any_house.clock.pass_s((LEASE_MS + SWEEP_AFTER_MS) / 1000 + 0.1)
        assert await running.runner.sweep() == 1
        await running.idle()
    assert await answers_to(ana) == [ANSWER]
    assert LEASE_MS + SWEEP_AFTER_MS < 8_000


async def test_a_claim_that_waited_long_for_its_worker_is_not_begun_on(house: House) -> None:
    """It could run out before the answer: it is claimed anew when its lease is over."""
    ana = house.visitor()
    await ana.writes("where is my order", claim=True)
    house.clock.pass_s(STALE_MS / 1000 + 0.1)
    assert await taken(house, ana) == "not_due"
    house.clock.pass_s(LEASE_MS / 1000)
    assert await taken(house, ana) == "spoke"
    assert await answers_to(ana) == [ANSWER]


async def test_the_runner_takes_claimed_turns_as_they_come(any_house: House) -> None:
    """Message by message, and none is claimed a second time."""
    async with runs(any_house) as running:
        for ana in [any_house.visitor() for _ in range(4)]:
            for number in (1, 2, 3):
                await ana.writes("where is my order", claim=True)
                running.runner.due(ana.conversation_id, any_house.claimed())
                await running.idle()
                assert await answers_to(ana) == [ANSWER] * number
            assert (await ana.conversation()).turn_token == 3


async def test_a_claimed_hint_during_a_turn_is_taken_after_it(house: House) -> None:
    """The turn before has spoken and is not yet put away when the next message is there."""
    points = Points()
    async with runs(house, desk=house.desk(points=points)) as running:
        ana = house.visitor()
        await ana.writes("where is my order")
        barrier = points.stop_at("turn.read")
        running.runner.due(ana.conversation_id)
        await barrier.is_reached()
        await ana.met_by_sam()
        await ana.handed_back()
        await house.turn(ana.conversation_id)
        await ana.writes("what are your opening hours", claim=True)
        running.runner.due(ana.conversation_id, house.claimed())
        barrier.go.set()
        await running.idle()
    assert await answers_to(ana) == [ANSWER, INTENTS["opening_hours"][1]]
