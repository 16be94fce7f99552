"""Getting a conversation: who wins, who may, and what the visitor is told."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from conversations.errors import Capacity, Conflict, Forbidden, IllegalTransition, NotFound, Unauthorized
from conversations.hints import TurnDue
from conversations.store import Tx
from conversations.store.tables import workspaces
from handoff import agents
from handoff.desk import claiming, passing, talking
from tests.handoff.desk import WORKSPACE, Desk


async def test_of_two_who_accept_one_wins(desk: Desk) -> None:
    """The second to accept the same chat hears `conflict` at the epoch, and which conversation to look at."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    ana = await desk.waiting()
    epoch = (await ana.stands()).epoch
    await desk.do(claiming.accept, sam.id, ana.conversation_id, epoch)
    with pytest.raises(Conflict) as refused:
        await desk.do(claiming.accept, kim.id, ana.conversation_id, epoch)
    assert (refused.value.field, refused.value.conversation_id) == ("epoch", ana.conversation_id)
    assert (await ana.stands()).assignee_id == sam.id


async def test_accepting_again_is_well(desk: Desk) -> None:
    """A repeat of an accept by the same agent answers with the same conversation and changes nothing."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    [offer] = await desk.routes()
    first = await sam.accepts(offer)
    again = await desk.do(claiming.accept, sam.id, ana.conversation_id, first.epoch - 1, offer.id)
    assert again == first
    assert len(await desk.facts("status_changed", ana.conversation_id)) == 2


async def test_what_does_not_wait_cannot_be_accepted(desk: Desk) -> None:
    """A conversation with the bot is taken over, not accepted."""
    sam = await desk.agent("Sam")
    ana = await desk.visitor()
    await ana.says("hello")
    with pytest.raises(IllegalTransition):
        await sam.picks(ana)


async def test_taking_over_from_the_bot_silences_it(desk: Desk) -> None:
    """After a take-over no turn of the bot is due, and an epoch read before it is old."""
    sam = await desk.agent("Sam")
    ana = await desk.visitor()
    receipt = await ana.says("hello")
    assert receipt.conversation.turn_due_at is not None
    taken = await sam.does(claiming.take_over, ana)
    assert (taken.status, taken.turn_due_at, taken.epoch) == ("assigned", None, 2)
    assert (await ana.sees())[-1] == ("system", "Sam has joined and has read your conversation.")
    assert await sam.does(claiming.take_over, ana) == taken
    with pytest.raises(Conflict):
        await desk.do(claiming.take_over, (await desk.agent("Kim")).id, ana.conversation_id, 1)


async def test_taking_a_chat_from_a_colleague_takes_the_right(desk: Desk) -> None:
    """An agent may not take another's chat; a supervisor may, and both agents' seats are right after it."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    boss = await desk.agent("Boss", role="supervisor")
    ana = await desk.waiting()
    await sam.picks(ana)
    with pytest.raises(Forbidden):
        await kim.does(claiming.take_over, ana)
    taken = await boss.does(claiming.take_over, ana)
    assert taken.assignee_id == boss.id
    assert (await sam.used(), await boss.used()) == (0, 1)
    events = [one.text for one in await desk.messages(ana.conversation_id) if one.private]
    assert events == ["Boss took this conversation over from Sam."]
    with pytest.raises(Conflict):
        await desk.do(talking.reply, sam.id, ana.conversation_id, taken.epoch - 1, "c", "still me")
    with pytest.raises(Forbidden):
        await sam.replies(ana, "still me")
    await desk.check()


async def test_no_claim_goes_over_the_seats(desk: Desk) -> None:
    """Accept, take over, assign and transfer all stop at the last seat, a supervisor's own too."""
    boss = await desk.agent("Boss", role="supervisor", seats=1)
    sam = await desk.agent("Sam", seats=1)
    await boss.picks(await desk.waiting())
    mine = await desk.waiting()
    await sam.picks(mine)
    ana = await desk.waiting()
    for refused in (
        boss.picks(ana),
        boss.does(claiming.take_over, ana),
        boss.does(claiming.take_over, mine),
        boss.does(claiming.assign, ana, sam.id),
        sam.transfers(mine, to_agent_id=boss.id),
    ):
        with pytest.raises(Capacity):
            await refused
    assert (await ana.stands()).status == "queued"
    await desk.check()


