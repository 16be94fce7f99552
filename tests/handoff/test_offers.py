"""Offers: made to whoever is free, with a clock, passed on when nobody answers."""

from __future__ import annotations

import pytest

from conversations.errors import Capacity, Conflict, NotFound
from conversations.hints import OfferEnded, OfferMade, RoutingDue
from conversations.visitor import cancel_person, end
from handoff import offers
from handoff.desk import claiming, closing, passing
from handoff.desk.labelling import update
from tests.handoff.desk import MINUTE, SECOND, WORKSPACE, Desk


async def test_a_visitor_who_asks_for_a_person_meets_one(desk: Desk) -> None:
    """A request for a person reaches a free agent as an offer; accepted, the visitor is told who came."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting("My lamp flickers.")
    [offer] = await desk.routes()
    assert offer.agent_id == sam.id
    assert offer.expires_at == desk.clock.now + offers.CLOCK_MS
    assert [hint.offer.id for hint in desk.hinted(OfferMade)] == [offer.id]
    conversation = await sam.accepts(offer)
    assert (conversation.status, conversation.assignee_id) == ("assigned", sam.id)
    assert conversation.epoch == 3
    assert (await ana.sees())[-1] == ("system", "Sam has joined and has read your conversation.")
    await sam.replies(ana, "Hi Ana")
    assert (await ana.sees())[-1] == ("agent", "Hi Ana")
    [(_, why)] = await desk.facts("offer_made")
    assert (why["reason"], why["used"], why["seats"], why["among"]) == ("least_load", 0, 2, 1)
    await desk.check()


async def test_the_longest_waiting_is_offered_first(desk: Desk) -> None:
    """With one seat free and three in line, the offer is for whoever waits longest; priority comes before that."""
    first = await desk.waiting()
    desk.clock.forward(SECOND)
    await desk.waiting()
    desk.clock.forward(SECOND)
    urgent = await desk.waiting()
    sam = await desk.agent("Sam", seats=1)
    await desk.do(update, sam.id, urgent.conversation_id, priority=1)
    [offer] = await desk.routes()
    assert offer.conversation_id == urgent.conversation_id
    await sam.accepts(offer)
    await sam.resolves(urgent)
    [offer] = await desk.routes()
    assert offer.conversation_id == first.conversation_id


async def test_the_emptiest_desk_is_asked_first(desk: Desk) -> None:
    """Load is the share of seats in use: one of four is emptier than one of two."""
    wide = await desk.agent("Wide", seats=4)
    narrow = await desk.agent("Narrow", seats=2)
    for agent in (wide, narrow):
        guest = await desk.waiting()
        await agent.picks(guest)
    await desk.waiting()
    [offer] = await desk.routes()
    assert offer.agent_id == wide.id


async def test_an_offer_keeps_its_seat_free(desk: Desk) -> None:
    """An agent with one seat and one offer is offered nothing more, and can pick nothing else."""
    sam = await desk.agent("Sam", seats=1)
    await desk.waiting()
    desk.clock.forward(1)
    other = await desk.waiting()
    assert len(await desk.routes()) == 1
    assert await sam.used() == 1
    with pytest.raises(Capacity):
        await sam.picks(other)
    await sam.accepts()
    await desk.check()


async def test_a_declined_offer_passes_on(desk: Desk) -> None:
    """Who declines is not asked again while somebody else is free, however busy; the same decline again is well."""
    kim = await desk.agent("Kim")
    await kim.picks(await desk.waiting())
    sam = await desk.agent("Sam")
    await desk.waiting()
    [offer] = await desk.routes()
    assert offer.agent_id == sam.id
    ended = await desk.do(claiming.decline, sam.id, offer.id)
    assert ended.state == "declined"
    assert (await desk.do(claiming.decline, sam.id, offer.id)).state == "declined"
    desk.clock.forward(MINUTE)
    [passed] = await desk.routes()
    assert passed.agent_id == kim.id
    with pytest.raises(NotFound):
        await desk.do(claiming.decline, sam.id, passed.id)
    await kim.accepts(passed)
    with pytest.raises(Conflict):
        await desk.do(claiming.decline, kim.id, passed.id)
    await desk.check()


async def test_an_offer_that_nobody_answers_passes_on(desk: Desk) -> None:
    """When its clock has run out an offer goes to the next agent, however busy, and its seat is free again."""
    kim = await desk.agent("Kim")
    await kim.picks(await desk.waiting())
    sam = await desk.agent("Sam")
    await desk.waiting()
    [offer] = await desk.routes()
    assert offer.agent_id == sam.id
    await desk.passes(offers.CLOCK_MS - 1)
    assert (await sam.offers())[0].id == offer.id
    await desk.passes(1)
    assert await sam.offers() == []
    assert await sam.used() == 0
    [passed] = await kim.offers()
    assert passed.conversation_id == offer.conversation_id
    assert desk.hinted(OfferEnded)[-1].offer.reason == "no_answer"


async def test_an_expired_offer_cannot_be_accepted(desk: Desk) -> None:
    """Who answers an ended offer is told so by its field; a pick from the queue still works at the same epoch."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    [offer] = await desk.routes()
    desk.clock.forward(offers.CLOCK_MS)
    await desk.do(offers.expire_due)
    with pytest.raises(Conflict) as refused:
        await sam.accepts(offer)
    assert refused.value.field == "offer_id"
    assert (await sam.picks(ana)).assignee_id == sam.id


