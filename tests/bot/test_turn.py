"""One set of messages has one answer, by whoever works on it, and none once a person has taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot import steps
from bot.policy import Answer
from bot.replies import compose
from bot.steps import FAILURES_LIMIT, LEASE_MS, Done, Reading
from bot.turn import RESTARTS, take_turn
from conversations.errors import NotFound
from conversations.held import hold
from conversations.model import Inbox
from conversations.store import Overloaded, Tx
from conversations.store.statement import Row, Runnable
from tests.bot.house import House, Points, Visitor
from tests.bot.shop import INTENTS

ANSWER = INTENTS["order_status"][1] or ""
HELD = ("turn.read", "turn.decided")


async def held_at(house: House, ana: Visitor, point: str) -> tuple[asyncio.Task[Done], asyncio.Event]:
    """A turn that stands at a point, and what lets it go."""
    points = Points()
    barrier = points.stop_at(point)
    turn = asyncio.create_task(take_turn(house.desk(points=points), ana.conversation_id))
    await barrier.is_reached()
    return turn, barrier.go


def by_bot(sees: list[tuple[str, str]]) -> list[str]:
    return [text for who, text in sees if who == "bot"]


@pytest.mark.parametrize("point", HELD)
async def test_nothing_is_said_after_a_person_took_over(any_house: House, point: str) -> None:
    """Not even an answer that was already computed."""
    ana = any_house.visitor()
    for _ in range(10):
        await ana.writes("where is my order")
        turn, go = await held_at(any_house, ana, point)
        await ana.met_by_sam()
        go.set()
        assert (await turn).how == "lost"
        assert by_bot(await ana.sees()) == []
        now = await ana.conversation()
        assert (now.status, now.turn_due_at, now.turn_leased_until) == ("assigned", None, None)
        ana = any_house.visitor()


async def test_an_answer_that_came_first_stands(any_house: House) -> None:
    """The other order: the answer is there, and the person takes over after it."""
    for _ in range(10):
        ana = any_house.visitor()
        await ana.writes("where is my order")
        turn, go = await held_at(any_house, ana, "turn.decided")
        go.set()
        assert (await turn).how == "spoke"
        now = await ana.met_by_sam()
        assert now.status == "assigned"
        assert by_bot(await ana.sees()) == [ANSWER]


async def test_a_take_over_and_an_answer_at_the_same_moment_have_one_order(any_house: House) -> None:
    """Let go together, the store decides: an answer before the take-over, or none."""
    first = {"agent": 0, "bot": 0}
    for number in range(20):
        ana = any_house.visitor()
        await ana.writes("where is my order")
        now = await ana.conversation()
        turn, go = await held_at(any_house, ana, "turn.decided")
        taking = asyncio.create_task(ana.met_by_sam())
        if number % 2:
            await asyncio.sleep(0)
        go.set()
        done, taken = await asyncio.gather(turn, taking, return_exceptions=True)
        assert isinstance(done, Done)
        assert not isinstance(taken, BaseException)
        facts = [fact for fact in await any_house.facts(now.id) if fact.kind in ("status_changed", "message_posted")]
        order = [fact.kind for fact in facts if fact.data.get("author", "bot") == "bot"]
        assert order in (["status_changed"], ["message_posted", "status_changed"])
        first["bot" if done.how == "spoke" else "agent"] += 1
    assert sum(first.values()) == 20


async def test_two_workers_on_one_conversation_give_one_answer(any_house: House) -> None:
    """Whoever claims it second finds nothing due."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    ended = await asyncio.gather(*(any_house.turn(ana.conversation_id) for _ in range(8)))
    assert sorted(done.how for done in ended) == ["not_due"] * 7 + ["spoke"]
    assert by_bot(await ana.sees()) == [ANSWER]


