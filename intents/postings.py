"""Scores of many rows by the few features that a text has: as a table where that is small, else as postings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.arrays import Floats, Ints

# Postings that one search may add up: about a millisecond. Of very many rows the commonest features are passed over.
MAX_POSTINGS = 200_000

# Up to here (16 MB) a table of every feature and row is held: adding up rows of it takes a tenth of the time.
MAX_TABLE = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """values: (n_features, n_rows)."""

    values: Floats

    def add_up(self, features: Ints, weights: Floats) -> Floats:
        """(n_rows,) the sum of weight * value of these features."""
        scores: Floats = weights @ self.values[features]
        return scores

    def held(self, features: Ints, row: int) -> Floats:
        """(n_features,) 1 for those that occur in the row, else 0."""
        held: Floats = (self.values[features, row] > 0).astype(np.float32)
        return held


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """An inverted index: feature i occurs in rows[starts[i]:starts[i + 1]], ascending, with `values` beside them."""

    starts: NDArray[np.int64]
    rows: Ints
    values: Floats
    n_rows: int

    def add_up(self, features: Ints, weights: Floats) -> Floats:
        """(n_rows,) the sum of weight * value of these features; rarest first, as many as MAX_POSTINGS allow."""
        sizes = self.starts[features + 1] - self.starts[features]
        if int(sizes.sum()) > MAX_POSTINGS:
            order = np.argsort(sizes, kind="stable")
            order = order[np.cumsum(sizes[order], dtype=np.int64) <= MAX_POSTINGS]
            features, weights, sizes = features[order], weights[order], sizes[order]
        if not sizes.any():
            return np.zeros(self.n_rows, dtype=np.float32)
        # where each posting lies: runs of consecutive places, one run for each feature
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(self.starts[features] - (ends - sizes), sizes)
        products = self.values[places] * np.repeat(weights, sizes)
        return np.bincount(self.rows[places], weights=products, minlength=self.n_rows).astype(np.float32)

    def held(self, features: Ints, row: int) -> Floats:
        """(n_features,) 1 for those that occur in the row, else 0."""
        found = [self._holds(feature, row) for feature in features.tolist()]
        return np.array(found, dtype=np.float32)

    def _holds(self, feature: int, row: int) -> bool:
        rows = self.rows[self.starts[feature] : self.starts[feature + 1]]
        place = int(rows.searchsorted(row))
        return place < rows.size and int(rows[place]) == row


def scores_by_feature(
    features: Ints, rows: Ints, values: NDArray[np.floating], shape: tuple[int, int]
) -> Table | Postings:
    """What adds up these entries, each (feature, row, value) once. shape: (n_features, n_rows)."""
    n_features, n_rows = shape
    if n_features * n_rows <= MAX_TABLE:
        table = np.zeros(shape, dtype=np.float32)
        table[features, rows] = values
        return Table(table)
    order = np.lexsort((rows, features))
    starts = np.concatenate(([0], np.cumsum(np.bincount(features, minlength=n_features))))
    return Postings(starts.astype(np.int64), rows[order].astype(np.int32), values[order].astype(np.float32), n_rows)
