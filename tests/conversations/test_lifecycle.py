"""What may follow what, as the plan of the house says it."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.errors import IllegalTransition
from conversations.lifecycle import AFTER, DELIVERY_ORDER, OFFER_AFTER, Move, after, delivery_after, held_by_agent
from conversations.model import DeliveryState, OfferState, Status, VisibleStatus, visible_status

# the table `States` of docs/architecture.md, by hand: from, then to and by which moves
PLANNED: dict[Status, dict[Status, set[Move]]] = {
    "bot": {
        "queued": {"escalate"},
        "assigned": {"take_over", "assign"},
        "snoozed": {"snooze"},
        "resolved": {"resolve"},
    },
    "queued": {
        "assigned": {"accept", "take_over", "assign"},
        "bot": {"hand_back"},
        "resolved": {"resolve"},
    },
    "assigned": {
        # a transfer to a team or a tier, and a gone agent's chat, go back in line, too
        "queued": {"release", "requeue"},
        "assigned": {"take_over", "assign", "transfer"},
        "bot": {"hand_back"},
        "snoozed": {"snooze"},
        "resolved": {"resolve"},
    },
    "snoozed": {
        "assigned": {"wake"},
        "queued": {"wake_to_queue"},
        "resolved": {"resolve"},
    },
    "resolved": {
        "bot": {"reopen"},
        "queued": {"reopen_to_queue"},
    },
}
LEADS = {(was, move): to for was, row in PLANNED.items() for to, moves in row.items() for move in moves}

statuses = st.sampled_from(get_args(Status))
moves = st.sampled_from(get_args(Move))
deliveries = st.sampled_from(get_args(DeliveryState))


@pytest.mark.parametrize(("status", "move"), list(product(get_args(Status), get_args(Move))))
def test_each_move_leads_where_the_plan_says_or_nowhere(status: Status, move: Move) -> None:
    """Every pair of a status and a move is in the plan's table, with the same end, or is refused in words."""
    if (status, move) in LEADS:
        assert after(status, move) == LEADS[status, move]
    else:
        with pytest.raises(IllegalTransition, match="is not possible now"):
            after(status, move)


def test_the_table_knows_nothing_beyond_the_plan() -> None:
    """The table has the plan's moves and no others, and every move leads from somewhere."""
    assert dict(AFTER) == LEADS
    assert {move for _, move in AFTER} == set(get_args(Move))


def test_every_status_can_be_reached_and_left() -> None:
    """No status is a dead end, and each can be come to from any other."""
    for start in get_args(Status):
        reached = {start}
        while more := {to for (was, _), to in AFTER.items() if was in reached} - reached:
            reached |= more
        assert reached == set(get_args(Status))


def test_what_was_resolved_comes_back_only_by_its_visitor() -> None:
    """From `resolved` nothing leads but to reopen: no agent's command touches what is closed."""
    assert {move for was, move in AFTER if was == "resolved"} == {"reopen", "reopen_to_queue"}


@given(st.lists(moves, max_size=40))
def test_an_assignee_is_there_exactly_while_an_agent_has_it(walk: list[Move]) -> None:
    """On any walk: assigned and snoozed have an assignee, and the only ways there are moves that name one."""
    status: Status = "bot"
    for move in walk:
        try:
            to = after(status, move)
        except IllegalTransition:
            continue
        assert held_by_agent(to) == (to in ("assigned", "snoozed"))
        if held_by_agent(to):
            assert move in ("accept", "take_over", "assign", "transfer", "snooze", "wake")
        status = to


@given(statuses)
def test_a_visitor_is_told_one_of_four(status: Status) -> None:
    """A visitor is told bot, waiting, person or resolved; that a chat is snoozed is not theirs to know."""
    told = visible_status(status)
    assert told in get_args(VisibleStatus)
    assert (told == "person") == held_by_agent(status)


def test_an_offer_ends_once() -> None:
    """An offer leaves `offered` once, in one of four ways, and is never anything else again."""
    assert OFFER_AFTER["offered"] == set(get_args(OfferState)) - {"offered"}
    assert all(not OFFER_AFTER[ended] for ended in OFFER_AFTER["offered"])


@given(deliveries, st.lists(deliveries, max_size=12))
def test_a_delivery_moves_only_forward(state: DeliveryState, reports: list[DeliveryState]) -> None:
    """Whatever a channel reports, in whatever order, a delivery never goes back; what failed or arrived stays so."""
    order = [*DELIVERY_ORDER]
    for reported in reports:
        now = delivery_after(state, reported)
        if state == "failed":
            assert now == "failed"
        elif now == "failed":
            assert reported == "failed"
            assert state in ("queued", "sent")
        else:
            assert order.index(now) >= order.index(state)
        assert delivery_after(now, reported) == now
        state = now


@given(st.lists(deliveries.filter(lambda state: state != "failed"), max_size=8))
def test_the_order_of_reports_does_not_matter(reports: list[DeliveryState]) -> None:
    """Reports of success lead to the furthest of them, in any order."""
    ends = []
    for order in (reports, reports[::-1], sorted(reports)):
        state: DeliveryState = "queued"
        for reported in order:
            state = delivery_after(state, reported)
        ends.append(state)
    assert len(set(ends)) == 1
