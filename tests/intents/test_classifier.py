"""numpy serves the very numbers that scikit-learn would."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from intents.classifier import Classifier, softmax
from intents.model import Model
from intents.text import WORD_PATTERN, normalise
from intents.understanding import Example
from tests.intents.conftest import said

FRAGMENTS = st.sampled_from(
    "where is my order|lamp|RESET!|the hub|invoice|x|é|zzz|return|?|12|a b c d|address  address|你好|don't".split("|")
)


@pytest.fixture(scope="module")
def pipeline() -> object:
    """What training learns from, in scikit-learn's own words."""
    rows = sorted({(one.intent, normalise(one.text)): None for one in said()})
    union = make_union(
        TfidfVectorizer(preprocessor=normalise, token_pattern=WORD_PATTERN, ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(preprocessor=normalise, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    machine = make_pipeline(union, LinearSVC(C=0.5, tol=1e-6, max_iter=20_000, random_state=1))
    return machine.fit([text for _, text in rows], [intent for intent, _ in rows])


@given(st.lists(FRAGMENTS, max_size=12).map(" ".join))
def test_decisions_are_those_of_the_pipeline(pipeline: LinearSVC, model: Model, text: str) -> None:
    """Gathered rows of the weights give scikit-learn's decision values, but for float16 and the solver's tolerance."""
    ours = Classifier(model).scores(text).decisions
    theirs = pipeline.decision_function([text])[0]
    assert list(pipeline.classes_) == list(model.intents)
    assert np.abs(ours - theirs).max() < 0.03


def test_probabilities_are_a_distribution(model: Model) -> None:
    """Confidences sum to one, whatever is asked."""
    classifier = Classifier(model)
    for text in ("where is my order", "", "zzzz qqqq", "a" * 9_000, "\x00\ud800"):
        scores = classifier.scores(text)
        assert scores.probabilities.sum() == pytest.approx(1.0, abs=1e-5)
        assert 0.0 <= scores.known <= 1.0
        assert 0.0 <= scores.covered <= 1.0


def test_coverage_tells_known_words_from_the_intents_own(model: Model) -> None:
    """`known` counts words that training saw; `covered` those that the top intent's examples use."""
    scores = Classifier(model).scores("reset the zebra hub")
    assert model.intents[scores.top] == "reset_device"
    assert scores.known == pytest.approx(3 / 4)
    assert 0.0 < scores.covered < 1.0
    assert Classifier(model).scores("how do I reset the lamp").covered == pytest.approx(1.0)


def test_many_threads_may_ask_at_once(model: Model) -> None:
    """The same text has the same scores, also while words are being kept."""
    from concurrent.futures import ThreadPoolExecutor

    texts = [one.text for one in said()] * 5
    expected = [Classifier(model).scores(text).top for text in texts]
    shared = Classifier(model)
    with ThreadPoolExecutor(8) as pool:
        assert [one.top for one in pool.map(shared.scores, texts)] == expected


def test_softmax_never_overflows() -> None:
    """Neither huge nor tiny decision values break it."""
    assert softmax(np.array([1e5, -1e5, 0.0], dtype=np.float32)).tolist() == [1.0, 0.0, 0.0]


def test_serving_never_imports_scikit_learn() -> None:
    """What the server loads to understand texts pulls in neither scikit-learn nor scipy, which take seconds."""
    program = (
        "import sys, intents.live, intents.trainer, intents.evaluation, intents.training\n"
        "print(sorted(name for name in ('sklearn', 'scipy', 'joblib') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_an_example_is_a_value() -> None:
    """Two equal examples are one."""
    assert len({Example("a", "b"), Example("a", "b")}) == 1
