"""What holds of the bot's decisions whatever is said and remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hearing import Heard, Picked, Topic
from bot.memory import Memory
from bot.policy import (
    Answer,
    Clarify,
    Decision,
    Escalate,
    Rephrase,
    SmallTalk,
    Standing,
    Stay,
    decide,
)
from conversations.model import InboxRules
from intents.understanding import Decision as Verdict
from intents.understanding import Reason, Scored, Signals, Understanding
from tests.bot.knowing import CARD, FEES, FRAUD, HELLO, PIN, REFUND, TOPICS, topic, understood

GONE = topic("gone")
SOME_TOPICS = (CARD, REFUND, FEES, PIN, FRAUD, HELLO, GONE)
REASONS: dict[Verdict, tuple[Reason, ...]] = {
    Verdict.ANSWER: (Reason.INTENT, Reason.ARTICLE),
    Verdict.CLARIFY: (Reason.AMBIGUOUS, Reason.UNSURE),
    Verdict.ESCALATE: (Reason.NOT_UNDERSTOOD, Reason.NO_KNOWLEDGE, Reason.ASKED, Reason.ANGRY),
    Verdict.STAY: (Reason.GREETING, Reason.THANKS, Reason.GOODBYE, Reason.SOLVED, Reason.UNSOLVED, Reason.EMPTY),
}
UNCLEAR = (Reason.AMBIGUOUS, Reason.UNSURE, Reason.NOT_UNDERSTOOD)


def signals_of(reason: Reason, angry: bool, asks: bool) -> Signals:
    return Signals(
        asks_person=asks or reason is Reason.ASKED,
        greeting=reason is Reason.GREETING,
        thanks=reason is Reason.THANKS,
        goodbye=reason is Reason.GOODBYE,
        solved={Reason.SOLVED: True, Reason.UNSOLVED: False}.get(reason),
        angry=angry or reason is Reason.ANGRY,
    )


@st.composite
def understandings(draw: st.DrawFn, *, reasons: tuple[Reason, ...] | None = None, deep: bool = True) -> Understanding:
    verdict = draw(st.sampled_from([v for v in Verdict if not reasons or set(REASONS[v]) & set(reasons)]))
    reason = draw(st.sampled_from([r for r in REASONS[verdict] if not reasons or r in reasons]))
    topics = draw(st.lists(st.sampled_from(SOME_TOPICS), max_size=4, unique_by=lambda one: one.ref))
    angry, asks = (False, False) if reasons else (draw(st.booleans()), draw(st.booleans()))
    said = understood(verdict, reason, *topics, signals=signals_of(reason, angry, asks))
    names = draw(st.lists(st.sampled_from([one.key for one in SOME_TOPICS]), max_size=5, unique=True))
    said = replace(said, alternatives=tuple(Scored(name, 0.1) for name in names))
    if deep and not reasons and draw(st.booleans()):
        parts = draw(st.lists(understandings(deep=False), min_size=2, max_size=3))
        return replace(said, parts=tuple(parts))
    return said


topics = st.sampled_from([CARD, REFUND, FEES, PIN, FRAUD])
picks = st.none() | st.builds(Picked, st.none() | topics)
offers = st.lists(topics.map(lambda one: one.ref), max_size=3, unique=True).map(tuple)
heard = st.builds(
    Heard,
    said=st.lists(understandings(), max_size=4).map(tuple),
    whole=st.none() | understandings(),
    picked=picks,
    offered=offers,
    files=st.booleans(),
)
memories = st.builds(
    Memory,
    not_understood=st.integers(0, 3),
    unhelpful=st.integers(0, 3),
    angry=st.integers(0, 3),
    answered=st.booleans(),
    offered_person=st.booleans(),
    told=st.sampled_from([(), ("guest",)]),
)
standings = st.builds(Standing, guest=st.booleans(), rules=st.builds(InboxRules, escalate_directly=st.booleans()))


@given(heard, memories, standings)
def test_every_turn_is_decided_and_each_decision_can_be_said(said: Heard, memory: Memory, standing: Standing) -> None:
    """No input is without a decision, and each has its shape: texts to answer with, choices to choose from."""
    decision: Decision = decide(said, memory, standing, TOPICS)
    match decision:
        case Answer(topics=answered):
            assert 1 <= len(answered) <= 2
            assert all(one.text is not None for one in answered)
            assert len({one.ref for one in answered}) == len(answered)
        case Clarify(choices=choices):
            assert 1 <= len(choices) <= 3
            assert len({one.title.casefold() for one in choices}) == len(choices)
            assert all(one.ref in TOPICS for one in choices)
        case Escalate(topic=about, answers=answers):
            assert all(one.text is not None for one in answers)
            assert about is None or about.text is None
        case Rephrase() | SmallTalk() | Stay():
            pass


@given(heard, memories)
def test_a_guest_only_answers_or_stays_silent(said: Heard, memory: Memory) -> None:
    """Who waits for a person is not asked back, greeted, or put in line again."""
    assert isinstance(decide(said, memory, Standing(guest=True), TOPICS), Answer | Stay)


@given(heard, memories)
def test_the_bot_in_charge_is_never_silent(said: Heard, memory: Memory) -> None:
    """Whatever is said to the bot is met with something."""
    decision = decide(said, memory, Standing(guest=False), TOPICS)
    nothing = not said.said and said.picked is None and not said.files
    assert isinstance(decision, Stay) is nothing


@given(heard, memories)
def test_a_request_for_a_person_is_always_granted(said: Heard, memory: Memory) -> None:
    """Nothing else that is said beside it changes that."""
    if any(one.signals.asks_person for one in said.said):
        decision = decide(said, memory, Standing(guest=False), TOPICS)
        assert isinstance(decision, Escalate)
        assert decision.reason == "asked"


@given(st.lists(understandings(reasons=REASONS[Verdict.STAY]), min_size=1, max_size=3).map(tuple), memories)
def test_small_talk_never_meets_a_list(said: tuple[Understanding, ...], memory: Memory) -> None:
    """Greetings, thanks, goodbyes, yes, no and smileys are not met with choices."""
    assert not isinstance(decide(Heard(said), memory, Standing(guest=False), TOPICS), Clarify)


@given(
    st.lists(understandings(reasons=UNCLEAR), min_size=3, max_size=3), st.lists(st.booleans(), min_size=3, max_size=3)
)
def test_three_unclear_turns_in_a_row_bring_a_person(said: list[Understanding], refusals: list[bool]) -> None:
    """Choices once, other words once: nobody is asked back for ever, whether they choose "none of these" or write."""
    memory, open_choices = Memory(), tuple[Topic, ...]()
    for one, refuses in zip(said, refusals, strict=True):
        offered = tuple(choice.ref for choice in open_choices)
        turn = Heard(picked=Picked(None), offered=offered) if refuses and offered else Heard((one,), offered=offered)
        decision = decide(turn, memory, Standing(guest=False), TOPICS)
        if isinstance(decision, Escalate):
            return
        assert isinstance(decision, Clarify | Rephrase)
        memory = decision.memory
        open_choices = decision.choices if isinstance(decision, Clarify) else ()
    pytest.fail("asked back three times")
