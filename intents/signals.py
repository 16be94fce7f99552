"""What a text says about the talk itself: a person is wanted, a greeting, thanks, goodbye, yes or no, anger.

Pure and quick; no model is asked. A greeting before a question leaves a question: `Heard.question` is the text without
it.
"""

import re
from dataclasses import dataclass

from intents.anger import is_angry
from intents.asking import asks_person, may_ask_person
from intents.asking_who import asks_who, may_ask_who
from intents.phrases import AFTER_GREETING, LONGEST, PHRASES, STARTS, Kind
from intents.text import normalise
from intents.understanding import Signals

_TOKEN = re.compile(r"\w+(?:'\w+)*")
_WORD = re.compile(r"\w+")
_CLAUSE = re.compile(r"[.!?;:,\n()\u2026\u3002\uff0c\uff01\uff1f]+|\s[-\u2013\u2014]+\s|\b(?:but|pero|aber|mais)\b")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_EMOJI = str.maketrans(
    {"\U0001f44b": " hi ", "\U0001f44d": " ok ", "\U0001f64f": " thanks ", "\U0001f621": " wtf ", "\U0001f92c": " wtf "}
)
_MAX_SMALL_TALK_WORDS = 16
_MAY_ASK = frozenset({Kind.SOLVED, Kind.FILLER})

CALM = Signals()
ANGRY = Signals(angry=True)


@dataclass(frozen=True, slots=True)
class Heard:
    """The signals of a text, and the normalised text without a greeting before the question."""

    signals: Signals
    question: str


def detect(text: str) -> Heard:
    """What is heard in a text as it was written."""
    normalised = normalise(text if text.isascii() else text.translate(_EMOJI))
    tokens = canonical_words(normalised)
    kinds: frozenset[Kind] = frozenset()
    question = normalised
    squeezed = _squeezed(tokens) if _STRETCHED.search(normalised) else tokens
    if squeezed and squeezed[0] in STARTS:
        kinds = _small_talk(squeezed)
        if not kinds:
            question = _without_greeting(normalised, squeezed)
    asks = False
    if kinds <= _MAY_ASK and may_ask_person(tokens):
        asks = any(asks_person(canonical(clause)) for clause in _CLAUSE.split(normalised))
        kinds = frozenset() if asks else kinds
    if not kinds and not asks and may_ask_who(tokens) and _asks_who_only(question):
        return Heard(Signals(asks_who=True, angry=is_angry(text, tokens)), question)
    if not kinds and not asks:
        signals = ANGRY if is_angry(text, tokens) else CALM
        return Heard(signals, question)
    signals = Signals(
        asks_person=asks,
        greeting=Kind.GREETING in kinds,
        thanks=Kind.THANKS in kinds or kinds == {Kind.FILLER},
        goodbye=Kind.GOODBYE in kinds,
        solved=_solved(kinds),
        angry=is_angry(text, tokens),
        opening=Kind.OPENING in kinds,
    )
    return Heard(signals, question)


def canonical_words(normalised: str) -> list[str]:
    """The words of a normalised text without apostrophes: what phrases and patterns are written for."""
    if "'" in normalised:
        return [token.replace("'", "") for token in _TOKEN.findall(normalised)]
    return _WORD.findall(normalised)


def canonical(clause: str) -> str:
    """The words of a normalised clause on one line."""
    return " ".join(canonical_words(clause))


def _squeezed(tokens: list[str]) -> list[str]:
    """Words that were drawn out, as they are spelt: "hellooo"."""
    return [_STRETCHED.sub(r"\1", token) for token in tokens]


def _small_talk(tokens: list[str]) -> frozenset[Kind]:
    """The kinds of phrase that the words consist of; empty where any word is something else."""
    if not tokens or len(tokens) > _MAX_SMALL_TALK_WORDS:
        return frozenset()
    kinds: set[Kind] = set()
    at = 0
    while at < len(tokens):
        size, kind = _phrase_at(tokens, at)
        if kind is None:
            return frozenset()
        kinds.add(kind)
        at += size
    return frozenset(kinds)


def _asks_who_only(question: str) -> bool:
    """Whether a normalised text asks whom it talks to, and says nothing else but small talk."""
    clauses = [words for words in map(canonical_words, _CLAUSE.split(question)) if words]
    rest = [" ".join(words) for words in clauses if not _small_talk(words)]
    return bool(rest) and all(asks_who((clause,)) for clause in rest)


def _phrase_at(tokens: list[str], at: int) -> tuple[int, Kind | None]:
    for size in range(min(LONGEST, len(tokens) - at), 0, -1):
        kind = PHRASES.get(tuple(tokens[at : at + size]))
        if kind is not None:
            return size, kind
    return 0, None


def _solved(kinds: frozenset[Kind]) -> bool | None:
    if Kind.UNSOLVED in kinds:
        return False
    return True if Kind.SOLVED in kinds else None


def _without_greeting(normalised: str, tokens: list[str]) -> str:
    at = 0
    while at < len(tokens):
        size, kind = _phrase_at(tokens, at)
        if kind is Kind.GREETING or (at > 0 and kind is Kind.FILLER and tokens[at] in AFTER_GREETING):
            at += size
        else:
            break
    if at == 0 or at == len(tokens):
        return normalised
    # the stretched text gave the words; the text itself gives the place
    ends = [match.end() for match in _TOKEN.finditer(normalised)]
    if len(ends) != len(tokens):
        return normalised
    rest = normalised[ends[at - 1] :]
    if rest[:1] == "-" and rest[1:2].isalnum():
        # "hi-fi" greets nobody
        return normalised
    return rest.lstrip(" ,.!?;:-\u2026") or normalised
