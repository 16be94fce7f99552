"""What a visitor said in one turn, and what of it is clear: pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from intents.requests import split_requests
from intents.text import normalise, words
from intents.understanding import Candidate, CandidateKind, Decision, Reason, Understanding
from intents.vagueness import things_named

CHOICES_LIMIT = 3

Ref = tuple[CandidateKind, str]
"""What names a topic: its kind, and the intent's name or the article's id."""

_ASKS = re.compile(
    r"\?$|^(?:how|what|where|when|why|who|which|can|could|do|does|is|are|please|i (?:want|need|would like)"
    r"|wie|was|wo|wann|warum|kann|como|que|donde|cuando|puedo|quiero|comment|quand|pourquoi|puis|je veux)\b"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """Something the bot can be asked about. text: what it says to it; None where that is for a person."""

    kind: CandidateKind
    key: str
    title: str
    text: str | None
    category: str | None = None

    @property
    def ref(self) -> Ref:
        return self.kind, self.key


Topics = Mapping[Ref, Topic]


@dataclass(frozen=True, slots=True)
class Picked:
    """A choice was taken. topic: None for "none of these"."""

    topic: Topic | None


@dataclass(frozen=True, slots=True)
class Heard:
    """All that a visitor said since the last answer: together it is one turn.

    said: one understanding for each text, in order. whole: of all of them as one text, where there are several.
    picked: the last choice taken. offered: the choices that were open. files: something was sent that is no text.
    """

    said: tuple[Understanding, ...] = ()
    whole: Understanding | None = None
    picked: Picked | None = None
    offered: tuple[Ref, ...] = ()
    files: bool = False

    @property
    def last(self) -> Understanding | None:
        return self.said[-1] if self.said else None


@dataclass(frozen=True, slots=True)
class Wish:
    """A topic that was asked for without doubt, and the understanding that says so; None where it was chosen."""

    topic: Topic
    basis: Understanding | None


def wishes(heard: Heard, topics: Topics) -> list[Wish]:
    """What was asked for without doubt, each topic once, in the order in which it was asked for."""
    found: dict[Ref, Wish] = {}
    if heard.picked is not None and heard.picked.topic is not None:
        found[heard.picked.topic.ref] = Wish(heard.picked.topic, None)
    _gather(found, heard.said, topics)
    if not found and heard.whole is not None and len(heard.said) > 1:
        _gather(found, (heard.whole,), topics)
    if not found and len(heard.offered) == 1 and says(heard, Reason.SOLVED):
        topic = topics.get(heard.offered[0])
        if topic is not None:
            found[topic.ref] = Wish(topic, None)
    return list(found.values())


def _gather(found: dict[Ref, Wish], said: Iterable[Understanding], topics: Topics) -> None:
    for one in said:
        for request in one.parts or (one,):
            topic = _sure(request, topics)
            if topic is not None:
                found.setdefault(topic.ref, Wish(topic, request))


def _sure(request: Understanding, topics: Topics) -> Topic | None:
    if request.decision is not Decision.ANSWER or not request.candidates:
        return None
    topic = topics.get((request.candidates[0].kind, request.candidates[0].key))
    if topic is not None and topic.text is None and _is_polite(request):
        return None
    return topic


def _is_polite(one: Understanding) -> bool:
    signals = one.signals
    return (
        signals.greeting
        or signals.thanks
        or signals.goodbye
        or signals.solved is not None
        or signals.opening
        or signals.asks_who
    )


def meaning_of(one: Understanding) -> Reason:
    """Why a text is what it is; small talk also where an intent without words of its own was trained on it."""
    signals = one.signals
    if one.decision is Decision.STAY or signals.asks_person or not _is_polite(one):
        return one.reason
    if signals.asks_who:
        return Reason.WHO
    if signals.opening and not signals.goodbye and not signals.greeting and signals.solved is not False:
        return Reason.OPENING
    if signals.solved is not None:
        return Reason.SOLVED if signals.solved else Reason.UNSOLVED
    if signals.goodbye:
        return Reason.GOODBYE
    return Reason.THANKS if signals.thanks else Reason.GREETING


def says(heard: Heard, reason: Reason) -> bool:
    """Whether one of the texts is just that."""
    return any(meaning_of(one) is reason for one in heard.said)


def refuses(heard: Heard) -> bool:
    """Whether none of the open choices was meant: by the choice that says so, or by a plain no."""
    if heard.picked is not None:
        return heard.picked.topic is None
    return bool(heard.offered) and says(heard, Reason.UNSOLVED)


def leaves_something(heard: Heard, answered: Sequence[Topic]) -> bool:
    """Whether a request that may be about something else stays unanswered."""
    if len(answered) == 1 and any(not one.parts and _asks_twice(one.text) for one in heard.said):
        return True
    if len(heard.said) == 1 and heard.picked is None and not heard.said[0].parts:
        return False
    taken = {topic.ref for topic in answered}
    if heard.whole is not None and heard.whole.decision is Decision.ANSWER:
        best = heard.whole.candidates[:1]
        if best and (best[0].kind, best[0].key) in taken:
            return False
    return any(
        request.decision is Decision.CLARIFY
        and not any((candidate.kind, candidate.key) in taken for candidate in request.candidates)
        for request in _requests(heard.said)
    )


def likeliest(heard: Heard) -> Understanding | None:
    """What to go by where nothing is clear: all that was said together, or the text that comes nearest to something."""
    if heard.whole is not None and heard.whole.decision is Decision.CLARIFY:
        return heard.whole
    requests = _requests(heard.said)
    return max(requests, key=_rank) if requests else None


def choices(basis: Understanding | None, topics: Topics) -> tuple[Topic, ...]:
    """Two or three topics with titles that differ; one only where the bot knows no other; none where none is likely."""
    if basis is None or basis.decision is not Decision.CLARIFY:
        return ()
    likely: list[Candidate] = list(basis.candidates)
    likely += [Candidate(CandidateKind.INTENT, one.intent, one.confidence) for one in basis.alternatives]
    found: dict[str, Topic] = {}
    for candidate in likely:
        topic = topics.get((candidate.kind, candidate.key))
        if topic is not None:
            found.setdefault(topic.title.casefold(), topic)
    n = max(2, min(CHOICES_LIMIT, len(basis.candidates)))
    if basis.reason is Reason.VAGUE:
        return tuple(sorted(found.values(), key=lambda topic: not _names(topic, basis.text)))[:n]
    return tuple(found.values())[:n]


def _names(topic: Topic, text: str) -> bool:
    """Whether a topic's title has the thing in it that a vague text names."""
    named = things_named(words(normalise(text))) or ()
    return not set(words(normalise(topic.title))).isdisjoint(named)


def _requests(said: Iterable[Understanding]) -> list[Understanding]:
    return [request for one in said for request in (one.parts or (one,))]


def _asks_twice(text: str) -> bool:
    """Whether a message makes two requests or more, by its form."""
    parts = split_requests(normalise(text))
    return len(parts) > 1 and sum(_ASKS.search(part) is not None for part in parts) > 1


def _rank(request: Understanding) -> tuple[bool, bool, float]:
    best = request.candidates[0].confidence if request.candidates else request.confidence
    return request.decision is Decision.CLARIFY, request.decision is not Decision.STAY, best
