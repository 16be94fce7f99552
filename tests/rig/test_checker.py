"""The checker finds each planted fault, and nothing where nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.facts import Fact
from tests.rig.checker import check
from tests.rig.history import Acked, Evidence, Failed, Sent
from tests.rig.story import Story

AGENTS = {"sam": 1, "kim": 2}

deeds = st.tuples(
    st.sampled_from(
        "visitor visitor bot stay escalate offer accept take says note release hand_back resolve pause".split()
    ),
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from(sorted(AGENTS)),
)


def act(story: Story, deed: str, key: str, agent_id: str) -> None:
    match deed:
        case "visitor":
            story.visitor_says(key)
            story.bot_answers(key)
        case "bot":
            story.visitor_says(key)
            story.visitor_says(key)
            story.bot_answers(key)
        case "stay":
            story.visitor_says(key)
            story.bot_stays_silent(key)
        case "escalate":
            story.escalates(key)
        case "offer":
            story.is_offered(key, agent_id)
        case "accept":
            story.is_accepted(key)
        case "take":
            story.is_taken_over(key, agent_id)
        case "says" | "note":
            story.agent_says(key, private=deed == "note")
        case "release" | "hand_back" | "resolve":
            story.leaves_agent(key, deed)
        case "pause":
            story.passes(150)


@given(st.lists(deeds, max_size=60))
@settings(max_examples=150)
def test_a_house_that_keeps_its_word_is_found_without_fault(told: list[tuple[str, str, str]]) -> None:
    """Whatever visitors, bot and agents do by the rules, the checker finds nothing."""
    story = Story(dict(AGENTS))
    for deed in told:
        act(story, *deed)
    assert check(story.evidence()) == []


def a_day() -> Story:
    """Two visitors: one is answered, one is brought to Sam, who talks, hands back and has a note."""
    story = Story({"sam": 1, "kim": 2})
    story.visitor_says("one")
    story.bot_answers("one")
    story.visitor_says("one", "and the other lamp?")
    story.visitor_says("one", "it is red")
    story.bot_answers("one")
    story.visitor_says("two", "a person please")
    story.escalates("two")
    story.is_offered("two", "sam")
    story.is_accepted("two")
    story.agent_says("two")
    story.agent_says("two", "a difficult one", private=True)
    story.visitor_says("two", "thank you")
    story.agent_says("two", "You are welcome")
    story.leaves_agent("two", "hand_back")
    story.visitor_says("two", "one more")
    story.bot_answers("two")
    return story


def without(facts: list[Fact], spoilt: Callable[[Fact], bool]) -> list[Fact]:
    return [fact for fact in facts if not spoilt(fact)]


def changed(facts: list[Fact], which: Callable[[Fact], bool], **data: Any) -> list[Fact]:
    at = next(number for number, fact in enumerate(facts) if which(fact))
    return [replace(fact, data={**fact.data, **data}) if number == at else fact for number, fact in enumerate(facts)]


def is_of(kind: str, **data: Any) -> Callable[[Fact], bool]:
    return lambda fact: fact.kind == kind and all(fact.data.get(name) == value for name, value in data.items())


Plant = Callable[[Evidence], Evidence]


def lost(day: Evidence) -> Evidence:
    gone = day.history.acked[1].message_id
    return replace(day, stored=[one for one in day.stored if one.id != gone])


def doubled_row(day: Evidence) -> Evidence:
    again = replace(day.stored[0], id="msg-again", seq=None)
    return replace(day, stored=[*day.stored, again])


def doubled_ack(day: Evidence) -> Evidence:
    day.history.acked.append(replace(day.history.acked[0], message_id=day.history.acked[1].message_id))
    return day


def changed_text(day: Evidence) -> Evidence:
    return replace(day, stored=[replace(day.stored[0], text="something else"), *day.stored[1:]])


def moved(day: Evidence) -> Evidence:
    day.history.acked[0] = replace(day.history.acked[0], seq=3)
    return day


def reordered(day: Evidence) -> Evidence:
    first, second = day.history.acked[1].message_id, day.history.acked[2].message_id
    swap = {first: second, second: first}
    at = {one.id: one for one in day.stored}
    stored = [replace(one, seq=at[swap.get(one.id, one.id)].seq) for one in day.stored]
    acked = [replace(ack, seq=at[swap.get(ack.message_id, ack.message_id)].seq) for ack in day.history.acked]
    day.history.acked[:] = acked
    return replace(day, stored=stored)


def unended(day: Evidence) -> Evidence:
    day.history.sent.append(Sent("ana-one", "c-lost", "hello?", day.facts[-1].at))
    return day


def seq_gap(day: Evidence) -> Evidence:
    last = max(day.stored, key=lambda one: (one.conversation_id == "one", one.seq or 0))
    return replace(day, stored=[replace(one, seq=9) if one.id == last.id else one for one in day.stored])


def rev_without_fact(day: Evidence) -> Evidence:
    return replace(day, standing=[replace(row, agent_rev=row.agent_rev + 1) for row in day.standing])


def message_without_fact(day: Evidence) -> Evidence:
    gone = day.stored[3].id
    return replace(day, facts=without([*day.facts], lambda fact: fact.data.get("message_id") == gone))


def fact_without_message(day: Evidence) -> Evidence:
    return replace(day, facts=changed([*day.facts], is_of("message_posted"), message_id="msg-none"))


def moved_without_fact(day: Evidence) -> Evidence:
    return replace(day, standing=[replace(row, status="resolved", epoch=row.epoch + 1) for row in day.standing])


def unequal_reader(day: Evidence) -> Evidence:
    shown = day.history.shown[0]
    day.history.shown[0] = replace(shown, messages=shown.messages[:-1], rev=shown.rev - 1)
    return day


def unequal_status(day: Evidence) -> Evidence:
    """The visitor still sees the bot, though a person has taken over."""
    day.history.shown[0] = replace(day.history.shown[0], fresh_status="person")
    return day


def shown_twice(day: Evidence) -> Evidence:
    shown = day.history.shown[0]
    twice = (*shown.messages, shown.messages[0])
    day.history.shown[0] = replace(shown, messages=twice, fresh=twice)
    return day


def note_shown(day: Evidence) -> Evidence:
    shown = day.history.shown[1]
    told = (*shown.messages, (None, "msg-note", "a difficult one"))
    day.history.shown[1] = replace(shown, messages=told, fresh=told)
    return day


def two_owners(day: Evidence) -> Evidence:
    at = next(number for number, fact in enumerate(day.facts) if is_of("status_changed", move="accept")(fact))
    fact = day.facts[at]
    kim = replace(fact, data={**fact.data, "move": "take_over", "to_assignee": "kim"}, epoch=(fact.epoch or 0) + 1)
    return replace(day, facts=[*day.facts[: at + 1], kim, *day.facts[at + 1 :]])


def stale_epoch(day: Evidence) -> Evidence:
    at = next(number for number, fact in enumerate(day.facts) if is_of("status_changed", move="hand_back")(fact))
    facts = [*day.facts]
    facts[at] = replace(facts[at], epoch=(facts[at].epoch or 0) - 1)
    return replace(day, facts=facts)


def queued_without_item(day: Evidence) -> Evidence:
    return replace(day, facts=without([*day.facts], is_of("queue_entered")))


def seat_too_many(day: Evidence) -> Evidence:
    return replace(day, seats={**day.seats, "sam": 0})


def late_bot_message(day: Evidence) -> Evidence:
    """The bot's answer commits just after Sam has accepted."""
    facts = [*day.facts]
    accepted = next(number for number, fact in enumerate(facts) if is_of("status_changed", move="accept")(fact))
    spoken = next(number for number, fact in enumerate(facts) if number > accepted and fact.kind == "message_posted")
    data = {**facts[spoken].data, "author": "bot", "answers": [0, 1]}
    facts[spoken] = replace(facts[spoken], data=data)
    return replace(day, facts=facts)


