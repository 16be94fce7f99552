"""A text as a sparse vector: sublinear TF-IDF over word(1-2) and char_wb(2-5), each block of length one.

The same numbers as scikit-learn's two `TfidfVectorizer(sublinear_tf=True)` side by side, without scikit-learn: words
are looked up in a dict, and the pieces of a word are looked up once and kept.
"""

from dataclasses import dataclass, field

import numpy as np

from intents.arrays import Floats, Ints
from intents.text import word_pairs, word_pieces, words

# Words whose pieces are kept; people write far fewer different ones, and a hostile text cannot grow it further.
_KEPT_WORDS = 20_000
_KEPT_WORD_CHARS = 32
# 1 + ln(count), looked up; no text within bounds counts a piece so often
_SUBLINEAR = np.concatenate(([0.0], 1.0 + np.log(np.arange(1, 8193)))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class SparseVector:
    """The features that a text has: `ids` ascending, `values` beside them; word features come first.

    `unigrams` are the ids of its different words that are known, and `n_words` counts all its different words.
    """

    ids: Ints
    values: Floats
    unigrams: Ints
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
        pairs = [known[pair] for pair in word_pairs(tokens) if pair in known]
        found = [self._piece_ids(word) for word in text.split()]
        found.append(np.array(unigrams + pairs, dtype=np.int32))
        ids, counts = _count(np.concatenate(found))
        values = _SUBLINEAR[np.minimum(counts, _SUBLINEAR.size - 1)] * self.idf[ids]
        # ids ascend, so each block is one run of them
        n_word_features = int(ids.searchsorted(len(self.vocabulary.words)))
        _normalise_in_place(values[:n_word_features])
        _normalise_in_place(values[n_word_features:])
        return SparseVector(ids, values, np.array(sorted(set(unigrams)), dtype=np.int32), len(set(tokens)))

    def _piece_ids(self, word: str) -> Ints:
        ids = self._pieces_of.get(word)
        if ids is None:
            known = self._pieces
            ids = np.array([known[piece] for piece in word_pieces(word) if piece in known], dtype=np.int32)
            if len(self._pieces_of) < _KEPT_WORDS and len(word) <= _KEPT_WORD_CHARS:
                self._pieces_of[word] = ids
        return ids


def smooth_idf(frequencies: Ints, n_documents: int) -> Floats:
    """ln((1 + n) / (1 + df)) + 1, as scikit-learn; 0 for features that occur nowhere."""
    idf = np.log((1.0 + n_documents) / (1.0 + frequencies)) + 1.0
    return np.where(frequencies > 0, idf, 0.0).astype(np.float32)


def _count(ids: Ints) -> tuple[Ints, Ints]:
    """The different ids, ascending, and how often each occurs. Sorts its argument."""
    if ids.size == 0:
        return ids, ids
    ids.sort()
    ends = np.flatnonzero(ids[1:] != ids[:-1])
    bounds = np.empty(ends.size + 2, dtype=np.int32)
    bounds[0], bounds[-1] = 0, ids.size
    np.add(ends, 1, out=bounds[1:-1], casting="unsafe")
    return ids[bounds[:-1]], bounds[1:] - bounds[:-1]


def _normalise_in_place(values: Floats) -> None:
    length = float(values @ values)
    if length > 0:
        values /= length**0.5