async def test_a_worker_that_slept_past_its_lease_says_nothing(any_house: House) -> None:
    """Another has answered meanwhile: the token of the claim tells them apart."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    sleeper, go = await held_at(any_house, ana, "turn.decided")
    assert (await any_house.turn(ana.conversation_id)).how == "not_due"
    any_house.clock.pass_s(LEASE_MS / 1000 + 0.1)
    assert (await any_house.turn(ana.conversation_id)).how == "spoke"
    go.set()
    assert (await sleeper).how == "lost"
    assert by_bot(await ana.sees()) == [ANSWER]


async def test_a_worker_that_wakes_first_says_nothing_either(any_house: House) -> None:
    """Past its lease it gives up though nobody else came, and the turn is taken anew."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    sleeper, go = await held_at(any_house, ana, "turn.decided")
    any_house.clock.pass_s(LEASE_MS / 1000 + 0.1)
    go.set()
    assert await sleeper == Done("failed", failures=1)
    assert by_bot(await ana.sees()) == []
    assert (await any_house.turn(ana.conversation_id)).how == "spoke"
    assert by_bot(await ana.sees()) == [ANSWER]


async def test_a_worker_that_wakes_while_another_works_leaves_it_alone(any_house: House) -> None:
    """The other has claimed the turn and not spoken yet: it will, undisturbed."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    sleeper, wake = await held_at(any_house, ana, "turn.decided")
    any_house.clock.pass_s(LEASE_MS / 1000 + 0.1)
    worker, go = await held_at(any_house, ana, "turn.decided")
    wake.set()
    assert (await sleeper).how == "lost"
    assert by_bot(await ana.sees()) == []
    assert (await any_house.turn(ana.conversation_id)).how == "not_due"
    go.set()
    assert (await worker).how == "spoke"
    assert by_bot(await ana.sees()) == [ANSWER]


@pytest.mark.parametrize(
    "changed",
    [{"turn_token": 9}, {"epoch": 9}, {"status": "queued"}, {"answered_seq": 1}, {"memory": '{"unhelpful":1}'}],
    ids=str,
)
async def test_each_part_of_the_fence_holds_by_itself(house: House, changed: dict[str, Any]) -> None:
    """Token, epoch, status, what was answered and what is remembered: one that differs is enough."""
    ana = house.visitor()
    await ana.writes("where is my order")
    turn, go = await held_at(house, ana, "turn.decided")

    def change(tx: Tx) -> None:
        held = hold(tx, ana.conversation_id)
        held.change(**changed)
        held.save()

    await house.store.write(change)
    go.set()
    assert (await turn).how == "lost"
    assert by_bot(await ana.sees()) == []


async def test_a_turn_whose_lease_always_runs_out_calls_a_person(house: House) -> None:
    """The third time it is a failure like any other."""
    ana = house.visitor()
    await ana.writes("where is my order")
    for _ in range(FAILURES_LIMIT):
        turn, go = await held_at(house, ana, "turn.decided")
        house.clock.pass_s(LEASE_MS / 1000 + 0.1)
        go.set()
        await turn
    assert (await ana.conversation()).status == "queued"


async def test_what_came_in_meanwhile_is_answered_along(any_house: House) -> None:
    """The visitor wrote on while the bot was thinking: it begins again, and answers both at once."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    turn, go = await held_at(any_house, ana, "turn.decided")
    await ana.writes("and what are your opening hours")
    go.set()
    assert (await turn).how == "spoke"
    said = by_bot(await ana.sees())
    assert len(said) == 1
    assert ANSWER in said[0]
    assert (INTENTS["opening_hours"][1] or "") in said[0]
    now = await ana.conversation()
    assert (now.answered_seq, now.turn_due_at, now.waiting_on) == (2, None, "visitor")