def answered_twice(day: Evidence) -> Evidence:
    """A worker that slept past its lease answers what another has answered."""
    return replace(day, facts=changed([*day.facts], is_of("message_posted", answers=[1, 4]), answers=[0, 4]))


def answered_after_an_agent(day: Evidence) -> Evidence:
    """The bot answers what Sam has answered, once it has the chat again."""
    return replace(day, facts=changed([*day.facts], is_of("message_posted", answers=[3, 5]), answers=[1, 5]))


def unexplained_answer(day: Evidence) -> Evidence:
    return replace(day, facts=changed([*day.facts], is_of("message_posted", author="bot"), answers=None))


def silent(day: Evidence) -> Evidence:
    """The last visitor's question stays unanswered for a minute while others are served."""
    bot = is_of("message_posted", author="bot")
    last = max(fact.id for fact in day.facts if bot(fact))
    later = [replace(fact, at=fact.at + 60_000) if fact.id == last else fact for fact in day.facts]
    return replace(day, facts=later)


def never_answered(day: Evidence) -> Evidence:
    extra = replace(day.facts[1], id=10_000, at=day.facts[-1].at + 60_000, conversation_id=None, kind="agent_changed")
    last = max(fact.id for fact in day.facts if is_of("message_posted", author="bot")(fact))
    return replace(day, facts=[*without([*day.facts], lambda fact: fact.id == last), extra])


