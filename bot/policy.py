"""What the bot does about what it heard: pure, from values to a value.

What a text means is settled before (`intents.gate`); here it is weighed against what was said earlier, who holds the
conversation and what there is to say.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.memory import Memory
from conversations.model import InboxRules
from intents.requests import split_requests
from intents.text import normalise
from intents.understanding import Candidate, CandidateKind, Reason, Understanding
from intents.understanding import Decision as Verdict

ANSWERS_LIMIT = 2
CHOICES_LIMIT = 3

Ref = tuple[CandidateKind, str]
"""What names a topic: its kind, and the intent's name or the article's id."""

Handover = Literal["asked", "not_understood", "unhelpful", "angry", "no_reply", "no_bot", "bot_failed", "people_only"]
"""Why a person is needed, in the words of `packet.reason`."""


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


@dataclass(frozen=True, slots=True)
class Standing:
    """Who holds the conversation. guest: it waits for a person, and the bot may go on answering meanwhile."""

    guest: bool
    rules: InboxRules = field(default_factory=InboxRules)


@dataclass(frozen=True, slots=True)
class Answer:
    """Say what these topics say. partly: something else was said too, and is left; angry: offer a person beside it."""

    topics: tuple[Topic, ...]
    reason: str
    basis: Understanding | None
    memory: Memory
    partly: bool = False
    angry: bool = False
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Clarify:
    """Ask which of these was meant."""

    choices: tuple[Topic, ...]
    reason: str
    basis: Understanding | None
    memory: Memory


@dataclass(frozen=True, slots=True)
class Rephrase:
    """Ask to say it in other words. reason: why."""

    reason: Literal["not_understood", "none_of_these", "unhelpful", "file"]
    basis: Understanding | None
    memory: Memory


@dataclass(frozen=True, slots=True)
class Escalate:
    """Bring the visitor to a person. topic: what it is about, where that is for people; answers: said before."""

    reason: Handover
    basis: Understanding | None
    memory: Memory
    topic: Topic | None = None
    answers: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """Answer a greeting as a greeting, thanks as thanks."""

    kind: Literal["greeting", "thanks", "goodbye", "solved", "say_more"]
    basis: Understanding | None
    memory: Memory


@dataclass(frozen=True, slots=True)
class Stay:
    """Say nothing."""

    memory: Memory


Decision = Answer | Clarify | Rephrase | Escalate | SmallTalk | Stay

_SMALL_TALK: Mapping[Reason, Literal["greeting", "thanks", "goodbye", "solved", "say_more"]] = {
    Reason.GREETING: "greeting",
    Reason.THANKS: "thanks",
    Reason.GOODBYE: "goodbye",
    Reason.SOLVED: "solved",
    Reason.EMPTY: "say_more",
}


_ASKS = re.compile(
    r"\?$|^(?:how|what|where|when|why|who|which|can|could|do|does|is|are|please|i (?:want|need|would like)"
    r"|wie|was|wo|wann|warum|kann|como|que|donde|cuando|puedo|quiero|comment|quand|pourquoi|puis|je veux)\b"
)


def decide(heard: Heard, memory: Memory, standing: Standing, topics: Topics) -> Decision:
    """What to do about a turn. Each decision carries what to remember after it.

    memory: at the conversation's epoch. topics: what the bot can be asked about; one that is missing there is no
    more. A guest only answers what it is sure of; the bot in charge never stays silent, unless nothing was said.
    """
    if standing.guest:
        return _as_guest(heard, memory, topics)
    if not heard.said and heard.picked is None and not heard.files:
        return Stay(memory)
    if standing.rules.escalate_directly:
        return Escalate("people_only", _last(heard), memory)
    agreed = memory.offered_person and _says(heard, Reason.SOLVED)
    if agreed or any(one.signals.asks_person for one in heard.said):
        return Escalate("asked", _last(heard), memory)
    angry = any(one.signals.angry for one in heard.said)
    before, memory = memory, replace(memory, angry=memory.angry + angry, offered_person=False)
    clear = _clear(heard, topics)
    if clear:
        return _answer(heard, clear, before, memory, angry=angry)
    refused = _refuses(heard)
    if not refused and not angry and (talk := _small_talk(heard, memory)) is not None:
        return talk
    if angry:
        return Escalate("angry", _likeliest(heard), memory)
    return _not_clear(heard, before, memory, topics, refused=refused)


def explained(understanding: Understanding, rules: InboxRules, topics: Topics) -> Decision:
    """What a text would be met with as the first of a conversation."""
    return decide(Heard(said=(understanding,)), Memory(), Standing(guest=False, rules=rules), topics)


def unhelpful(memory: Memory, *, angry: bool = False) -> Rephrase | Escalate:
    """What follows an answer that did not help: another way to put it, and the second time a person."""
    memory = replace(memory, unhelpful=memory.unhelpful + 1, clarify=None, offered_person=True)
    if memory.unhelpful >= 2 or angry or memory.angry:
        return Escalate("unhelpful" if memory.unhelpful >= 2 else "angry", None, memory)
    return Rephrase("unhelpful", None, memory)


# ------------------------------------------------------------------------------------------------


def _as_guest(heard: Heard, memory: Memory, topics: Topics) -> Decision:
    """The place is kept, a person is coming: only what is certain is said, and nobody is asked anything."""
    if any(one.signals.angry or one.signals.asks_person for one in heard.said):
        return Stay(memory)
    answers = tuple(topic for topic in _clear(heard, topics) if topic.text is not None)[:ANSWERS_LIMIT]
    if not answers:
        return Stay(memory)
    after = replace(memory.tell("guest"), answered=True, clarify=None)
    return Answer(answers, _reason(heard), _basis(heard, answers), after, guest="guest" not in memory.told)


def _answer(heard: Heard, clear: Sequence[Topic], before: Memory, memory: Memory, *, angry: bool) -> Decision:
    answers = tuple(topic for topic in clear if topic.text is not None)
    memory = replace(memory, not_understood=0, answered=True, clarify=None)
    for topic in clear:
        if topic.text is None:
            basis = _basis(heard, (topic,))
            return Escalate("no_reply", basis, memory, topic=topic, answers=answers[:ANSWERS_LIMIT])
    basis = _basis(heard, answers)
    if angry and (before.angry or before.unhelpful or before.not_understood):
        return Escalate("angry", basis, memory, answers=answers[:ANSWERS_LIMIT])
    partly = len(answers) > ANSWERS_LIMIT or _leaves_something(heard, answers)
    return Answer(answers[:ANSWERS_LIMIT], _reason(heard), basis, memory, partly=partly, angry=angry)


def _small_talk(heard: Heard, memory: Memory) -> SmallTalk | None:
    """The last thing said, where nothing else was said than such things."""
    if heard.picked is not None or heard.files or not heard.said:
        return None
    kinds = [_SMALL_TALK.get(_polite(one)) for one in heard.said]
    if None in kinds:
        return None
    spoken = [(kind, one) for kind, one in zip(kinds, heard.said, strict=True) if kind and kind != "say_more"]
    if not spoken:
        return SmallTalk("say_more", heard.said[-1], memory)
    kind, basis = spoken[-1]
    if kind == "solved" and heard.offered:
        return None
    if kind == "solved" and not memory.answered:
        return SmallTalk("say_more", basis, memory)
    return SmallTalk(kind, basis, memory)


def _polite(one: Understanding) -> Reason:
    """The kind of small talk that a text is, also where an intent without words of its own was trained on it."""
    signals = one.signals
    if one.decision is Verdict.STAY or signals.asks_person:
        return one.reason
    if signals.solved is not None:
        return Reason.SOLVED if signals.solved else Reason.UNSOLVED
    if signals.goodbye:
        return Reason.GOODBYE
    if signals.thanks:
        return Reason.THANKS
    return Reason.GREETING if signals.greeting else one.reason


def _says(heard: Heard, reason: Reason) -> bool:
    return any(_polite(one) is reason for one in heard.said)


def _not_clear(heard: Heard, before: Memory, memory: Memory, topics: Topics, *, refused: bool) -> Decision:
    """Ask back: once with choices, once for other words. After that it is a person's."""
    basis = _likeliest(heard)
    if basis is not None and basis.reason is Reason.NO_KNOWLEDGE:
        return Escalate("no_bot", basis, memory)
    if basis is not None and _polite(basis) is Reason.UNSOLVED and not refused and before.answered:
        return replace(unhelpful(memory), basis=basis)
    if before.not_understood:
        return Escalate("not_understood", basis, memory)
    once = replace(memory, not_understood=1, clarify=None)
    if refused and (basis is None or basis.decision is Verdict.STAY or _polite(basis) is Reason.UNSOLVED):
        return Rephrase("none_of_these", basis, once)
    choices = _choices(basis, topics)
    if basis is None or not choices or {topic.ref for topic in choices} <= set(heard.offered):
        return Rephrase("not_understood" if heard.said else "file", basis, once)
    ignored_before = refused or bool(heard.offered)
    return Clarify(choices, str(basis.reason), basis, once if ignored_before else replace(memory, clarify=None))


