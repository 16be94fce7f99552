"""Texts that a bot cannot tell apart: the same twice under one head, or nearly the same under two.

Pairs are found by an exact set-similarity join over runs of three characters (prefix filtering: Chaudhuri, Ganti and
Kaushik 2006; Bayardo, Ma and Srikant 2007), so that texts which share no rare run are never compared.
"""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from intents.text import normalise, words

OverlapKind = Literal["duplicate", "conflict"]

RUN = 3
SHARED = 0.68
"""Of the runs of two texts, what they need in common to be looked at."""

NEAR = 0.82
"""How similar two texts are that are worth a word."""

PAIRS_LIMIT = 5_000
_REST_EVERY = 200
_REST_S = 0.0005


@dataclass(frozen=True, slots=True)
class Entry:
    """A text and what it stands for. id: the example's, or None of an article's question or phrasing."""

    id: str | None
    text: str
    owner: str
    owner_name: str
    of: Literal["intent", "article"] = "intent"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two texts of one owner (duplicate) or of two (conflict). similarity: in [0, 1], 1 for the same words."""

    kind: OverlapKind
    similarity: float
    a: Entry
    b: Entry


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Conflicts first, the most similar first. whole: whether all was compared in the time given."""

    items: tuple[Overlap, ...]
    whole: bool


def find_overlaps(
    entries: Sequence[Entry], *, new: frozenset[int] | None = None, limit: int = 200, within_s: float = 3.0
) -> Overlaps:
    """The overlaps of some texts. new: only pairs with one of these entries, by their place in the sequence.

    It takes processor time: run it in a thread; it rests now and then, so that others pass.
    """
    ends = time.monotonic() + within_s
    texts = [normalise(entry.text) for entry in entries]
    sets = [_runs(text) for text in texts]
    runs = _ordered(sets, by_rarity=new is None)
    weights = _Weights(texts)
    begun: defaultdict[str, list[int]] = defaultdict(list)
    for place in new or ():
        for run in _prefix(runs[place]):
            begun[run].append(place)
    found: list[Overlap] = []
    whole = True
    for done, place in enumerate(range(len(entries))):
        if done % _REST_EVERY == 0:
            if time.monotonic() > ends or len(found) >= PAIRS_LIMIT:
                whole = False
                break
            time.sleep(_REST_S)
        prefix = _prefix(runs[place])
        for other in {one for run in prefix if run in begun for one in begun[run]}:
            if other == place or entries[place].of != entries[other].of:
                continue
            if new is not None and place in new and other < place:
                continue  # two new ones meet twice
            similarity = _similarity(sets[place], sets[other], texts[place], texts[other], weights)
            if similarity >= NEAR:
                found.append(_overlap(entries[min(place, other)], entries[max(place, other)], similarity))
        if new is None:
            for run in prefix:
                begun[run].append(place)
    found.sort(key=lambda one: (one.kind != "conflict", -one.similarity, one.a.text, one.b.text))
    return Overlaps(tuple(found[:limit]), whole and len(found) <= limit)


class _Weights:
    """How much a word tells: rare ones more."""

    __slots__ = ("_counts", "_n")

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = Counter(word for text in texts for word in set(words(text)))
        self._n = len(texts)

    def of(self, word: str) -> float:
        return math.log((self._n + 1) / (self._counts[word] + 0.5)) + 0.5


def _runs(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[at : at + RUN] for at in range(max(len(padded) - RUN + 1, 1))}


def _ordered(texts: Sequence[set[str]], *, by_rarity: bool) -> list[list[str]]:
    """Each text's runs in one order for all; the rarest first where that pays: fewer texts then share a prefix."""
    if not by_rarity:
        return [sorted(runs) for runs in texts]
    counts = Counter(run for runs in texts for run in runs)
    return [sorted(runs, key=lambda run: (counts[run], run)) for runs in texts]


def _prefix(runs: list[str]) -> list[str]:
    """The runs of which two texts that share SHARED of theirs have at least one in common."""
    return runs[: len(runs) - math.ceil(SHARED * len(runs)) + 1]


def _similarity(mine: set[str], theirs: set[str], text: str, other: str, weights: _Weights) -> float:
    """The mean of what the runs and the weighted words of two texts share (Dice)."""
    if text == other:
        return 1.0
    if not SHARED * len(mine) <= len(theirs) <= len(mine) / SHARED:
        return 0.0
    shared = len(mine & theirs)
    if shared < SHARED * (len(mine) + len(theirs) - shared):
        return 0.0
    by_runs = 2 * shared / (len(mine) + len(theirs))
    own, other_words = set(words(text)), set(words(other))
    total = sum(map(weights.of, own)) + sum(map(weights.of, other_words))
    by_words = 2 * sum(map(weights.of, own & other_words)) / total if total else by_runs
    return round((by_runs + by_words) / 2, 4)


def _overlap(a: Entry, b: Entry, similarity: float) -> Overlap:
    same = (a.of, a.owner) == (b.of, b.owner)
    return Overlap("duplicate" if same else "conflict", similarity, a, b)