async def test_a_clock_alone_ends_no_offer(desk: Desk) -> None:
    """Past its time but not yet ended by anybody, an offer still holds its seat and can be accepted."""
    sam = await desk.agent("Sam", seats=1)
    await desk.waiting()
    [offer] = await desk.routes()
    desk.clock.forward(offers.CLOCK_MS + SECOND)
    assert await sam.used() == 1
    assert (await sam.accepts(offer)).assignee_id == sam.id


async def test_the_only_agent_is_asked_again_but_not_at_once(desk: Desk) -> None:
    """With nobody else free, a declined chat comes back after some seconds, within ten."""
    sam = await desk.agent("Sam")
    await desk.waiting()
    [offer] = await desk.routes()
    await desk.do(claiming.decline, sam.id, offer.id)
    assert await desk.routes() == []
    desk.clock.forward(6 * SECOND)
    [again] = await desk.routes()
    assert (again.agent_id, again.reason) == (sam.id, "again")


async def test_two_missed_offers_set_an_agent_away(desk: Desk) -> None:
    """Who lets two offers in a row run out is away until they say otherwise; the chat waits for somebody else."""
    sam = await desk.agent("Sam")
    await desk.waiting()
    await desk.routes()
    await desk.passes(offers.CLOCK_MS)
    assert (await sam.now()).status == "online"
    await desk.passes(6 * SECOND)
    assert len(await sam.offers()) == 1
    await desk.passes(offers.CLOCK_MS)
    assert (await sam.now()).status == "away"
    await desk.passes(MINUTE)
    assert await sam.offers() == []
    [(actor, data)] = [one for one in await desk.facts("agent_status_changed") if one[1]["to_status"] == "away"]
    assert (actor, data["reason"]) == ("system", "missed_offers")
    await sam.is_now("online")
    assert len(await desk.routes()) == 1


async def test_answering_an_offer_forgives_a_missed_one(desk: Desk) -> None:
    """Missed offers count only in a row: a decline between them shows that somebody is there."""
    sam = await desk.agent("Sam")
    await desk.waiting()
    for _ in range(3):
        await desk.passes(6 * SECOND)
        await desk.passes(offers.CLOCK_MS)
        await desk.passes(6 * SECOND)
        [offer] = await sam.offers()
        await desk.do(claiming.decline, sam.id, offer.id)
    assert (await sam.now()).status == "online"


async def test_who_was_set_away_keeps_no_offer(desk: Desk) -> None:
    """Offers that are still open when their agent is set away pass on at the next look, before their own clock."""
    sam = await desk.agent("Sam", seats=3)
    for _ in range(2):
        await desk.waiting()
    await desk.routes()
    await desk.passes(10 * SECOND)
    ana = await desk.waiting()
    await desk.routes()
    await desk.passes(20 * SECOND)
    assert (await sam.now()).status == "away"
    await desk.sweeps()
    assert await sam.offers() == []
    [*_, (_, ended)] = await desk.facts("offer_ended", ana.conversation_id)
    assert (ended["state"], ended["reason"]) == ("withdrawn", "agent_not_online")


async def test_accepting_an_offer_forgives_a_missed_one(desk: Desk) -> None:
    """Who misses one, accepts the next and misses another is still online."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await desk.routes()
    await desk.passes(offers.CLOCK_MS)
    await desk.passes(6 * SECOND)
    await sam.accepts()
    await sam.resolves(ana)
    await desk.waiting()
    await desk.routes()
    await desk.passes(offers.CLOCK_MS)
    assert (await sam.now()).status == "online"


async def test_a_promise_reaches_beyond_teams(desk: Desk) -> None:
    """A chat that an agent outside its team had comes back to them, though its team's line is not theirs."""
    billing = await desk.team("Billing")
    kim = await desk.agent("Kim", teams=(billing,))
    sam = await desk.agent("Sam")
    ana = await desk.waiting(team_id=billing)
    await kim.picks(ana)
    await kim.transfers(ana, to_agent_id=sam.id)
    await kim.is_now("away")
    await sam.does(closing.snooze, ana)
    await ana.says("one more thing")
    [offer] = await desk.routes()
    assert (offer.agent_id, offer.reason) == (sam.id, "preferred")
    assert (await sam.accepts(offer)).assignee_id == sam.id


