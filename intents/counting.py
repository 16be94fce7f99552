"""Many texts as counts of features: what training and the knowledge index are built from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.arrays import Floats, Ints
from intents.features import Vocabulary
from intents.text import word_pairs, word_pieces, words


@dataclass(frozen=True, slots=True, eq=False)
class FeatureCounts:
    """Sparse rows: row i has the features ids[starts[i]:starts[i + 1]], ascending, each as often as `counts` says.

    Features are single words first (n_unigrams), then pairs of words (n_words with these), then pieces of words.
    """

    vocabulary: Vocabulary
    n_unigrams: int
    starts: Ints
    ids: Ints
    counts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def n_words(self) -> int:
        return len(self.vocabulary.words)

    def row_numbers(self) -> Ints:
        """(n_entries,) the row that each entry of `ids` lies in."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    def frequencies(self) -> Ints:
        """(n_features,) in how many rows each feature occurs."""
        return np.bincount(self.ids, minlength=len(self.vocabulary)).astype(np.int32)

    def tf_idf(self, idf: Floats) -> Floats:
        """(n_entries,) sublinear TF-IDF, each row's words and pieces of length one; 0 where a feature's idf is."""
        values = (1.0 + np.log(self.counts)) * idf.astype(np.float64)[self.ids]
        blocks = self.row_numbers().astype(np.int64) * 2 + (self.ids >= self.n_words)
        lengths = np.sqrt(np.bincount(blocks, weights=values**2, minlength=2 * len(self)))
        lengths[lengths == 0] = 1.0
        return (values / lengths[blocks]).astype(np.float32)


def count_features(texts: Sequence[str], *, max_features: int | None = None) -> FeatureCounts:
    """The features of normalised texts; with a bound, the rarest are left out until the rest fit."""
    known: tuple[dict[str, int], ...] = ({}, {}, {})
    rows: list[tuple[Ints, Ints]] = []
    pieces_of: dict[str, list[str]] = {}
    for text in texts:
        tokens = words(text)
        pieces: list[str] = []
        for word in text.split():
            if word not in pieces_of:
                pieces_of[word] = word_pieces(word)
            pieces += pieces_of[word]
        for names, block in zip(known, (tokens, word_pairs(tokens), pieces), strict=True):
            counter = Counter(block)
            ids = np.array([names.setdefault(name, len(names)) for name in counter], dtype=np.int32)
            rows.append((ids, np.array(list(counter.values()), dtype=np.int32)))
    return _in_order(known, rows, max_features)


def _in_order(
    known: tuple[dict[str, int], ...], rows: list[tuple[Ints, Ints]], max_features: int | None
) -> FeatureCounts:
    """Number the features by block and name, and sort each row by them. rows: three blocks for each text."""
    n_texts = len(rows) // 3
    sizes = np.array([len(ids) for ids, _ in rows], dtype=np.int64)
    ids = np.concatenate([ids for ids, _ in rows]) if rows else np.zeros(0, np.int32)
    counts = np.concatenate([counts for _, counts in rows]) if rows else np.zeros(0, np.int32)
    blocks = np.repeat(np.tile(np.arange(3), n_texts), sizes)
    row_of = np.repeat(np.arange(n_texts), sizes.reshape(n_texts, 3).sum(axis=1))
    names_in_order = [sorted(names) for names in known]
    kept = _kept(blocks, ids, known, names_in_order, max_features)
    offset = 0
    for block, names in enumerate(known):
        chosen = [name for name, keep in zip(names_in_order[block], kept[block], strict=True) if keep]
        places = np.full(len(names), -1, dtype=np.int32)
        places[[names[name] for name in chosen]] = np.arange(len(chosen), dtype=np.int32) + offset
        mine = blocks == block
        ids[mine] = places[ids[mine]]
        offset += len(chosen)
        names_in_order[block] = chosen
    order = np.lexsort((ids, row_of))
    order = order[ids[order] >= 0]
    ends = np.cumsum(np.bincount(row_of[order], minlength=n_texts))
    return FeatureCounts(
        vocabulary=Vocabulary((*names_in_order[0], *names_in_order[1]), tuple(names_in_order[2])),
        n_unigrams=len(names_in_order[0]),
        starts=np.concatenate(([0], ends)).astype(np.int32),
        ids=ids[order].astype(np.int32),
        counts=counts[order].astype(np.int32),
    )


def _kept(
    blocks: NDArray[np.integer],
    ids: Ints,
    known: tuple[dict[str, int], ...],
    names_in_order: list[list[str]],
    max_features: int | None,
) -> list[NDArray[np.bool_]]:
    """For each block, in the order of its names, whether the feature is among the max_features most frequent."""
    frequencies = []
    for block, names in enumerate(known):
        places = np.array([names[name] for name in names_in_order[block]], dtype=np.int64)
        frequencies.append(np.bincount(ids[blocks == block], minlength=len(names))[places])
    together = np.concatenate(frequencies)
    keep = np.ones(len(together), dtype=bool)
    if max_features is not None and len(together) > max_features:
        keep[np.argsort(-together, kind="stable")[max_features:]] = False
    return np.split(keep, np.cumsum([len(part) for part in frequencies])[:-1])
