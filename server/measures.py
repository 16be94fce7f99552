"""What happened at the desk in a period, counted from its facts; pure.

Conversations are counted on the day of their first question in the period, and once, however much was said in them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from conversations.facts import Fact, FactKind
from intents.understanding import Reason

KINDS: tuple[FactKind, ...] = (
    "message_received",
    "message_posted",
    "message_rated",
    "status_changed",
    "survey_submitted",
)
UNKNOWN_LIMIT = 50

DEFINITIONS: Mapping[str, str] = {
    "asked": "Conversations in which a visitor wrote something in the period.",
    "answered": "Of those asked: the bot gave an answer of substance, and no person was called or took over.",
    "clarified": "Of those asked: the bot asked back at least once, with choices or for other words.",
    "handed_off": "Of those asked: the conversation was put in line for a person, or a person took it from the bot.",
    "by_person": "Of those asked: a person wrote to the visitor.",
    "waits": "How long visitors stood in line until a person took their chat, in seconds: half of them at most p50_s, "
    "nine in ten at most p90_s. Those who left the line before are not in it.",
    "first_answer": "From a conversation's first question in the period to the first words of the bot or a person.",
    "first_person_answer": "From a conversation's first question in the period to the first words of a person.",
    "helpful": "What visitors said of the bot's answers; the last word on each answer counts.",
    "survey": "The scores of 1 to 5 that visitors gave at the end; the last score of each conversation counts.",
    "unknown": "What visitors asked and the bot did not know: out of its scope, or none of the choices it offered.",
    "by_day": "The counts above by the day of the conversation's first question, in the time zone asked for.",
}

_SMALL_TALK = frozenset(
    {
        Reason.GREETING, Reason.THANKS, Reason.GOODBYE, Reason.SOLVED, Reason.UNSOLVED, Reason.EMPTY, Reason.OPENING,
        Reason.WHO, "who_guest", "say_more",
    }
)  # fmt: skip
_UNKNOWN = frozenset({Reason.NOT_UNDERSTOOD, Reason.NO_KNOWLEDGE, "none_of_these", "no_bot"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A fact; of what the bot said also its decision, and why."""

    fact: Fact
    decision: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """What the bot did not know: the visitor's message by its number in the conversation."""

    conversation_id: str
    message_id: str
    seq: int
    at: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Of n durations in seconds the one in the middle, and the one that nine in ten do not exceed."""

    n: int
    p50_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    asked: int = 0
    answered: int = 0
    clarified: int = 0
    handed_off: int = 0
    by_person: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """See DEFINITIONS. unknown: the newest, at most 50 of unknown_count."""

    counts: Counts
    waits: Spread
    first_answer: Spread
    first_person_answer: Spread
    helpful: int
    unhelpful: int
    survey_n: int
    survey_mean: float | None
    unknown: tuple[Unknown, ...]
    unknown_count: int
    by_day: tuple[tuple[date, Counts], ...]


@dataclass(slots=True)
class _Talk:
    """What is known of one conversation in the period. Moments are milliseconds UTC."""

    asked_at: int | None = None
    answered_at: int | None = None
    person_at: int | None = None
    bot_answered: bool = False
    clarified: bool = False
    handed_off: bool = False


@dataclass(slots=True)
class Tally:
    """Counts facts as they come, in order within a conversation."""

    _talks: dict[str, _Talk] = field(default_factory=dict)
    _waits: list[int] = field(default_factory=list)
    _ratings: dict[str, bool] = field(default_factory=dict)
    _scores: dict[str, int] = field(default_factory=dict)
    _unknown: list[Unknown] = field(default_factory=list)

    def add(self, judged: Iterable[Judged]) -> None:
        for one in judged:
            conversation_id = one.fact.conversation_id
            if conversation_id is None:
                continue
            talk = self._talks.setdefault(conversation_id, _Talk())
            data = one.fact.data
            match one.fact.kind:
                case "message_received":
                    talk.asked_at = one.fact.at if talk.asked_at is None else talk.asked_at
                case "message_posted" if not data.get("private") and data.get("kind") != "event":
                    self._said(talk, conversation_id, one)
                case "message_rated" if data.get("message_id") and data.get("helpful") is not None:
                    self._ratings[data["message_id"]] = bool(data["helpful"])
                case "survey_submitted" if isinstance(data.get("score"), int):
                    self._scores[conversation_id] = data["score"]
                case "status_changed":
                    self._moved(talk, data)
                case _:
                    pass

    def overview(self, days: Sequence[date], zone: tzinfo = UTC) -> Overview:
        """The figures, with counts for each of these days."""
        asked = [talk for talk in self._talks.values() if talk.asked_at is not None]
        by_day: dict[date, list[_Talk]] = {day: [] for day in days}
        for talk in asked:
            by_day.setdefault(_day(talk.asked_at or 0, zone), []).append(talk)
        ratings = Counter(self._ratings.values())
        scores = list(self._scores.values())
        newest = sorted(self._unknown, key=lambda one: one.at, reverse=True)
        return Overview(
            counts=_counts(asked),
            waits=_spread(self._waits),
            first_answer=_spread(
                [talk.answered_at - talk.asked_at for talk in asked if talk.answered_at and talk.asked_at]
            ),
            first_person_answer=_spread(
                [talk.person_at - talk.asked_at for talk in asked if talk.person_at and talk.asked_at]
            ),
            helpful=ratings[True],
            unhelpful=ratings[False],
            survey_n=len(scores),
            survey_mean=round(sum(scores) / len(scores), 2) if scores else None,
            unknown=tuple(newest[:UNKNOWN_LIMIT]),
            unknown_count=len(newest),
            by_day=tuple((day, _counts(talks)) for day, talks in sorted(by_day.items())),
        )

    def _said(self, talk: _Talk, conversation_id: str, one: Judged) -> None:
        data, at = one.fact.data, one.fact.at
        author = data.get("author")
        if author not in ("bot", "agent") or talk.asked_at is None:
            return
        talk.answered_at = at if talk.answered_at is None else talk.answered_at
        if author == "agent":
            talk.person_at = at if talk.person_at is None else talk.person_at
            return
        if one.decision == "answer" and one.reason not in _SMALL_TALK:
            talk.bot_answered = True
        if one.decision == "clarify":
            talk.clarified = True
        answers = data.get("answers")
        if one.reason in _UNKNOWN and isinstance(answers, list) and len(answers) == 2:
            self._unknown.append(Unknown(conversation_id, data["message_id"], int(answers[1]), at))

    def _moved(self, talk: _Talk, data: Mapping[str, object]) -> None:
        before, after = data.get("from_status"), data.get("to_status")
        if after == "queued" and before == "bot":
            talk.handed_off = True
        if after == "assigned" and before in ("bot", "queued"):
            talk.handed_off = True
            waited = data.get("waited_ms")
            if before == "queued" and isinstance(waited, int):
                self._waits.append(waited)


def days_between(begins: int, ends: int, zone: tzinfo) -> list[date]:
    """Each day that a period touches. begins, ends: milliseconds UTC, ends not in it."""
    first, last = _day(begins, zone), _day(max(ends - 1, begins), zone)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _day(at: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(at / 1000, zone).date()


def _counts(talks: Sequence[_Talk]) -> Counts:
    return Counts(
        asked=len(talks),
        answered=sum(talk.bot_answered and not talk.handed_off and talk.person_at is None for talk in talks),
        clarified=sum(talk.clarified for talk in talks),
        handed_off=sum(talk.handed_off for talk in talks),
        by_person=sum(talk.person_at is not None for talk in talks),
    )


def _spread(durations_ms: Sequence[int]) -> Spread:
    """By the nearest rank."""
    if not durations_ms:
        return Spread(0, None, None)
    ordered = sorted(durations_ms)

    def rank(share: float) -> float:
        return round(ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)] / 1000, 1)

    return Spread(len(ordered), rank(0.5), rank(0.9))
