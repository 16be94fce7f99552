"""A text as a sparse vector: sublinear TF-IDF over word(1-2) and char_wb(2-5), each block of length one.

The same numbers as scikit-learn's two `TfidfVectorizer(sublinear_tf=True)` side by side, without scikit-learn: words
are looked up in a dict, and the pieces of a word are looked up once and kept.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intents.arrays import Floats, Ints
from intents.text import MAX_CHARS, word_pairs, word_pieces, words

# Words whose pieces are kept; people write far fewer different ones, and a hostile text cannot grow it further.
_KEPT_WORDS = 20_000
_KEPT_WORD_CHARS = 32
# 1 + ln(count), looked up; no normalised text is long enough for a higher count
_SUBLINEAR = np.concatenate(([0.0], 1.0 + np.log(np.arange(1, 4 * MAX_CHARS)))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class SparseVector:
    """The features that a text has: `ids` ascending, `values` beside them; word features come first.

    `unigrams` are the ids of its different words that are known, and `n_words` counts all its different words.
    """

    ids: Ints
    values: Floats
    unigrams: list[int]
    n_words: int


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Feature names in the order of their ids: single words, pairs of words (both in `words`), then pieces of words."""

    words: tuple[str, ...]
    pieces: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words) + len(self.pieces)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSpace:
    """Turns normalised texts into sparse vectors.

    idf: (n_features,) inverse document frequencies, 0 where a feature is not used.
    """

    vocabulary: Vocabulary
    idf: Floats
    _words: dict[str, int] = field(init=False, repr=False)
    _pieces: dict[str, int] = field(init=False, repr=False)
    _pieces_of: dict[str, Ints] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        first_piece = len(self.vocabulary.words)
        object.__setattr__(self, "_words", {name: i for i, name in enumerate(self.vocabulary.words)})
        object.__setattr__(self, "_pieces", {name: first_piece + i for i, name in enumerate(self.vocabulary.pieces)})

    def vector(self, text: str) -> SparseVector:
        """The vector of a normalised text."""
        tokens = words(text)
        known = self._words
        unigrams = [known[token] for token in tokens if token in known]
        in_pairs = [known[pair] for pair in word_pairs(tokens) if pair in known]
        kept = self._pieces_of
        found = [kept[word] if word in kept else self._piece_ids(word) for word in text.split()]
        found.append(np.array(unigrams + in_pairs, dtype=np.int32))
        ids, counts = _count(np.concatenate(found))
        values = _SUBLINEAR[counts]
        values *= self.idf[ids]
        # ids ascend, so each block is one run of them
        first_piece = int(ids.searchsorted(len(self.vocabulary.words)))
        _normalise_in_place(values[:first_piece])
        _normalise_in_place(values[first_piece:])
        return SparseVector(ids, values, sorted(set(unigrams)), len(set(tokens)))

    def word_id(self, word: str) -> int | None:
        """The feature of a single normalised word; None where it is not known."""
        return self._words.get(word)

    def _piece_ids(self, word: str) -> Ints:
        known = self._pieces
        ids = np.array([known[piece] for piece in word_pieces(word) if piece in known], dtype=np.int32)
        if len(self._pieces_of) < _KEPT_WORDS and len(word) <= _KEPT_WORD_CHARS:
            self._pieces_of[word] = ids
        return ids


def smooth_idf(frequencies: Ints, n_documents: int) -> Floats:
    """ln((1 + n) / (1 + df)) + 1, as scikit-learn; 0 for features that occur nowhere."""
    idf = np.log((1.0 + n_documents) / (1.0 + frequencies)) + 1.0
    return np.where(frequencies > 0, idf, 0.0).astype(np.float32)


def _count(ids: Ints) -> tuple[Ints, NDArray[np.int64]]:
    """The different ids, ascending, and how often each occurs. Sorts its argument."""
    if ids.size == 0:
        return ids, ids.astype(np.int64)
    ids.sort()
    changes = (ids[1:] != ids[:-1]).nonzero()[0]
    bounds = np.empty(changes.size + 2, dtype=np.int64)
    bounds[0], bounds[-1] = -1, ids.size - 1
    bounds[1:-1] = changes
    return ids[bounds[1:]], bounds[1:] - bounds[:-1]


def _normalise_in_place(values: Floats) -> None:
    length = float(values @ values)
    if length > 0:
        values /= length**0.5
