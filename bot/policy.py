"""What the bot does about what it heard: pure, from values to a value.

What a text means is settled before (`intents.gate`); here it is weighed against what was said earlier, who holds the
conversation and what there is to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.hearing import (
    Heard,
    Topic,
    Topics,
    Wish,
    choices,
    leaves_something,
    likeliest,
    meaning_of,
    refuses,
    says,
    wishes,
)
from bot.memory import Memory
from conversations.model import InboxRules
from intents.understanding import Decision as Verdict
from intents.understanding import Reason, Understanding

ANSWERS_LIMIT = 2

Talk = Literal["greeting", "thanks", "goodbye", "solved", "say_more", "who", "who_guest"]

Handover = Literal["asked", "not_understood", "unhelpful", "angry", "no_reply", "no_bot", "bot_failed", "people_only"]
"""Why a person is needed, in the words of `packet.reason`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who holds the conversation. guest: it waits for a person, and the bot may go on answering meanwhile.

    known: a person closed it, and it was opened again: what the bot does not understand is about what they said.
    """

    guest: bool
    rules: InboxRules = field(default_factory=InboxRules)
    known: bool = False


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

    kind: Talk
    basis: Understanding | None
    memory: Memory


@dataclass(frozen=True, slots=True)
class Stay:
    """Say nothing."""

    memory: Memory


Decision = Answer | Clarify | Rephrase | Escalate | SmallTalk | Stay

_SMALL_TALK: Mapping[Reason, Talk] = {
    Reason.GREETING: "greeting",
    Reason.THANKS: "thanks",
    Reason.GOODBYE: "goodbye",
    Reason.SOLVED: "solved",
    Reason.EMPTY: "say_more",
    Reason.OPENING: "say_more",
    Reason.WHO: "who",
}


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
        return Escalate("people_only", heard.last, memory)
    agreed = memory.offered_person and says(heard, Reason.SOLVED)
    if agreed or any(one.signals.asks_person for one in heard.said):
        return Escalate("asked", heard.last, memory)
    angry = any(one.signals.angry for one in heard.said)
    if wished := wishes(heard, topics):
        return _answer(heard, wished, memory, angry=angry)
    before, memory = memory, replace(memory, angry=memory.angry + angry, offered_person=False)
    refused = refuses(heard)
    if not refused and not angry and (talk := _small_talk(heard, memory)) is not None:
        return talk
    if angry:
        return Escalate("angry", likeliest(heard), memory)
    if standing.known:
        return Escalate("not_understood", likeliest(heard), memory)
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
    sure = [wish for wish in wishes(heard, topics) if wish.topic.text is not None][:ANSWERS_LIMIT]
    if not sure and says(heard, Reason.WHO):
        return SmallTalk("who_guest", heard.last, memory)
    if not sure:
        return Stay(memory)
    after = replace(memory.tell("guest"), answered=True, clarify=None)
    return Answer(_topics(sure), _reason(sure[0]), sure[0].basis, after, guest="guest" not in memory.told)


def _answer(heard: Heard, wished: Sequence[Wish], before: Memory, *, angry: bool) -> Decision:
    memory = replace(
        before, angry=before.angry + angry, not_understood=0, answered=True, offered_person=False, clarify=None
    )
    sure = [wish for wish in wished if wish.topic.text is not None]
    said = _topics(sure[:ANSWERS_LIMIT])
    for wish in wished:
        if wish.topic.text is None:
            return Escalate("no_reply", wish.basis or heard.last, memory, topic=wish.topic, answers=said)
    basis = sure[0].basis
    if angry and (before.angry or before.unhelpful or before.not_understood):
        return Escalate("angry", basis, memory, answers=said)
    partly = len(sure) > ANSWERS_LIMIT or leaves_something(heard, said)
    return Answer(said, _reason(sure[0]), basis, memory, partly=partly, angry=angry)


def _topics(wished: Sequence[Wish]) -> tuple[Topic, ...]:
    return tuple(wish.topic for wish in wished)


def _reason(wish: Wish) -> str:
    return "picked" if wish.basis is None else str(wish.basis.reason)


def _small_talk(heard: Heard, memory: Memory) -> SmallTalk | None:
    """The last thing said, where nothing else was said than such things."""
    if heard.picked is not None or heard.files or not heard.said:
        return None
    kinds = [_SMALL_TALK.get(meaning_of(one)) for one in heard.said]
    if None in kinds:
        return None
    spoken = [(kind, one) for kind, one in zip(kinds, heard.said, strict=True) if kind and kind != "say_more"]
    if not spoken:
        return SmallTalk("say_more", heard.said[-1], memory)
    kind, basis = spoken[-1]
    if kind == "who":
        return SmallTalk("who", basis, replace(memory, offered_person=True))
    if kind == "solved" and heard.offered:
        return None
    if kind == "solved" and not memory.answered:
        return SmallTalk("say_more", basis, memory)
    return SmallTalk(kind, basis, memory)


def _not_clear(heard: Heard, before: Memory, memory: Memory, topics: Topics, *, refused: bool) -> Decision:
    """Ask back: once with choices, once for other words. After that it is a person's."""
    basis = likeliest(heard)
    if basis is not None and basis.reason is Reason.NO_KNOWLEDGE:
        return Escalate("no_bot", basis, memory)
    if basis is not None and meaning_of(basis) is Reason.UNSOLVED and not refused:
        if before.answered:
            return replace(unhelpful(memory), basis=basis)
        if not before.not_understood:
            return SmallTalk("say_more", basis, memory)
    if before.not_understood:
        return Escalate("not_understood", basis, memory)
    once = replace(memory, not_understood=1, clarify=None)
    if refused and (basis is None or basis.decision is Verdict.STAY or meaning_of(basis) is Reason.UNSOLVED):
        return Rephrase("none_of_these", basis, once)
    likely = choices(basis, topics)
    if basis is None or not likely or {topic.ref for topic in likely} <= set(heard.offered):
        return Rephrase("not_understood" if heard.said else "file", basis, once)
    ignored_before = refused or bool(heard.offered)
    return Clarify(likely, str(basis.reason), basis, once if ignored_before else replace(memory, clarify=None))
