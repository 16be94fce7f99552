"""Training: bots of any size, the same from the same, and clear words where nothing can be learned."""

from __future__ import annotations

import numpy as np
import pytest

from intents.arrays import Floats, Ints
from intents.calibration import calibration_error, fit_temperature
from intents.classifier import Classifier, softmax
from intents.corpus import build_corpus
from intents.counting import count_features
from intents.errors import TooFewExamples
from intents.model import Model, WeakIntent
from intents.training import TrainingSettings, data_hash, deal_folds, train, weakest_intents
from intents.understanding import Example


def top_intent(model: Model, text: str) -> str:
    return model.intents[Classifier(model).scores(text).top]


def test_what_was_taught_is_known(model: Model, examples: list[Example]) -> None:
    """A trained bot knows its own examples, and questions near them."""
    assert sum(top_intent(model, one.text) == one.intent for one in examples) >= len(examples) - 1
    assert top_intent(model, "please tell me where my order is") == "order_status"
    assert top_intent(model, "i need the reciept for my compny") == "invoice"


def test_the_same_examples_give_the_same_model(model: Model, examples: list[Example]) -> None:
    """Order does not matter, nor does chance beyond the seed."""
    again = train(list(reversed(examples)), seed=1)
    assert again.vocabulary.words == model.vocabulary.words
    assert again.provenance.data_hash == model.provenance.data_hash
    assert np.array_equal(again.weights, model.weights)
    assert again.temperature == model.temperature
    assert again.scope == model.scope


def test_the_hash_tells_data_apart(examples: list[Example]) -> None:
    """Another text, or the same under another intent, is other data."""
    assert data_hash(examples) == data_hash(list(reversed(examples)))
    assert data_hash(examples) != data_hash(examples[1:])
    assert data_hash([Example("a", "b")]) != data_hash([Example("b", "a")])


def test_an_intent_with_one_example_is_named() -> None:
    """What is missing is said with the intent's name, and how many are needed."""
    few = [
        Example("hello there", "a"),
        Example("good day", "a"),
        Example("only this", "lonely"),
        Example("ONLY this!", "b"),
    ]
    with pytest.raises(TooFewExamples, match="'b'") as caught:
        train(few)
    assert (caught.value.intent, caught.value.have, caught.value.need) == ("b", 1, 2)


def test_repeats_and_empty_texts_do_not_count() -> None:
    """Texts that read alike are one example, and those that say nothing are none."""
    with pytest.raises(TooFewExamples) as caught:
        train([Example("Same", "a"), Example("same ", "a"), Example("\x00", "a")])
    assert caught.value.have == 1


def test_nothing_to_learn_from_is_said() -> None:
    """Without any example there is no intent to name."""
    with pytest.raises(TooFewExamples) as caught:
        train([])
    assert caught.value.intent is None


def test_a_bot_of_one_intent_learns_it() -> None:
    """One intent has nothing to be told from; its own texts still stand out from foreign ones."""
    model = train([Example(text, "hours") for text in ("when do you open", "opening hours", "are you open today")])
    classifier = Classifier(model)
    near, far = classifier.scores("when are you open today"), classifier.scores("zebra crossing quantum")
    assert near.probabilities.tolist() == [1.0]
    assert near.decisions[0] > far.decisions[0]


def test_two_intents_of_two_examples_each() -> None:
    """The smallest bot that can tell anything apart does so."""
    model = train(
        [
            Example("reset the lamp", "reset"),
            Example("how do I reset it", "reset"),
            Example("send an invoice", "invoice"),
            Example("I need the invoice", "invoice"),
        ]
    )
    assert model.weights.shape[1] == 2
    assert top_intent(model, "reset it please") == "reset"
    assert top_intent(model, "the invoice please") == "invoice"


def test_hundreds_of_intents() -> None:
    """A bot of 300 intents with three examples each trains, and knows them."""
    examples = [
        Example(f"{start} widget{number} code {number}", f"intent_{number:03}")
        for number in range(300)
        for start in ("tell me about", "what is", "i need")
    ]
    model = train(examples)
    assert len(model.intents) == 300
    assert top_intent(model, "where is widget217 code 217") == "intent_217"


