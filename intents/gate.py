"""From scores to one ranking and a decision. Pure.

Intents and articles meet in one list by the probability of being right over all texts, those out of scope included. A
text in scope with a clear winner is answered, one with close candidates is asked back about, the rest is not
understood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from intents.understanding import Candidate, CandidateKind, Decision, Reason, Signals

MAX_CHOICES = 3
MAX_RANKED = 5

_confidence = attrgetter("confidence")


@dataclass(frozen=True, slots=True)
class GateSettings:
    """scope_at: the probability of being in scope below which a text is not understood; sure_at: the same,
    below which it is asked back about and never answered. answer_at: the confidence,
    given that the text is in scope, from which on the best candidate is answered. choice_at: the same for being
    offered.
    """

    scope_at: float = 0.5
    sure_at: float = 0.7
    answer_at: float = 0.5
    choice_at: float = 0.08


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the models say of a text, best first.

    intents: (name, confidence given that the text is in their scope); articles: (id, confidence, of all texts).
    own_small_talk: the likeliest intent is the bot's own greeting, thanks or goodbye. vague: the text only names what
    many topics share. has_knowledge: there is a model or an article.
    """

    intents: Sequence[tuple[str, float]] = ()
    intents_in_scope: float = 0.0
    articles: Sequence[tuple[str, float]] = ()
    articles_in_scope: float = 0.0
    own_small_talk: bool = False
    vague: bool = False
    has_knowledge: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    decision: Decision
    reason: Reason
    in_scope: float
    candidates: tuple[Candidate, ...]


def decide(signals: Signals, evidence: Evidence, *, has_words: bool, settings: GateSettings) -> Verdict:
    """What to do with a text, and the candidates for it: the best to answer, two or three to offer, else the
    ranking; it is for whoever asks back about a vague text to choose among it."""
    ranking = rank(evidence)
    scope = max(evidence.intents_in_scope, evidence.articles_in_scope)
    talk = _talk(signals, evidence, settings)
    if talk is not None:
        decision, reason = talk
        return Verdict(decision, reason, scope, ranking)
    if not has_words:
        return Verdict(Decision.STAY, Reason.EMPTY, scope, ())
    if not ranking or scope < settings.scope_at:
        return Verdict(Decision.ESCALATE, _why_not(signals, evidence), scope, ranking)
    best = ranking[0]
    if evidence.vague:
        return Verdict(Decision.CLARIFY, Reason.VAGUE, scope, ranking)
    if best.confidence >= settings.answer_at * scope and scope >= settings.sure_at:
        reason = Reason.INTENT if best.kind is CandidateKind.INTENT else Reason.ARTICLE
        return Verdict(Decision.ANSWER, reason, scope, ranking)
    choices = _choices(ranking, settings.choice_at * scope)
    reason = Reason.AMBIGUOUS if len(choices) > 1 else Reason.UNSURE
    return Verdict(Decision.CLARIFY, reason, scope, choices)


def rank(evidence: Evidence) -> tuple[Candidate, ...]:
    """Intents and articles in one list, the likeliest first; of equals the intent, which somebody wrote a reply for."""
    candidates = [
        Candidate(CandidateKind.INTENT, name, confidence * evidence.intents_in_scope)
        for name, confidence in evidence.intents
    ]
    candidates += [Candidate(CandidateKind.ARTICLE, key, confidence) for key, confidence in evidence.articles]
    candidates.sort(key=_confidence, reverse=True)
    return tuple(candidates[:MAX_RANKED])


def _talk(signals: Signals, evidence: Evidence, settings: GateSettings) -> tuple[Decision, Reason] | None:
    """What the signals settle by themselves; None where the text has to be understood.

    Small talk that the bot was trained on is the bot's own to answer.
    """
    if signals.asks_person:
        return Decision.ESCALATE, Reason.ASKED
    if evidence.own_small_talk and evidence.intents_in_scope >= settings.scope_at:
        return None
    reason = _small_talk(signals)
    return (Decision.STAY, reason) if reason is not None else None


def _small_talk(signals: Signals) -> Reason | None:
    if signals.asks_who:
        return Reason.WHO
    if signals.solved is False:
        return Reason.UNSOLVED
    if signals.opening and not signals.goodbye and not signals.greeting:
        return Reason.OPENING
    if signals.solved:
        return Reason.SOLVED
    if signals.goodbye:
        return Reason.GOODBYE
    if signals.thanks:
        return Reason.THANKS
    return Reason.GREETING if signals.greeting else None


def _why_not(signals: Signals, evidence: Evidence) -> Reason:
    if signals.angry:
        return Reason.ANGRY
    return Reason.NOT_UNDERSTOOD if evidence.has_knowledge else Reason.NO_KNOWLEDGE


def _choices(ranking: Sequence[Candidate], at_least: float) -> tuple[Candidate, ...]:
    """The candidates worth offering: two where the second is at all likely, three where the third is."""
    likely = tuple(candidate for candidate in ranking[:MAX_CHOICES] if candidate.confidence >= at_least)
    return likely or tuple(ranking[:1])
