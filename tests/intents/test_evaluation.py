"""Figures that say how good a bot is."""

from __future__ import annotations

import pytest
from sklearn.metrics import f1_score, roc_auc_score

from intents.evaluation import LabelledText, evaluate, labelled_text, report
from intents.knowledge import KnowledgeIndex
from intents.model import Model
from intents.recognizer import Recognizer
from intents.understanding import Decision, Example, Reason, Signals, Understanding


def made(
    intent: str | None, confidence: float, in_scope: float = 1.0, decision: Decision = Decision.ANSWER
) -> Understanding:
    return Understanding("", decision, intent, confidence, (), None, Signals(), None, Reason.INTENT, 0.1, in_scope, ())


JUDGED = [
    (LabelledText("", "a"), made("a", 0.95, 0.9)),
    (LabelledText("", "a"), made("a", 0.9, 0.8)),
    (LabelledText("", "a"), made("b", 0.6, 0.7)),
    (LabelledText("", "b"), made("b", 0.8, 0.3, Decision.ESCALATE)),
    (LabelledText("", "c"), made("b", 0.5, 0.6, Decision.CLARIFY)),
    (LabelledText("", None), made("a", 0.7, 0.65)),
    (LabelledText("", None), made("a", 0.4, 0.1, Decision.ESCALATE)),
]


def test_the_figures_are_those_of_the_field() -> None:
    """Accuracy, macro-F1 and AUROC agree with scikit-learn's, and calibration with its definition."""
    figures = report(JUDGED)
    labels = [row.label for row, _ in JUDGED if row.label is not None]
    tops = [one.intent for row, one in JUDGED if row.label is not None]
    assert figures.n == 7
    assert figures.accuracy == pytest.approx(3 / 5)
    assert figures.macro_f1 == pytest.approx(f1_score(labels, tops, average="macro", zero_division=0))
    scope = figures.out_of_scope
    assert scope.auroc == pytest.approx(
        roc_auc_score([row.label is not None for row, _ in JUDGED], [one.in_scope for _, one in JUDGED])
    )
    assert scope.recall == pytest.approx(1 / 2)
    assert scope.in_scope_accuracy == pytest.approx(2 / 5)
    # each row stands alone in its bin of 1/15
    gaps = (1 - 0.95, 1 - 0.9, 0.6, 1 - 0.8, 0.5)
    assert figures.expected_calibration_error == pytest.approx(sum(gaps) / 5, abs=1e-6)


def test_the_coverage_curve_is_what_could_be_answered() -> None:
    """For each target the largest share of all rows that could be answered at that precision."""
    curve = {point.precision: point for point in report(JUDGED).coverage_curve}
    # by confidence x in_scope: right, right, wrong(0.455), wrong(0.42), ...
    assert curve[0.9].coverage == pytest.approx(2 / 7)
    assert curve[0.9].threshold == pytest.approx(0.72)
    assert curve[0.99].coverage == pytest.approx(2 / 7)


def test_a_precision_that_cannot_be_had() -> None:
    """Where even the surest answer is wrong, nothing can be answered."""
    point = report([(LabelledText("", "a"), made("b", 0.9))]).coverage_curve[0]
    assert (point.coverage, point.threshold) == (0.0, None)


def test_confusions_come_most_frequent_first() -> None:
    """Which intent is taken for which, and how often."""
    rows = [(LabelledText("", "a"), made("b", 0.5))] * 3 + [(LabelledText("", "b"), made("a", 0.5))]
    found = report(rows).confusions
    assert [(one.expected, one.predicted, one.count) for one in found] == [("a", "b", 3), ("b", "a", 1)]


@pytest.mark.parametrize("label", ["", "  ", "oos", "OOS", "out_of_scope"])
def test_labels_that_mean_out_of_scope(label: str) -> None:
    """An empty label, `oos` and `out_of_scope`."""
    assert labelled_text("x", label) == LabelledText("x", None)
    assert labelled_text("x", " card ") == LabelledText("x", "card")


def test_no_rows_no_figures() -> None:
    """Nothing to judge is no error, and no claim."""
    empty = report([])
    assert (empty.n, empty.accuracy, empty.out_of_scope.auroc, empty.out_of_scope.recall) == (0, 0.0, None, None)


def test_the_shape_is_the_protocols(model: Model, knowledge: KnowledgeIndex, examples: list[Example]) -> None:
    """Exactly the keys of `frontdesk evaluate`; a bot is good at its own examples."""
    rows = [LabelledText(one.text, one.intent) for one in examples] + [LabelledText("zebra quantum", None)]
    figures = evaluate(Recognizer(model, knowledge), rows).as_dict()
    assert set(figures) == {
        "n",
        "accuracy",
        "macro_f1",
        "expected_calibration_error",
        "coverage_curve",
        "confusions",
        "out_of_scope",
    }
    assert isinstance(figures["out_of_scope"], dict)
    assert set(figures["out_of_scope"]) == {"auroc", "recall", "in_scope_accuracy"}
    assert figures["n"] == 51
    assert isinstance(figures["accuracy"], float)
    assert figures["accuracy"] >= 0.95
    assert figures["out_of_scope"]["recall"] == 1.0
