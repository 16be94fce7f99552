"""What a visitor in line is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handoff.desk.labelling import update
from handoff.presence import GRACE_MS
from handoff.waiting import AT_ONCE_S, LONGEST_S, gaps_of, tell_nobody_there, wait_range
from tests.handoff.desk import MINUTE, SECOND, WORKSPACE, Desk

gaps = st.lists(st.integers(0, 10 * MINUTE), max_size=30)


@given(st.integers(1, 2_000), st.integers(0, 50), st.integers(0, 400), gaps)
def test_a_range_is_a_range(position: int, free: int, seats: int, seen: list[int]) -> None:
    """Low is not over high, both are whole half minutes within a day; nobody there is None."""
    found = wait_range(position, min(free, seats), seats, seen)
    assert (found is None) == (seats == 0)
    if found is not None:
        low, high = found
        assert 0 <= low < high <= LONGEST_S + 30
        assert low % 30 == 0
        assert high % 30 == 0


@given(st.integers(1, 500), st.integers(0, 5), st.integers(5, 50), gaps)
def test_further_back_never_waits_less(position: int, free: int, seats: int, seen: list[int]) -> None:
    """The next place in line is promised nothing sooner."""
    here, behind = (wait_range(place, free, seats, seen) for place in (position, position + 1))
    assert here is not None
    assert behind is not None
    assert here[0] <= behind[0]
    assert here[1] <= behind[1]


def test_the_range_covers_what_comes() -> None:
    """With a seat free every two minutes, the fifth without one waits about ten minutes."""
    low, high = wait_range(5, 0, 8, [2 * MINUTE] * 10) or (0, 0)
    assert low < 600 < high
    assert (low, high) == (240, 960)


def test_without_a_past_it_says_less_exactly() -> None:
    """Before enough accepts were seen the range rests on ten minutes a chat, and is wider."""
    seen = wait_range(4, 0, 5, [2 * MINUTE] * 10)
    unseen = wait_range(4, 0, 5, [2 * MINUTE] * 2)
    assert seen is not None
    assert unseen is not None
    assert unseen[0] < seen[0] < seen[1] < unseen[1]


def test_gaps_are_of_those_who_waited() -> None:
    """Who met a free seat at once tells nothing of how fast seats come free; a pause of the line is no gap."""
    minute = MINUTE
    taken = [
        ("tem_a", 0, 10 * SECOND),
        ("tem_a", 0, 2 * minute),
        ("tem_a", 0, 5 * minute),
        ("tem_a", 20 * minute, 22 * minute),
        (None, 0, 90 * SECOND),
    ]
    assert gaps_of(taken) == {"tem_a": [2 * minute - 10 * SECOND, 3 * minute, 2 * minute], None: []}


async def test_a_visitor_knows_their_place(desk: Desk) -> None:
    """Positions count from one in the line of a team, by priority and time; the wait follows from seats and accepts."""
    billing = await desk.team("Billing")
    sam = await desk.agent("Sam", seats=1)
    first = await desk.waiting()
    desk.clock.forward(30 * SECOND)
    second = await desk.waiting()
    desk.clock.forward(1)
    third = await desk.waiting()
    other = await desk.waiting(team_id=billing)
    places = await desk.places()
    assert [places[one.conversation_id].position for one in (first, second, third, other)] == [1, 2, 3, 1]
    assert places[first.conversation_id].wait_s == AT_ONCE_S
    assert places[second.conversation_id].wait_s == (0, 2_160)
    assert places[other.conversation_id].wait_s is None, "nobody of that team is there"
    assert places[first.conversation_id].identity_id == first.identity_id
    assert places[first.conversation_id].waited_s == 30
    await desk.do(update, sam.id, third.conversation_id, priority=1)
    await sam.picks(first)
    places = await desk.places()
    assert first.conversation_id not in places
    assert (places[third.conversation_id].position, places[second.conversation_id].position) == (1, 2)


async def test_the_wait_follows_from_the_latest_accepts(desk: Desk) -> None:
    """With a chat taken every three minutes the first in line is told of some three minutes, not of a default."""
    sam = await desk.agent("Sam", seats=1)
    guests = [await desk.waiting() for _ in range(7)]
    for done, guest in enumerate(guests[:6]):
        desk.clock.forward(3 * MINUTE)
        if done:
            await sam.resolves(guests[done - 1])
        await sam.picks(guest)
    [place] = (await desk.places()).values()
    assert place.position == 1
    assert place.wait_s == (0, 420)


async def test_when_nobody_is_there_the_visitor_is_told_once(desk: Desk) -> None:
    """The truth, one time in a stay in line; the chat is kept and comes to whoever is there first."""
    ana = await desk.waiting()
    assert await desk.do(tell_nobody_there, WORKSPACE) == 1
    assert await desk.do(tell_nobody_there, WORKSPACE) == 0
    told = [text for kind, text in await ana.sees() if kind == "system"]
    assert told[-1].startswith("Nobody is at the desk right now.")
    assert (await desk.places())[ana.conversation_id].wait_s is None
    await desk.agent("Sam")
    assert [offer.conversation_id for offer in await desk.routes()] == [ana.conversation_id]


async def test_a_page_that_loads_again_is_not_nobody(desk: Desk) -> None:
    """An agent who lost the connection a moment ago counts as there; half a minute later they do not."""
    sam = await desk.agent("Sam")
    await sam.leaves()
    await desk.waiting()
    assert await desk.do(tell_nobody_there, WORKSPACE) == 0
    desk.clock.forward(GRACE_MS)
    assert await desk.do(tell_nobody_there, WORKSPACE) == 1


async def test_busy_is_not_absent(desk: Desk) -> None:
    """With every seat taken a visitor waits and is told how long; only whose team is absent hears that nobody is."""
    billing = await desk.team("Billing")
    sam = await desk.agent("Sam", seats=1)
    await sam.picks(await desk.waiting())
    ana = await desk.waiting()
    of_team = await desk.waiting(team_id=billing)
    assert await desk.do(tell_nobody_there, WORKSPACE) == 1
    assert "Nobody is at the desk" in (await of_team.sees())[-1][1]
    assert "Nobody is at the desk" not in (await ana.sees())[-1][1]