def _refuses(heard: Heard) -> bool:
    """Whether none of the open choices was meant: by the choice that says so, or by a plain no."""
    if heard.picked is not None:
        return heard.picked.topic is None
    return bool(heard.offered) and _says(heard, Reason.UNSOLVED)


def _clear(heard: Heard, topics: Topics) -> list[Topic]:
    """The topics that were asked for without doubt, in the order in which they were asked for."""
    found: dict[Ref, Topic] = {}
    if heard.picked is not None and heard.picked.topic is not None:
        found[heard.picked.topic.ref] = heard.picked.topic
    for request in _requests(heard.said):
        topic = _sure(request, topics)
        if topic is not None:
            found.setdefault(topic.ref, topic)
    if not found and heard.whole is not None and len(heard.said) > 1:
        for request in _requests((heard.whole,)):
            topic = _sure(request, topics)
            if topic is not None:
                found.setdefault(topic.ref, topic)
    if not found and len(heard.offered) == 1 and _says(heard, Reason.SOLVED):
        topic = topics.get(heard.offered[0])
        if topic is not None:
            found[topic.ref] = topic
    return list(found.values())


def _sure(request: Understanding, topics: Topics) -> Topic | None:
    if request.decision is not Verdict.ANSWER or not request.candidates:
        return None
    best = request.candidates[0]
    topic = topics.get((best.kind, best.key))
    signals = request.signals
    polite = signals.greeting or signals.thanks or signals.goodbye or signals.solved is not None
    if topic is not None and topic.text is None and polite:
        return None
    return topic


