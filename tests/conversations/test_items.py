"""Queue items: one for each chat that waits, with its place, and the offer that goes with it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select

from conversations.errors import IllegalTransition
from conversations.held import Held, hold
from conversations.hints import OfferEnded, RoutingDue
from conversations.items import end_offer, end_offer_row, enter_queue, leave_queue
from conversations.model import SYSTEM, Author, Conversation, Offer
from conversations.store import Tx
from conversations.store.tables import offers, queue_items
from tests.conversations.desk import BOT, START, WORKSPACE, Desk

SAM = Author("agent", "agt_sam", "Sam")
MINUTE = 60_000
STATE = select(queue_items.c.state, queue_items.c.reason, queue_items.c.closed_at).order_by(queue_items.c.created_at)


def enters(tx: Tx, /, conversation_id: str, **more: Any) -> Conversation:
    held = hold(tx, conversation_id)
    enter_queue(held, "escalate", BOT, **{"reason": "asked", **more})
    return held.save()


def leaves(tx: Tx, conversation_id: str, *, taken: bool) -> Conversation:
    held = hold(tx, conversation_id)
    leave_queue(held, SAM, taken=taken, reason="picked" if taken else "resolved", offer_state="withdrawn")
    if taken:
        held.move("take_over", SAM, assignee_id="agt_sam")
    else:
        held.move("resolve", SAM, resolution="agent")
    return held.save()


def releases(tx: Tx, conversation_id: str) -> Conversation:
    held = hold(tx, conversation_id)
    enter_queue(held, "release", SAM, reason="released")
    return held.save()


def offered(tx: Tx, conversation_id: str, offer_id: str = "off_1") -> Offer:
    """The live item is offered to Sam."""
    held: Held = hold(tx, conversation_id)
    row = tx.one(select(queue_items.c.id).where(queue_items.c.state == "live"))
    assert row is not None
    offer = Offer(offer_id, row[0], conversation_id, "agt_sam", "offered", None, tx.now, tx.now + MINUTE, None)
    values = {name: getattr(offer, name) for name in Offer.__dataclass_fields__}
    tx.run(insert(offers).values(**values))
    held.fact("offer_made", SYSTEM, offer_id=offer.id, item_id=offer.item_id, agent_id=offer.agent_id)
    held.save()
    return offer


async def test_who_enters_the_queue_has_a_live_item(desk: Desk) -> None:
    """A chat that comes to wait gets one item, with what routing will ask: team, skills, priority, since when."""
    first = (await desk.receives("a person, please")).conversation
    desk.clock.forward(5_000)
    desk.hints.clear()
    now = await desk.do(enters, first.id, team_id="tem_1", required_skills=("billing",), columns={"tier": 2})
    assert (now.status, now.team_id, now.tier, now.waiting_since) == ("queued", "tem_1", 2, START)
    [row] = await desk.rows(
        select(
            queue_items.c.workspace_id,
            queue_items.c.kind,
            queue_items.c.team_id,
            queue_items.c.tier,
            queue_items.c.required_skills,
            queue_items.c.waiting_since,
            queue_items.c.created_at,
        )
    )
    assert row == (WORKSPACE, "chat", "tem_1", 2, '["billing"]', START, START + 5_000)
    assert RoutingDue(WORKSPACE) in desk.hints
    assert await desk.by_facts(first.id) == await desk.by_rows(first.id)


async def test_a_chat_waits_once(desk: Desk) -> None:
    """A chat that waits already cannot come to wait again."""
    first = (await desk.receives()).conversation
    await desk.do(enters, first.id)
    with pytest.raises(IllegalTransition):
        await desk.do(enters, first.id)
    assert await desk.rows(STATE) == [("live", "asked", None)]


@pytest.mark.parametrize(("taken", "state"), [(True, "taken"), (False, "closed")])
async def test_who_leaves_closes_the_item(desk: Desk, taken: bool, state: str) -> None:
    """Leaving the queue closes its item, as taken by a person or not, and lets routing look again."""
    first = (await desk.receives()).conversation
    await desk.do(enters, first.id)
    desk.clock.forward(MINUTE)
    desk.hints.clear()
    await desk.do(leaves, first.id, taken=taken)
    assert await desk.rows(STATE) == [(state, "asked", START + MINUTE)]
    assert RoutingDue(WORKSPACE) in desk.hints
    assert await desk.by_facts(first.id) == await desk.by_rows(first.id)


async def test_the_place_is_kept_through_an_agents_hands(desk: Desk) -> None:
    """A chat that was taken, not answered, and given back waits from when it began to, under a new item."""
    first = (await desk.receives()).conversation
    await desk.do(enters, first.id)
    desk.clock.forward(MINUTE)
    await desk.do(leaves, first.id, taken=True)
    desk.clock.forward(MINUTE)
    now = await desk.do(releases, first.id)
    assert (now.waiting_since, now.epoch) == (START, 4)
    assert [row[0] for row in await desk.rows(STATE)] == ["taken", "live"]
    assert [row[0] for row in await desk.rows(select(queue_items.c.waiting_since))] == [START, START]


async def test_an_offer_ends_with_its_item(desk: Desk) -> None:
    """Who leaves the queue takes the live offer along: it is withdrawn, its agent is told, and its seat is free."""
    first = (await desk.receives()).conversation
    await desk.do(enters, first.id)
    offer = await desk.do(offered, first.id)
    assert (await desk.by_rows(first.id)).offer_id == offer.id
    desk.hints.clear()
    await desk.do(leaves, first.id, taken=False)
    ended = [hint.offer for hint in desk.hints if isinstance(hint, OfferEnded)]
    assert [(one.id, one.state, one.reason, one.ended_at) for one in ended] == [
        (offer.id, "withdrawn", "resolved", START)
    ]
    assert await desk.by_facts(first.id) == await desk.by_rows(first.id)


async def test_an_offer_ends_once(desk: Desk) -> None:
    """Of two who end an offer the second changes nothing, and is told so."""
    first = (await desk.receives()).conversation
    await desk.do(enters, first.id)
    offer = await desk.do(offered, first.id)

    def ends(tx: Tx, state: str) -> Offer | None:
        held = hold(tx, first.id)
        ended = end_offer(held, offer, SAM, state, "by hand")  # type: ignore[arg-type]
        held.save()
        return ended

    declined = await desk.do(ends, "declined")
    assert declined is not None
    assert declined.state == "declined"
    assert await desk.do(ends, "expired") is None
    assert await desk.do(lambda tx: end_offer_row(tx, offer.id, "expired", "late")) is None
    assert await desk.rows(select(offers.c.state, offers.c.reason)) == [("declined", "by hand")]
    assert [fact.kind for fact in await desk.facts(first.id)].count("offer_ended") == 1


async def test_what_a_fact_of_the_queue_tells(desk: Desk) -> None:
    """The facts of entering and leaving name the item, why, and since when: what reports will need."""
    first = (await desk.receives()).conversation
    await desk.do(enters, first.id, reason="not_understood", team_id="tem_1")
    await desk.do(leaves, first.id, taken=True)
    told = {fact.kind: fact.data for fact in await desk.facts(first.id)}
    assert told["queue_entered"]["reason"] == "not_understood"
    assert (told["queue_entered"]["team"], told["queue_entered"]["waiting_since"]) == ("tem_1", START)
    assert told["queue_left"] == {"item_id": told["queue_entered"]["item_id"], "taken": True, "reason": "picked"}
    assert orjson.loads(orjson.dumps(told)) == told