async def test_an_idle_chat_gives_its_seat_to_who_waits(desk: Desk) -> None:
    """A chat that was answered, and silent for ten minutes, holds no seat; its visitor still comes back to the same."""
    sam = await desk.agent("Sam", seats=1)
    ana = await desk.waiting()
    await sam.picks(ana)
    await desk.waiting()
    await desk.passes(20 * 60_000)
    assert await sam.offers() == [], "a visitor who waits for an answer is not idle"
    await sam.replies(ana, "Try another bulb.")
    await desk.passes(9 * 60_000)
    assert await sam.offers() == []
    await desk.passes(2 * 60_000)
    assert len(await sam.offers()) == 1
    back = await ana.says("I am back")
    assert back.conversation.assignee_id == sam.id


async def test_a_supervisor_assigns_to_who_is_there(desk: Desk) -> None:
    """Assigning takes the right, and an agent who is online and connected; the visitor is told who came."""
    boss = await desk.agent("Boss", role="supervisor")
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    with pytest.raises(Forbidden):
        await sam.does(claiming.assign, ana, sam.id)
    given = await boss.does(claiming.assign, ana, sam.id)
    assert given.assignee_id == sam.id
    assert await boss.does(claiming.assign, ana, sam.id) == given
    assert (await ana.sees())[-1] == ("system", "Sam has joined and has read your conversation.")
    with pytest.raises(NotFound):
        await boss.does(claiming.assign, ana, "agt_nobody")
    away = await desk.agent("Kim", there=False)
    with pytest.raises(Capacity) as refused:
        await boss.does(claiming.assign, ana, away.id)
    assert refused.value.field == "agent_id"


async def test_another_teams_chat_does_not_exist(desk: Desk) -> None:
    """An agent of another team can neither see nor touch a team's chat; a supervisor can, and so can its holder."""
    billing = await desk.team("Billing")
    kim = await desk.agent("Kim", teams=(billing,))
    sam = await desk.agent("Sam")
    boss = await desk.agent("Boss", role="supervisor")
    ana = await desk.waiting(team_id=billing)
    touched = (
        sam.picks(ana),
        sam.does(claiming.take_over, ana),
        sam.does(passing.release, ana),
        desk.do(talking.note, sam.id, ana.conversation_id, "n1", "psst"),
        desk.do(talking.read, sam.id, ana.conversation_id, 0),
    )
    for attempt in touched:
        with pytest.raises(NotFound):
            await attempt
    await kim.picks(ana)
    await kim.transfers(ana, to_agent_id=sam.id)
    assert (await sam.replies(ana, "I can help too")).message.text == "I can help too"
    await boss.does(claiming.take_over, ana)
    with pytest.raises(NotFound):
        await desk.do(talking.note, sam.id, ana.conversation_id, "n2", "psst")


async def test_another_workspaces_chat_does_not_exist(desk: Desk) -> None:
    """No role reaches across workspaces."""
    ana = await desk.waiting()
    await desk.do(other_workspace)
    foreign = await desk.do(
        agents.add, "wsp_other", agents.NewAgent("admin@other.example", "Foreign", "", role="admin", seats=9)
    )
    for command in (claiming.accept, claiming.take_over, passing.hand_back):
        with pytest.raises(NotFound):
            await desk.do(command, foreign.id, ana.conversation_id, 2)


async def test_an_archived_agent_does_nothing(desk: Desk) -> None:
    """Whoever is archived is unknown to every command from then on, and their offers are withdrawn."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await desk.routes()
    await desk.do(agents.archive, WORKSPACE, sam.id)
    with pytest.raises(Unauthorized):
        await sam.picks(ana)
    assert await sam.offers() == []


async def test_a_chat_given_back_is_answered_by_the_bot(desk: Desk) -> None:
    """Handing back makes a turn due exactly when something was said that nobody answered."""
    sam = await desk.agent("Sam", seats=5)
    ana = await desk.waiting()
    await sam.picks(ana)
    desk.seen.clear()
    back = await sam.does(passing.hand_back, ana, note="just a bulb")
    assert (back.status, back.assignee_id) == ("bot", None)
    assert back.turn_due_at is not None
    assert [hint.conversation_id for hint in desk.hinted(TurnDue)] == [ana.conversation_id]
    assert "just a bulb" not in [text for _, text in await ana.sees()]
    answered = await desk.waiting()
    await sam.picks(answered)
    await sam.replies(answered, "Done.")
    back = await sam.does(passing.hand_back, answered)
    assert (back.turn_due_at, back.waiting_on) == (None, "visitor")
    assert (await desk.do(passing.hand_back, sam.id, answered.conversation_id, back.epoch - 1)) == back


def other_workspace(tx: Tx) -> None:
    tx.run(insert(workspaces).values(id="wsp_other", name="Other", created_at=tx.now))