def _requests(said: Iterable[Understanding]) -> list[Understanding]:
    return [request for one in said for request in (one.parts or (one,))]


def _leaves_something(heard: Heard, answers: Sequence[Topic]) -> bool:
    """Whether a request that may be about something else stays unanswered."""
    taken = {topic.ref for topic in answers}
    if len(answers) == 1 and any(not one.parts and _asks_twice(one.text) for one in heard.said):
        return True
    if heard.whole is not None and heard.whole.decision is Verdict.ANSWER:
        best = heard.whole.candidates[:1]
        if best and (best[0].kind, best[0].key) in taken:
            return False
    return any(
        request.decision is Verdict.CLARIFY
        and not any((candidate.kind, candidate.key) in taken for candidate in request.candidates)
        for request in _requests(heard.said)
    )


def _asks_twice(text: str) -> bool:
    """Whether a message makes two requests or more, by its form."""
    return sum(_ASKS.search(part) is not None for part in split_requests(normalise(text))) > 1


def _choices(basis: Understanding | None, topics: Topics) -> tuple[Topic, ...]:
    """Two or three topics with titles that differ; one only where the bot knows no other; none where none is likely."""
    if basis is None or basis.decision is not Verdict.CLARIFY:
        return ()
    likely: list[Candidate] = list(basis.candidates)
    likely += [Candidate(CandidateKind.INTENT, one.intent, one.confidence) for one in basis.alternatives]
    found: dict[str, Topic] = {}
    for candidate in likely:
        topic = topics.get((candidate.kind, candidate.key))
        if topic is not None:
            found.setdefault(topic.title.casefold(), topic)
    n = max(2, min(CHOICES_LIMIT, len(basis.candidates)))
    return tuple(found.values())[:n]


def _likeliest(heard: Heard) -> Understanding | None:
    """What to go by where nothing is clear: all that was said together, or the text that comes nearest to something."""
    if heard.whole is not None and heard.whole.decision is Verdict.CLARIFY:
        return heard.whole
    requests = _requests(heard.said)
    return max(requests, key=_rank) if requests else None


def _rank(request: Understanding) -> tuple[bool, bool, float]:
    best = request.candidates[0].confidence if request.candidates else request.confidence
    return request.decision is Verdict.CLARIFY, request.decision is not Verdict.STAY, best


def _basis(heard: Heard, answers: Sequence[Topic]) -> Understanding | None:
    """The understanding that the first of these topics was taken from."""
    if heard.picked is not None:
        return None
    whole = (heard.whole,) if heard.whole is not None else ()
    for request in _requests((*heard.said, *whole)):
        if request.candidates and (request.candidates[0].kind, request.candidates[0].key) == answers[0].ref:
            return request
    return _last(heard)


def _last(heard: Heard) -> Understanding | None:
    return heard.said[-1] if heard.said else None


def _reason(heard: Heard) -> str:
    if heard.picked is not None:
        return "picked"
    basis = next((one for one in _requests(heard.said) if one.decision is Verdict.ANSWER), heard.whole)
    return str(basis.reason) if basis is not None else "picked"
