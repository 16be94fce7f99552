"""What somebody said, in a few of their own sentences: extractive, pure, for any language that ends its sentences."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from intents.signals import detect

SENTENCES_MOST = 4
SENTENCE_LIMIT = 200
WORDS_LEAST = 3

_END = re.compile(r"(?<=[.!?…؟。！？])\s+|\n+")
_WORD = re.compile(r"\w{3,}")
_NUMBER = re.compile(r"\d")


def summarise(texts: Sequence[str], limit: int = 400) -> str:
    """The sentences that say most, in their order, within `limit` characters.

    texts: what was said, oldest first. A sentence says much when its words come up again elsewhere, when it
    carries numbers, and when it stands first or was said last (after Luhn 1958).
    """
    sentences = [
        (at, sentence)
        for at, text in enumerate(texts)
        for part in _END.split(text)
        if (sentence := " ".join(part.split()))
    ]
    if not sentences:
        return ""
    counts = Counter(word for _, sentence in sentences for word in set(_words(sentence)))
    last = sentences[-1][0]
    scored = sorted(
        range(len(sentences)),
        key=lambda place: (-_weight(sentences[place][1], counts, place == 0, sentences[place][0] == last), place),
    )
    kept: list[int] = []
    seen: set[str] = set()
    left = limit
    for place in scored:
        sentence = clip(sentences[place][1], SENTENCE_LIMIT)
        if len(kept) == SENTENCES_MOST:
            break
        if sentence.casefold() in seen or len(sentence) + 1 > left:
            continue
        kept.append(place)
        seen.add(sentence.casefold())
        left -= len(sentence) + 1
    if not kept:
        return clip(sentences[scored[0]][1], limit)
    return " ".join(clip(sentences[place][1], SENTENCE_LIMIT) for place in sorted(kept))


def besides_the_wish(text: str) -> str:
    """The sentences of a text that do not ask for a person, where they say something; else nothing."""
    kept = [part for part in _END.split(text) if not detect(part).signals.asks_person]
    said = " ".join(" ".join(part.split()) for part in kept)
    return said if len(_words(said)) >= WORDS_LEAST else ""


def clip(text: str, limit: int) -> str:
    """The text within `limit` characters, with an ellipsis where it was longer."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def _words(sentence: str) -> list[str]:
    return _WORD.findall(sentence.casefold())


def _weight(sentence: str, counts: Counter[str], is_first: bool, is_last_said: bool) -> float:
    words = set(_words(sentence))
    if not words:
        return 0.0
    weight = sum(math.log1p(counts[word]) for word in words) / math.sqrt(len(words))
    if _NUMBER.search(sentence):
        weight *= 1.3
    if is_first:
        weight *= 1.2
    return weight * 1.1 if is_last_said else weight