async def test_what_was_asked_for_is_asked_for_again(desk: Desk) -> None:
    """A released chat still needs the skills it needed before; given to a team, it needs that team instead."""
    expert = await desk.agent("Kim", skills=("french",))
    await desk.agent("Sam")
    ana = await desk.waiting(skills=("french",))
    await expert.picks(ana)
    await expert.does(passing.release, ana)
    await desk.passes(6 * SECOND)
    assert [offer.agent_id for offer in await expert.offers()] == [expert.id]


async def test_who_goes_away_gives_their_offers_back(desk: Desk) -> None:
    """Away means no new offers: those open are withdrawn and pass on at once, while chats stay."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim", seats=1)
    kept = await desk.waiting()
    await sam.picks(kept)
    await kim.picks(await desk.waiting())
    await desk.waiting()
    [offer] = await desk.routes()
    assert offer.agent_id == sam.id
    await sam.is_now("away")
    assert await sam.offers() == []
    assert await desk.routes() == []
    assert (await kept.stands()).assignee_id == sam.id
    await desk.check()


async def test_a_picked_chat_takes_the_offer_from_whoever_had_it(desk: Desk) -> None:
    """A colleague may pick a chat that is offered to somebody else; the offer is withdrawn and its seat free."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    [offer] = await desk.routes()
    kim = await desk.agent("Kim")
    await kim.picks(ana)
    assert await sam.offers() == []
    assert desk.hinted(OfferEnded)[-1].offer.state == "withdrawn"
    with pytest.raises(Conflict) as refused:
        await desk.do(claiming.accept, sam.id, ana.conversation_id, 2, offer.id)
    assert refused.value.field == "epoch"
    await desk.check()


async def test_a_chat_of_a_team_waits_for_that_team(desk: Desk) -> None:
    """Team, tier and skills are asked for; who lacks one of them is not offered the chat, however free."""
    billing = await desk.team("Billing")
    await desk.agent("Sam", seats=9)
    expert = await desk.agent("Kim", teams=(billing,), skills=("invoices",), tier=2)
    of_team = await desk.waiting(team_id=billing)
    skilled = await desk.waiting(skills=("Invoices",))
    assert {offer.conversation_id for offer in await desk.routes() if offer.agent_id == expert.id} == {
        of_team.conversation_id,
        skilled.conversation_id,
    }
    hard = await desk.waiting(tier=2)
    assert await desk.routes() == []
    for offer in await expert.offers():
        await desk.do(claiming.decline, expert.id, offer.id)
    made = await desk.routes()
    assert [(one.agent_id, one.conversation_id) for one in made] == [(expert.id, hard.conversation_id)]


async def test_what_nobody_can_take_keeps_nobody_else_waiting(desk: Desk) -> None:
    """A hundred chats at the head of the line that no one is able to take do not hide one behind them."""
    nobodys = await desk.team("Nobody's")
    for _ in range(60):
        await desk.waiting(team_id=nobodys)
    desk.clock.forward(MINUTE)
    ana = await desk.waiting()
    await desk.agent("Sam")
    [offer] = await desk.routes()
    assert offer.conversation_id == ana.conversation_id


async def test_an_offer_ends_with_the_wish_for_it(desk: Desk) -> None:
    """A visitor who takes the request back, or ends the chat, ends its offer; the agent's seat is free."""
    sam = await desk.agent("Sam")
    for take_back in (cancel_person, end):
        ana = await desk.waiting()
        await desk.routes()
        await desk.do(take_back, ana.identity_id, ana.conversation_id)
        assert await sam.offers() == []
        assert await sam.used() == 0
    await desk.check()


async def test_offers_are_made_in_batches_that_end(desk: Desk) -> None:
    """A call makes at most its limit, and says that there is more."""
    await desk.agent("Sam", seats=10)
    for _ in range(6):
        await desk.waiting()
    desk.seen.clear()
    assert len(await desk.do(offers.offer_next, WORKSPACE, limit=4)) == 4
    assert desk.hinted(RoutingDue)
    assert len(await desk.do(offers.offer_next, WORKSPACE, limit=4)) == 2
    await desk.check()