def left_in_line(day: Evidence) -> Evidence:
    """It takes the queue a minute to offer the chat, while Sam sits there with a free seat."""
    offered = next(fact.id for fact in day.facts if fact.kind == "offer_made")
    facts = [replace(fact, at=fact.at + 60_000) if fact.id >= offered else fact for fact in day.facts]
    there = [replace(one, until=one.until + 60_000) for one in day.history.there]
    day.history.there[:] = there
    return replace(day, facts=facts)


PLANTS: list[tuple[Plant, int]] = [
    (lost, 1),
    (changed_text, 1),
    (moved, 1),
    (reordered, 1),
    (shown_twice, 1),
    (unended, 2),
    (doubled_row, 3),
    (doubled_ack, 3),
    (seq_gap, 4),
    (unequal_reader, 4),
    (unequal_status, 4),
    (two_owners, 5),
    (stale_epoch, 5),
    (seat_too_many, 5),
    (queued_without_item, 6),
    (left_in_line, 6),
    (late_bot_message, 7),
    (answered_twice, 7),
    (answered_after_an_agent, 7),
    (unexplained_answer, 7),
    (silent, 11),
    (never_answered, 11),
    (note_shown, 12),
    (rev_without_fact, 17),
    (message_without_fact, 17),
    (fact_without_message, 17),
    (moved_without_fact, 17),
]


def test_the_day_that_is_spoilt_below_is_itself_without_fault() -> None:
    """What the plants spoil was right before."""
    assert check(a_day().evidence()) == []


@pytest.mark.parametrize(("plant", "invariant"), PLANTS, ids=[plant.__name__ for plant, _ in PLANTS])
def test_a_planted_fault_is_found(plant: Plant, invariant: int) -> None:
    """Each kind of broken promise is found, under the number of its invariant."""
    found = check(plant(a_day().evidence()))
    assert invariant in {finding.invariant for finding in found}, found


@given(st.lists(deeds, min_size=1, max_size=40), st.data())
@settings(max_examples=60)
def test_any_acknowledged_message_that_is_lost_is_missed(told: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """Whichever acknowledged message is taken out of whatever history, the checker says that it is lost."""
    story = Story(dict(AGENTS))
    for deed in [("visitor", "one", "sam"), *told]:
        act(story, *deed)
    day = story.evidence()
    gone = data.draw(st.sampled_from(day.history.acked)).message_id
    found = check(replace(day, stored=[one for one in day.stored if one.id != gone]))
    assert any(finding.invariant == 1 and gone in finding.what for finding in found)


@given(st.lists(deeds, min_size=1, max_size=40), st.data())
@settings(max_examples=60)
def test_any_change_without_its_fact_is_missed(told: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """Whichever fact of a message or a move is taken out, replaying the rest no longer gives the rows."""
    story = Story(dict(AGENTS))
    for deed in [("visitor", "one", "sam"), *told]:
        act(story, *deed)
    day = story.evidence()
    telling = [fact for fact in day.facts if fact.kind in ("message_received", "message_posted", "status_changed")]
    gone = data.draw(st.sampled_from(telling))
    assert check(replace(day, facts=[fact for fact in day.facts if fact.id != gone.id])) != []


def test_a_refused_send_has_ended() -> None:
    """A send that the server refused is no broken promise."""
    day = unended(a_day().evidence())
    day.history.failed.append(Failed("ana-one", "c-lost", "rate_limited", day.facts[-1].at))
    assert check(day) == []


def test_a_repeat_acknowledged_alike_is_no_fault() -> None:
    """A second acknowledgement of the same message, after a reconnect, is as it should be."""
    day = a_day().evidence()
    first: Acked = day.history.acked[0]
    day.history.acked.append(replace(first, at=first.at + 5_000))
    assert check(day) == []


def test_one_late_answer_of_hundreds_is_within_the_promise() -> None:
    """Within means 99 of 100: a single answer after 12 s is none, after 70 s it is a fault."""

    def slow(ms: int) -> Evidence:
        story = Story()
        for number in range(300):
            story.visitor_says(f"chat-{number}")
            if number == 200:
                story.passes(ms)
            story.bot_answers(f"chat-{number}")
        return story.evidence()

    assert check(slow(12_000)) == []
    assert {finding.invariant for finding in check(slow(70_000))} == {11}


def test_time_in_which_no_server_was_up_is_not_counted_as_silence() -> None:
    """An answer that came a minute late is in time when the server was down for that minute."""
    day = silent(a_day().evidence())
    late = max(fact.at for fact in day.facts)
    assert check(replace(day, down=[(late - 59_000, late - 1_000)])) == []