async def test_someone_who_never_stops_writing_is_answered_what_was_read(house: House) -> None:
    """It begins again twice; then it answers, and the rest is due."""
    ana = house.visitor()
    await ana.writes("where is my order")

    class Chatty(Points):
        async def pause(self, point: str) -> None:
            if point == "turn.decided":
                await ana.writes("where is my order")

    done = await take_turn(house.desk(points=Chatty()), ana.conversation_id)
    assert done.how == "spoke"
    now = await ana.conversation()
    assert (now.answered_seq, now.visitor_seq) == (1 + RESTARTS, 2 + RESTARTS)
    assert now.turn_due_at is not None
    assert (now.waiting_on, now.turn_leased_until) == ("us", None)
    assert house.due()[-1] == ana.conversation_id


@pytest.mark.parametrize("point", HELD)
async def test_a_chat_that_left_and_came_back_meanwhile_is_answered_once(any_house: House, point: str) -> None:
    """The status is the same again; the epoch is not."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    turn, go = await held_at(any_house, ana, point)
    await ana.asks_for_a_person()
    await ana.cancels()
    go.set()
    assert (await turn).how == "lost"
    assert (await any_house.turn(ana.conversation_id)).how == "spoke"
    assert by_bot(await ana.sees()) == [ANSWER]


async def test_a_request_for_a_person_meanwhile_makes_the_bot_a_guest(any_house: House) -> None:
    """What it would have said in charge is weighed anew."""
    ana = any_house.visitor()
    await ana.writes("my rental")
    turn, go = await held_at(any_house, ana, "turn.decided")
    await ana.asks_for_a_person()
    go.set()
    assert (await turn).how == "lost"
    assert (await any_house.turn(ana.conversation_id)).how == "stayed"
    assert by_bot(await ana.sees()) == []


async def test_a_rating_that_came_in_between_is_not_forgotten(house: House) -> None:
    """A turn would write over what the rating made the bot remember: it is taken anew."""
    ana = house.visitor()
    await ana.says("where is my order")
    await ana.writes("xyzzy plugh")
    turn, go = await held_at(house, ana, "turn.decided")
    await ana.rates(False)
    go.set()
    assert (await turn).how == "lost"
    assert (await house.turn(ana.conversation_id)).how == "spoke"
    assert '"unhelpful":1' in (await ana.conversation()).memory


async def test_a_failed_turn_is_tried_again(any_house: House, logs: list[MutableMapping[str, Any]]) -> None:
    """A failure is written down and logged with its cause, and the turn stays due."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    any_house.taught.troubles.append(ZeroDivisionError())
    assert await any_house.turn(ana.conversation_id) == Done("failed", failures=1)
    now = await ana.conversation()
    assert (now.turn_failures, now.turn_leased_until, now.status) == (1, None, "bot")
    failed = [fact for fact in await any_house.facts(now.id) if fact.kind == "turn_failed"]
    assert [fact.data["cause"] for fact in failed] == ["ZeroDivisionError"]
    logged = [(one["conversation_id"], one["seq"], one["cause"]) for one in logs if one["event"] == "turn.failed"]
    assert logged == [(now.id, 1, "ZeroDivisionError")]
    assert (await any_house.turn(now.id)).how == "spoke"
    assert (await ana.conversation()).turn_failures == 0


