"""How good a recognizer is on labelled texts: the figures of `frontdesk evaluate`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from intents.calibration import calibration_error
from intents.recognizer import Recognizer
from intents.understanding import Decision, Understanding

OUT_OF_SCOPE_LABELS = frozenset({"", "oos", "out_of_scope"})
TARGET_PRECISIONS = (0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99)
MAX_CONFUSIONS = 100


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and the intent behind it; `label` None where it is out of scope."""

    text: str
    label: str | None


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """At confidence `threshold` and above, `coverage` of all rows would be answered, `precision` of these rightly.

    threshold is None, and coverage 0, where the precision cannot be had.
    """

    precision: float
    coverage: float
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    expected: str
    predicted: str | None
    count: int


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """auroc: how well the probability of being in scope tells the two apart; None where either side has no rows.

    recall: share of the rows out of scope that are not understood; None without any. in_scope_accuracy: share of the
    rows in scope that are understood and whose top intent is right; None without any.
    """

    auroc: float | None
    recall: float | None
    in_scope_accuracy: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one file. Shares lie in [0, 1].

    accuracy, macro_f1 and expected_calibration_error (15 equal bins) are of the top intent of every row in scope,
    whatever the decision; coverage_curve counts all rows, those out of scope as wrong. n: rows in all.
    """

    n: int
    accuracy: float
    macro_f1: float
    expected_calibration_error: float
    coverage_curve: tuple[CoveragePoint, ...]
    confusions: tuple[Confusion, ...]
    out_of_scope: OutOfScope

    def as_dict(self) -> dict[str, object]:
        """The report in the shape of docs/protocol.md."""
        return asdict(self)


def labelled_text(text: str, label: str) -> LabelledText:
    """The row that a file's text and label mean: an empty label, `oos` and `out_of_scope` are out of scope."""
    label = label.strip()
    return LabelledText(text, None if label.casefold() in OUT_OF_SCOPE_LABELS else label)


def evaluate(recognizer: Recognizer, rows: Iterable[LabelledText]) -> Report:
    """The figures of a recognizer over labelled rows. Figures that no row speaks to are 0.0, or None."""
    judged = [(row, recognizer.understand(row.text)) for row in rows]
    return report(judged)


def report(judged: Sequence[tuple[LabelledText, Understanding]]) -> Report:
    """The figures of rows that were understood already."""
    inside = [(row.label, made) for row, made in judged if row.label is not None]
    outside = [made for row, made in judged if row.label is None]
    right = np.array([made.intent == label for label, made in inside], dtype=np.float64)
    confidences = np.array([made.confidence for _, made in inside], dtype=np.float64)
    return Report(
        n=len(judged),
        accuracy=_mean(right) or 0.0,
        macro_f1=_macro_f1([(label, made.intent) for label, made in inside]),
        expected_calibration_error=calibration_error(confidences, right),
        coverage_curve=_coverage_curve(judged),
        confusions=_confusions(inside),
        out_of_scope=_out_of_scope(inside, outside),
    )


def _mean(values: NDArray[np.floating]) -> float | None:
    return float(values.mean()) if values.size else None


def _macro_f1(pairs: Sequence[tuple[str, str | None]]) -> float:
    """The mean F1 of the intents that occur, as label or as prediction."""
    hits, expected, predicted = Counter[str](), Counter[str](), Counter[str]()
    for label, intent in pairs:
        expected[label] += 1
        if intent is not None:
            predicted[intent] += 1
            hits[label] += label == intent
    names = expected.keys() | predicted.keys()
    scores = [2.0 * hits[name] / (expected[name] + predicted[name]) for name in names]
    return sum(scores) / len(scores) if scores else 0.0


def _coverage_curve(judged: Sequence[tuple[LabelledText, Understanding]]) -> tuple[CoveragePoint, ...]:
    """For each target precision the largest share of rows that could be answered at it."""
    scores = np.array([made.confidence * made.in_scope for _, made in judged])
    right = np.array([row.label is not None and made.intent == row.label for row, made in judged], dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], right[order]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    # rows of one score are answered together or not at all
    ends = np.append(scores[1:] < scores[:-1], True) if len(scores) else np.zeros(0, dtype=bool)
    points = []
    for target in TARGET_PRECISIONS:
        reached = np.flatnonzero(ends & (precision >= target))
        if reached.size:
            last = int(reached[-1])
            points.append(CoveragePoint(target, (last + 1) / len(right), float(scores[last])))
        else:
            points.append(CoveragePoint(target, 0.0, None))
    return tuple(points)


def _confusions(inside: Sequence[tuple[str, Understanding]]) -> tuple[Confusion, ...]:
    """The pairs that are taken for one another, the most frequent first."""
    pairs = Counter((label, made.intent) for label, made in inside if made.intent != label)
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))
    return tuple(Confusion(expected, predicted, n) for (expected, predicted), n in ranked[:MAX_CONFUSIONS])


def _out_of_scope(inside: Sequence[tuple[str, Understanding]], outside: Sequence[Understanding]) -> OutOfScope:
    kept = np.array(
        [made.intent == label and made.decision is not Decision.ESCALATE for label, made in inside], dtype=np.float32
    )
    found = np.array([made.decision is Decision.ESCALATE for made in outside], dtype=np.float64)
    return OutOfScope(
        auroc=_auroc([made.in_scope for _, made in inside], [made.in_scope for made in outside]),
        recall=_mean(found),
        in_scope_accuracy=_mean(kept),
    )


def _auroc(inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """The chance that a row in scope scores higher than one out of it; ties count half (Mann-Whitney)."""
    if not inside or not outside:
        return None
    scores = np.array([*inside, *outside])
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[places]
    n, m = len(inside), len(outside)
    return float((ranks[:n].sum() - n * (n + 1) / 2.0) / (n * m))
