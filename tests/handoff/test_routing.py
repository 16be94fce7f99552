"""Who gets a chat: what always holds of the choice, whoever is there."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from handoff.routing import RETRY_MS, Candidate, Item, Requirement, choose_agent, fits, plan, rank

NOW = 1_000_000
NAMES = [f"agt_{n}" for n in range(6)]
TEAMS = ["tem_a", "tem_b"]
SKILLS = ["invoices", "french"]

requirements = st.builds(
    Requirement,
    team_id=st.none() | st.sampled_from(TEAMS),
    tier=st.integers(1, 3),
    skills=st.frozensets(st.sampled_from(SKILLS)),
)
candidates = st.lists(
    st.builds(
        Candidate,
        agent_id=st.sampled_from(NAMES),
        seats=st.integers(0, 4),
        used=st.integers(0, 5),
        team_ids=st.frozensets(st.sampled_from(TEAMS)),
        skills=st.frozensets(st.sampled_from(SKILLS)),
        tier=st.integers(1, 3),
        last_offered_at=st.none() | st.integers(0, NOW),
    ),
    unique_by=lambda one: one.agent_id,
    max_size=6,
)
items = st.builds(
    Item,
    id=st.uuids().map(str),
    conversation_id=st.uuids().map(str),
    requirement=requirements,
    waiting_since=st.integers(0, NOW),
    priority=st.integers(-2, 3),
    preferred_agent_id=st.none() | st.sampled_from(NAMES),
    tried=st.dictionaries(st.sampled_from(NAMES), st.integers(NOW - 2 * RETRY_MS, NOW), max_size=4),
)


def may_take(item: Item, one: Candidate) -> bool:
    return one.is_free and (fits(item.requirement, one) or one.agent_id == item.preferred_agent_id)


@given(items, candidates)
def test_only_who_may_take_it_is_chosen(item: Item, there: list[Candidate]) -> None:
    """The chosen agent has a free seat and all that is asked for, or is the preferred one."""
    choice = choose_agent(item, there, NOW)
    if choice is not None:
        [chosen] = [one for one in there if one.agent_id == choice.agent_id]
        assert may_take(item, chosen)
        assert (choice.used, choice.seats) == (chosen.used, chosen.seats)


@given(items, candidates)
def test_nothing_waits_while_somebody_may_take_it(item: Item, there: list[Candidate]) -> None:
    """None is the answer only when nobody may, or all who may were tried within the last seconds."""
    able = [one for one in there if may_take(item, one)]
    just_tried = {name for name, at in (item.tried or {}).items() if NOW - at < RETRY_MS}
    choice = choose_agent(item, there, NOW)
    assert (choice is None) == all(one.agent_id in just_tried for one in able)
    assert choose_agent(item, there, NOW + RETRY_MS) is not None or not able


@given(items, candidates)
def test_who_was_tried_comes_last(item: Item, there: list[Candidate]) -> None:
    """An agent who had it already is chosen only when no other free one may take it, the earliest tried first."""
    choice = choose_agent(item, there, NOW)
    tried = item.tried or {}
    if choice is not None and choice.agent_id in tried:
        able = [one.agent_id for one in there if may_take(item, one)]
        assert set(able) <= set(tried)
        assert tried[choice.agent_id] == min(tried[one] for one in able)
        assert choice.why == "again"


@given(items, candidates)
def test_the_preferred_agent_comes_first(item: Item, there: list[Candidate]) -> None:
    """With a seat free, and not tried before, the preferred agent is chosen."""
    preferred = [one for one in there if one.agent_id == item.preferred_agent_id and one.is_free]
    if preferred and item.preferred_agent_id not in (item.tried or {}):
        choice = choose_agent(item, there, NOW)
        assert choice is not None
        assert (choice.agent_id, choice.why) == (item.preferred_agent_id, "preferred")


@given(items, candidates)
def test_the_least_loaded_is_chosen(item: Item, there: list[Candidate]) -> None:
    """Without a promise, nobody who might take it has a smaller share of seats in use."""
    plain = replace(item, preferred_agent_id=None, tried=None)
    choice = choose_agent(plain, there, NOW)
    if choice is not None:
        loads = [one.used / one.seats for one in there if may_take(plain, one)]
        assert choice.used / choice.seats == min(loads)


@given(items, candidates, st.randoms())
def test_the_order_of_asking_changes_nothing(item: Item, there: list[Candidate], random: object) -> None:
    """The same agents in another order give the same choice."""
    shuffled = list(there)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose_agent(item, shuffled, NOW) == choose_agent(item, there, NOW)


@given(st.lists(items, max_size=12, unique_by=lambda one: one.id), candidates)
def test_a_plan_stays_within_seats(waiting: list[Item], there: list[Candidate]) -> None:
    """However many wait, nobody is planned over their seats, and no chat twice."""
    made = plan(waiting, there, NOW)
    assert len({item.id for item, _ in made}) == len(made)
    for one in there:
        given_ = sum(choice.agent_id == one.agent_id for _, choice in made)
        assert given_ <= max(one.seats - one.used, 0)


@given(st.lists(items, max_size=12, unique_by=lambda one: one.id), candidates)
def test_a_plan_leaves_nothing_that_could_be_given(waiting: list[Item], there: list[Candidate]) -> None:
    """What stays unplanned could not be given with the seats that are left."""
    made = plan(waiting, there, NOW)
    left = [replace(one, used=one.used + sum(choice.agent_id == one.agent_id for _, choice in made)) for one in there]
    planned = {item.id for item, _ in made}
    for item in waiting:
        if item.id not in planned:
            assert choose_agent(item, left, NOW) is None


@given(st.lists(items, min_size=2, max_size=12, unique_by=lambda one: one.id))
def test_the_longest_waiting_of_alike_ones_come_first(waiting: list[Item]) -> None:
    """With seats for half of them, those with more priority, then those who wait longer, are served."""
    alike = [replace(item, requirement=Requirement(), preferred_agent_id=None, tried=None) for item in waiting]
    half = len(alike) // 2
    made = plan(alike, [Candidate("agt_0", seats=half, used=0)], NOW)
    assert [item.id for item, _ in made] == [item.id for item in sorted(alike, key=rank)[:half]]


def test_who_was_offered_something_longest_ago_breaks_a_tie() -> None:
    """Of two equally empty desks the one that was asked longest ago is asked; never asked comes first."""
    item = Item("itm", "cnv", Requirement(), NOW)
    asked = [Candidate("agt_0", 2, 0, last_offered_at=20), Candidate("agt_1", 2, 0, last_offered_at=10)]
    choice = choose_agent(item, asked, NOW)
    assert choice is not None
    assert choice.agent_id == "agt_1"
    choice = choose_agent(item, [*asked, Candidate("agt_2", 2, 0)], NOW)
    assert choice is not None
    assert choice.agent_id == "agt_2"
