"""One ranking of intents and articles, and what is done about it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.gate import MAX_CHOICES, Evidence, GateSettings, decide, rank
from intents.scope import (
    PRIOR_DEVIATIONS,
    PRIOR_MEANS,
    ScopeStatistics,
    in_scope,
    logistic,
    scope_features,
    scope_statistics,
)
from intents.understanding import CandidateKind, Decision, Reason, Signals

NOTHING_SAID = Signals()
SETTINGS = GateSettings()
CLEAR = Evidence(intents=[("order", 0.9), ("return", 0.05)], intents_in_scope=0.95)
CLOSE = Evidence(intents=[("order", 0.42), ("return", 0.4), ("reset", 0.1), ("invoice", 0.02)], intents_in_scope=0.9)
FOREIGN = Evidence(intents=[("order", 0.9)], intents_in_scope=0.2)
ARTICLE = Evidence(intents=[("order", 0.5)], intents_in_scope=0.1, articles=[("art_1", 0.85)], articles_in_scope=0.95)
SHARES = st.floats(0, 1)


def verdict(evidence: Evidence, signals: Signals = NOTHING_SAID, *, has_words: bool = True) -> tuple[Decision, Reason]:
    made = decide(signals, evidence, has_words=has_words, settings=SETTINGS)
    return made.decision, made.reason


@pytest.mark.parametrize(
    ("evidence", "decision", "reason"),
    [
        (CLEAR, Decision.ANSWER, Reason.INTENT),
        (CLOSE, Decision.CLARIFY, Reason.AMBIGUOUS),
        (FOREIGN, Decision.ESCALATE, Reason.NOT_UNDERSTOOD),
        (ARTICLE, Decision.ANSWER, Reason.ARTICLE),
        (Evidence(articles=[("a", 0.3)], articles_in_scope=0.8), Decision.CLARIFY, Reason.UNSURE),
        (Evidence(has_knowledge=False), Decision.ESCALATE, Reason.NO_KNOWLEDGE),
        (Evidence(has_knowledge=True), Decision.ESCALATE, Reason.NOT_UNDERSTOOD),
    ],
)
def test_what_is_made_of_a_question(evidence: Evidence, decision: Decision, reason: Reason) -> None:
    """Clear is answered, close is asked back about, foreign is not understood."""
    assert verdict(evidence) == (decision, reason)


@pytest.mark.parametrize(
    ("signals", "decision", "reason"),
    [
        (Signals(asks_person=True), Decision.ESCALATE, Reason.ASKED),
        (Signals(greeting=True), Decision.STAY, Reason.GREETING),
        (Signals(thanks=True), Decision.STAY, Reason.THANKS),
        (Signals(goodbye=True, thanks=True), Decision.STAY, Reason.GOODBYE),
        (Signals(solved=True, thanks=True), Decision.STAY, Reason.SOLVED),
        (Signals(solved=False), Decision.STAY, Reason.UNSOLVED),
        (Signals(angry=True), Decision.ANSWER, Reason.INTENT),
    ],
)
def test_what_is_said_about_the_talk_goes_first(signals: Signals, decision: Decision, reason: Reason) -> None:
    """A person asked for is brought, greetings never meet a choice list; anger does not keep an answer back."""
    assert verdict(CLEAR, signals) == (decision, reason)


def test_anger_that_is_not_understood_is_named() -> None:
    """Nothing but anger was said: that is why a person comes."""
    assert verdict(FOREIGN, Signals(angry=True)) == (Decision.ESCALATE, Reason.ANGRY)


def test_small_talk_that_was_taught_is_the_bots_own() -> None:
    """A bot with its own greeting answers with it."""
    own = Evidence(intents=[("welcome", 0.9)], intents_in_scope=0.9, own_small_talk=True)
    assert verdict(own, Signals(greeting=True)) == (Decision.ANSWER, Reason.INTENT)
    unsure = Evidence(intents=[("welcome", 0.9)], intents_in_scope=0.2, own_small_talk=True)
    assert verdict(unsure, Signals(greeting=True)) == (Decision.STAY, Reason.GREETING)


def test_what_is_barely_in_scope_is_asked_back_about() -> None:
    """The time in Tokyo is not answered with the opening hours: a clear winner of a foreign text wins nothing."""
    barely = Evidence(intents=[("opening_hours", 0.9)], intents_in_scope=0.55)
    assert verdict(barely) == (Decision.CLARIFY, Reason.UNSURE)
    assert verdict(Evidence(intents=[("opening_hours", 0.9)], intents_in_scope=0.8)) == (Decision.ANSWER, Reason.INTENT)


def test_a_vague_text_is_asked_back_about_however_sure_the_models_are() -> None:
    """One word that many topics share is evidence for none of them."""
    vague = Evidence(intents=[("order", 0.98), ("return", 0.01)], intents_in_scope=0.99, vague=True)
    assert verdict(vague) == (Decision.CLARIFY, Reason.VAGUE)


def test_no_word_at_all_is_empty() -> None:
    """Punctuation asks nothing."""
    assert verdict(Evidence(), has_words=False) == (Decision.STAY, Reason.EMPTY)


def test_choices_are_two_or_three_and_worth_offering() -> None:
    """The fourth is not offered, nor one that is hardly likely."""
    made = decide(NOTHING_SAID, CLOSE, has_words=True, settings=SETTINGS)
    assert [candidate.key for candidate in made.candidates] == ["order", "return", "reset"]


def test_intents_and_articles_meet_in_one_list() -> None:
    """By the probability of being right, out of scope included; of equals the intent comes first."""
    ranked = rank(
        Evidence(
            intents=[("order", 0.8), ("return", 0.1)],
            intents_in_scope=0.5,
            articles=[("art_1", 0.6), ("art_2", 0.4)],
            articles_in_scope=0.9,
        )
    )
    assert [(one.kind, one.key) for one in ranked] == [
        (CandidateKind.ARTICLE, "art_1"),
        (CandidateKind.INTENT, "order"),
        (CandidateKind.ARTICLE, "art_2"),
        (CandidateKind.INTENT, "return"),
    ]


@given(
    st.lists(SHARES, max_size=6),
    st.lists(SHARES, max_size=6),
    SHARES,
    SHARES,
    st.builds(Signals, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.none() | st.booleans()),
    st.booleans(),
)
def test_every_verdict_can_be_acted_on(
    intents: list[float], articles: list[float], scope: float, other: float, signals: Signals, has_words: bool
) -> None:
    """An answer has something to answer with; a clarification has up to three choices, and never follows a greeting."""
    evidence = Evidence(
        [(f"i{n}", share) for n, share in enumerate(sorted(intents, reverse=True))],
        scope,
        [(f"a{n}", share) for n, share in enumerate(sorted(articles, reverse=True))],
        other,
    )
    made = decide(signals, evidence, has_words=has_words, settings=SETTINGS)
    if made.decision is Decision.ANSWER:
        assert made.candidates
        assert made.in_scope >= SETTINGS.scope_at
    if made.decision is Decision.CLARIFY:
        assert 1 <= len(made.candidates) <= MAX_CHOICES
        assert (signals.greeting, signals.thanks, signals.goodbye) == (False, False, False)
    if signals.asks_person:
        assert made.reason is Reason.ASKED
    assert list(made.candidates) == sorted(made.candidates, key=lambda one: -one.confidence)


def test_being_in_scope_grows_with_each_kind_of_evidence() -> None:
    """A higher decision value, more words covered and more words known each speak for being in scope."""
    statistics = ScopeStatistics(PRIOR_MEANS, PRIOR_DEVIATIONS)

    def scope(decision: float, covered: float, known: float) -> float:
        return in_scope(log_probability=-0.1, decision=decision, covered=covered, known=known, statistics=statistics)

    assert scope(0.7, 0.9, 1.0) > 0.9
    assert scope(-0.5, 0.4, 0.8) < 0.1
    assert scope(0.0, 0.6, 0.9) < scope(0.3, 0.6, 0.9)
    assert scope(0.0, 0.6, 0.9) < scope(0.0, 0.9, 0.9)
    assert scope(0.0, 0.6, 0.8) < scope(0.0, 0.6, 1.0)


def test_statistics_of_few_examples_lean_on_the_prior() -> None:
    """Four examples say little, four thousand speak for themselves."""

    def of(n: int) -> ScopeStatistics:
        column = np.zeros(n, dtype=np.float32)
        return scope_statistics(scope_features(column, column - 0.4, column, column))

    assert of(4).means[1] == pytest.approx((4 * -0.4 + 20 * PRIOR_MEANS[1]) / 24, abs=1e-6)
    assert of(4_000).means[1] == pytest.approx(-0.4, abs=0.01)
    assert min(of(100_000).deviations) > 0


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_logistic_never_overflows(logit: float) -> None:
    """Any finite number gives a probability."""
    assert 0.0 <= logistic(logit) <= 1.0