async def test_three_failures_bring_a_person_with_a_kind_line(any_house: House) -> None:
    """A bot that fails hands over; never silence."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    any_house.taught.troubles += [ZeroDivisionError()] * 3
    for _ in range(3):
        await any_house.turn(ana.conversation_id)
    said = by_bot(await ana.sees())
    assert said == ["I cannot answer at the moment, so I am bringing you to a person."]
    assert (await ana.understanding())["reason"] == "bot_failed"
    now = await ana.conversation()
    assert (now.status, now.turn_due_at, now.answered_seq) == ("queued", None, 1)


async def test_a_guest_that_fails_stays_silent(house: House) -> None:
    """In line, a person is coming anyway."""
    ana = house.visitor()
    await ana.says("I want a human")
    await ana.writes("where is my order")
    house.taught.troubles += [ZeroDivisionError()] * 3
    for _ in range(3):
        await house.turn(ana.conversation_id)
    now = await ana.conversation()
    assert (now.status, now.epoch, now.turn_due_at) == ("queued", 2, None)
    assert len(by_bot(await ana.sees())) == 1


async def test_a_bot_that_thinks_too_long_has_failed(house: House) -> None:
    """Understanding has a time limit."""
    ana = house.visitor()
    await ana.writes("where is my order")
    house.taught.slow_s = 30
    done = await take_turn(replace(house.desk(), understanding_s=0.01), ana.conversation_id)
    assert done == Done("failed", failures=1)


@pytest.mark.parametrize("point", ["turn.locked", "turn.posted"])
async def test_what_breaks_in_the_transaction_leaves_nothing_behind(any_house: House, point: str) -> None:
    """Half an answer is none: the failure is counted, and the next try says it once."""
    ana = any_house.visitor()
    await ana.writes("where is my order")
    any_house.points.faults[point] = [RuntimeError("it broke here")]
    assert (await any_house.turn(ana.conversation_id)).how == "failed"
    assert by_bot(await ana.sees()) == []
    assert (await any_house.turn(ana.conversation_id)).how == "spoke"
    assert by_bot(await ana.sees()) == [ANSWER]


async def test_a_database_that_cannot_take_it_leaves_the_turn_due(house: House) -> None:
    """Where not even the failure can be written, the lease runs out and a sweep begins anew."""
    ana = house.visitor()
    await ana.writes("where is my order")
    house.points.faults["turn.locked"] = [Overloaded("full")]
    with pytest.raises(Overloaded):
        await house.turn(ana.conversation_id)
    house.clock.pass_s(LEASE_MS / 1000 + 0.1)
    assert (await house.turn(ana.conversation_id)).how == "spoke"


async def test_a_turn_in_an_inbox_that_is_gone_is_let_go(house: House) -> None:
    """Nothing comes in there any more, and nothing goes out."""
    ana = house.visitor()
    await ana.writes("where is my order")

    def gone(inbox_id: str) -> Inbox:
        raise NotFound("There is no such inbox.")

    assert (await take_turn(replace(house.desk(), inbox_of=gone), ana.conversation_id)).how == "stayed"
    assert (await ana.conversation()).turn_due_at is None


class Counted:
    """A transaction that counts its statements."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.engine, self.now = tx.engine, tx.now
        self.new_id, self.hint, self.reach = tx.new_id, tx.hint, tx.reach
        self.n = 0

    def all(self, statement: Runnable, params: Mapping[str, Any] = {}) -> list[Row]:
        self.n += 1
        return self._tx.all(statement, params)

    def one(self, statement: Runnable, params: Mapping[str, Any] = {}) -> Row | None:
        self.n += 1
        return self._tx.one(statement, params)

    def run(self, statement: Runnable, params: Mapping[str, Any] = {}) -> int:
        self.n += 1
        return self._tx.run(statement, params)

    def many(self, statement: Runnable, rows: Sequence[Mapping[str, Any]]) -> None:
        self.n += bool(rows)
        self._tx.many(statement, rows)


async def test_a_turn_needs_few_statements(any_house: House) -> None:
    """Two to claim and read it, four to answer it: each is a round trip on PostgreSQL."""
    ana = any_house.visitor()
    await ana.writes("where is my order")

    def claim(tx: Tx) -> tuple[Reading | None, int]:
        counted = Counted(tx)
        return steps.claim(counted, ana.conversation_id), counted.n

    read, n = await any_house.store.write(claim)
    assert read is not None
    assert n <= 2
    topics = await any_house.topics.of("bot_1")
    topic = next(iter(topics.values()))
    decision = Answer((topic,), "intent", None, steps.memory_of(read))
    reply = compose(decision, "en")

    def speak(tx: Tx) -> tuple[Done | Reading, int]:
        counted = Counted(tx)
        return steps.speak(counted, read, any_house.inbox, decision, reply, True), counted.n

    done, n = await any_house.store.write(speak)
    assert isinstance(done, Done)
    assert done.how == "spoke"
    assert n <= 4
