"""Was this helpful? What a visitor's yes and no lead to."""

from __future__ import annotations

import orjson
import pytest

from bot.feedback import rate
from conversations.errors import Invalid, NotFound, TooLarge
from conversations.model import Message
from tests.bot.house import House, Visitor

IN_LINE = "You are in line for a person. What you wrote stays here; you need not repeat it."
OFFER = "Tell the bot more about it, or ask for a person."


async def answered(house: House, *questions: str) -> Visitor:
    ana = house.visitor()
    for question in questions or ("where is my order",):
        await ana.says(question)
    return ana


async def last_answer(ana: Visitor) -> Message:
    return next(message for message in reversed(await ana.messages()) if message.author_kind == "bot")


async def test_a_rating_is_kept_with_the_answer(any_house: House) -> None:
    """The answer carries it, both sides learn of it, and a fact tells it."""
    ana = await answered(any_house)
    before = await ana.conversation()
    after = await ana.rates(True, "  clear and short ")
    message = await last_answer(ana)
    kept = orjson.loads(message.rating or "")
    assert (kept["helpful"], kept["comment"]) == (True, "clear and short")
    assert (after.visitor_rev, after.agent_rev) == (before.visitor_rev + 1, before.agent_rev + 1)
    assert (message.visitor_rev, message.agent_rev) == (after.visitor_rev, after.agent_rev)
    rated = [fact for fact in await any_house.facts(after.id) if fact.kind == "message_rated"]
    assert [(fact.actor, fact.data["helpful"], fact.data["before"]) for fact in rated] == [
        (f"visitor:{ana.identity_id}", True, None)
    ]


async def test_the_same_rating_again_changes_nothing(house: House) -> None:
    """A repeat is well, and nobody is told twice."""
    ana = await answered(house)
    first = await ana.rates(False)
    assert await ana.rates(False) == first


async def test_a_rating_can_be_changed_and_the_last_one_counts(house: House) -> None:
    """A no taken back no longer counts towards a person."""
    ana = await answered(house, "where is my order")
    await ana.rates(False)
    await ana.rates(True)
    await ana.says("what are your opening hours")
    assert (await ana.rates(False)).status == "bot"
    assert '"unhelpful":1' in (await ana.conversation()).memory


async def test_a_comment_can_follow_a_rating(house: House) -> None:
    """It is added, and the rating is not counted again."""
    ana = await answered(house)
    await ana.rates(False)
    await ana.rates(False, "it says nothing about parcels abroad")
    assert orjson.loads((await last_answer(ana)).rating or "")["comment"] == "it says nothing about parcels abroad"
    assert (await ana.conversation()).status == "bot"


async def test_the_first_unhelpful_answer_is_met_with_an_offer(any_house: House) -> None:
    """Other words, or a person: said once, by the house, without another turn."""
    ana = await answered(any_house)
    now = await ana.rates(False)
    assert (await ana.sees())[-1] == ("system", OFFER)
    assert (now.status, now.waiting_on, now.turn_due_at) == ("bot", "visitor", None)


async def test_a_yes_to_the_offer_brings_a_person(house: House) -> None:
    """Whoever agrees is brought to one."""
    ana = await answered(house)
    await ana.rates(False)
    await ana.says("yes please")
    assert (await ana.conversation()).status == "queued"


async def test_two_unhelpful_answers_bring_a_person(any_house: House) -> None:
    """With the reason, in the same change as the rating."""
    ana = await answered(any_house)
    await ana.rates(False)
    await ana.says("what are your opening hours")
    now = await ana.rates(False)
    assert (now.status, now.waiting_on, now.epoch) == ("queued", "us", 2)
    assert (await ana.sees())[-1] == ("system", IN_LINE)
    entered = [fact for fact in await any_house.facts(now.id) if fact.kind == "queue_entered"]
    assert [fact.data["reason"] for fact in entered] == ["unhelpful"]


async def test_an_unhelpful_answer_while_a_person_is_awaited_is_only_noted(house: House) -> None:
    """Nobody is put in line twice."""
    ana = await answered(house)
    await ana.says("I want to talk to a human")
    await ana.says("what are your opening hours")
    before = await ana.sees()
    now = await ana.rates(False)
    assert (now.status, now.epoch) == ("queued", 2)
    assert await ana.sees() == before


async def test_only_the_bots_answers_can_be_rated_and_only_by_their_visitor(house: House) -> None:
    """Others' messages are not there; one's own and the house's are no answers."""
    ana, bo = await answered(house), await answered(house)
    message = await last_answer(ana)
    question = (await ana.messages())[0]
    write = house.store.write
    with pytest.raises(NotFound) as refused:
        await write(rate, house.inbox, bo.identity_id, message.id, True)
    assert refused.value.field == "message_id"
    with pytest.raises(NotFound):
        await write(rate, house.inbox, ana.identity_id, "msg_none", True)
    with pytest.raises(Invalid):
        await write(rate, house.inbox, ana.identity_id, question.id, True)
    assert (await last_answer(ana)).rating is None


async def test_a_comment_has_a_limit_and_is_made_storable(house: House) -> None:
    """NUL and lone surrogates are replaced, an essay is refused."""
    ana = await answered(house)
    with pytest.raises(TooLarge):
        await ana.rates(True, "x" * 2_001)
    await ana.rates(True, "nul \x00 and \ud800")
    assert orjson.loads((await last_answer(ana)).rating or "")["comment"] == "nul \ufffd and \ufffd"