def test_progress_is_told_and_may_end_it(examples: list[Example]) -> None:
    """Steps go up to their number; an exception out of the listener ends the training."""
    told: list[tuple[str, int, int]] = []
    train(examples, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert [done for _, done, _ in told] == list(range(len(told)))
    assert told[-1][0] == "done"
    assert told[-1][1] == told[-1][2]

    class Stop(Exception):
        pass

    def stop(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        train(examples, progress=stop)


def test_every_intent_stays_in_every_training_part() -> None:
    """Folds are dealt so that an intent of two examples is never held out whole."""
    labels: Ints = np.repeat(np.arange(7, dtype=np.int32), [2, 3, 2, 5, 11, 2, 4])
    folds = deal_folds(labels, 5, seed=3)
    for fold in range(5):
        assert set(labels[folds != fold]) == set(range(7))


def test_small_talk_of_its_own_is_marked() -> None:
    """An intent that is taught greetings is the bot's own way to greet."""
    model = train(
        [Example(text, "welcome") for text in ("hi", "hello", "good morning", "hey there")]
        + [Example(text, "reset") for text in ("reset the lamp", "how do I reset", "factory reset")]
    )
    assert model.small_talk == ("welcome",)


def test_the_rarest_features_go_first() -> None:
    """Where weights would not fit, features that occur often are kept."""
    counted = count_features(["common rare", "common other", "common third"], max_features=12)
    assert "common" in counted.vocabulary.words
    assert "rare" not in counted.vocabulary.words
    assert len(counted.vocabulary) == 12


def test_a_corpus_counts_each_text_once_for_its_intent() -> None:
    """The same text may stand under two intents, but not twice under one."""
    corpus = build_corpus([Example(t, i) for t, i in (("A", "x"), ("a", "x"), ("b", "x"), ("a", "y"), ("c", "y"))])
    assert corpus.texts == ("a", "b", "a", "c")
    assert corpus.labels.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("temperature", [0.1, 0.3, 1.0])
def test_the_temperature_is_found_again(temperature: float) -> None:
    """Labels drawn from a softmax of known temperature give that temperature back."""
    rng = np.random.default_rng(5)
    decisions: Floats = rng.normal(0, 0.5, (4_000, 6)).astype(np.float32)
    probabilities = softmax(decisions / temperature)
    labels = np.array([rng.choice(6, p=row / row.sum()) for row in probabilities.astype(np.float64)], dtype=np.int32)
    assert fit_temperature(decisions, labels) == pytest.approx(temperature, rel=0.1)


def test_a_handful_of_sure_examples_does_not_make_the_bot_sure_of_everything() -> None:
    """Few separable examples leave the temperature near the usual one."""
    decisions = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    labels = np.array([0, 1, 2, 0, 1, 2], dtype=np.int32)
    assert fit_temperature(decisions, labels) > 1 / 12


def test_calibration_error_is_the_gap_between_confidence_and_frequency() -> None:
    """All at 0.9 confidence and half of them right: the error is 0.4; perfect certainty that is right: none."""
    confidences = np.full(100, 0.9, dtype=np.float32)
    right = np.array([1.0, 0.0] * 50, dtype=np.float32)
    assert calibration_error(confidences, right) == pytest.approx(0.4, abs=1e-6)
    assert calibration_error(np.ones(10), np.ones(10)) == 0.0
    assert calibration_error(np.zeros(0), np.zeros(0)) == 0.0


def test_settings_are_those_that_were_measured() -> None:
    """The regularisation that was chosen by cross-validation on training data."""
    assert TrainingSettings() == TrainingSettings(regularisation=0.5, folds=5)


def test_the_weakest_intents_are_named_with_what_they_are_taken_for() -> None:
    """The one that is got right least often first; one that is always got right is not weak."""
    labels, found = np.array([0, 0, 0, 0, 1, 1, 2], np.int32), np.array([0, 1, 1, 2, 1, 0, 2], np.int32)
    weak = weakest_intents(("order", "refund", "hours"), labels, found)
    assert weak == (WeakIntent("order", 4, 0.25, "refund"), WeakIntent("refund", 2, 0.5, "order"))
