"""Training a model from examples, with scikit-learn; meant for a process of its own.

One-vs-rest LinearSVC on word(1-2) and char_wb(2-5) TF-IDF. Scores of held-out folds give the temperature and the
gate's statistics, so confidence is measured on texts that the scoring model had not seen. scikit-learn and scipy are
imported when training begins: they take seconds, and serving must never wait for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from intents.arrays import Bytes, Floats, Ints
from intents.calibration import calibration_error, confidences_of, fit_temperature
from intents.corpus import Corpus, build_corpus
from intents.features import smooth_idf
from intents.model import Model, Provenance, WeakIntent
from intents.scope import scope_features, scope_statistics
from intents.signals import detect
from intents.understanding import Example

ENOUGH_HELD_OUT = 2_000
"""Texts that a temperature and four means need to settle; each fold costs nearly as much as the model itself."""

WEAKEST_LIMIT = 10

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, steps done and steps in all; an exception out of it ends the training."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """regularisation: LinearSVC's C. folds: parts of which one at a time is held out."""

    regularisation: float = 0.5
    folds: int = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """idf: (n_features,); weights: (n_features, n_intents); bias: (n_intents,)."""

    idf: Floats
    weights: Floats
    bias: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """What a fold's model said of the texts it had not seen; rows: (n,) their numbers in the corpus."""

    rows: Ints
    decisions: Floats
    known: Floats
    covered: Floats


def quiet(stage: str, done: int, total: int) -> None:
    """Progress for those who do not watch."""


def data_hash(examples: Sequence[Example]) -> str:
    """One hash for one set of examples, whatever their order."""
    digest = sha256()
    for line in sorted(f"{example.intent}\x00{example.text}\x01" for example in examples):
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def train(
    examples: Sequence[Example],
    *,
    settings: TrainingSettings | None = None,
    seed: int = 0,
    progress: Progress = quiet,
) -> Model:
    """A model of these examples. The same examples, settings and seed give the same model.

    Raises TooFewExamples, naming the intent, where an intent has fewer than two different texts, or there is none.
    """
    settings = settings or TrainingSettings()
    n_trials = _trials_needed(len(examples), settings)
    n_steps = n_trials + 2
    progress("reading", 0, n_steps)
    corpus = build_corpus(examples)
    progress("learning", 1, n_steps)
    folds = deal_folds(corpus.labels, settings.folds, seed)
    everything = np.arange(len(corpus), dtype=np.int32)
    # one after the other: liblinear's dice are one for the process, and threads would make each model another
    linear = _fit(corpus, everything, settings, seed)
    trials: list[_Trial] = []
    for fold in range(n_trials):
        progress("learning", fold + 2, n_steps)
        trials.append(_try_fold(corpus, folds == fold, settings, seed))
    model = _assemble(corpus, linear, trials, data_hash(examples), seed)
    progress("done", n_steps, n_steps)
    return model


def _trials_needed(n_examples: int, settings: TrainingSettings) -> int:
    """How many of the folds are held out in turn: enough for ENOUGH_HELD_OUT texts, all where there are few."""
    per_fold = max(n_examples // settings.folds, 1)
    return min(settings.folds, max(1, -(-ENOUGH_HELD_OUT // per_fold)))


def deal_folds(labels: Ints, n_folds: int, seed: int) -> Ints:
    """(n_examples,) the fold of each example: each intent's are shuffled and dealt in turn.

    So an intent of two examples or more is in every fold's training part.
    """
    rng = np.random.default_rng(seed)
    folds = np.zeros(len(labels), dtype=np.int32)
    start = 0
    for label in range(int(labels.max()) + 1):
        mine = rng.permutation(np.flatnonzero(labels == label))
        folds[mine] = (start + np.arange(len(mine))) % n_folds
        start += len(mine)
    return folds


def _matrix(corpus: Corpus, values: Floats) -> Any:
    from scipy.sparse import csr_matrix

    features = corpus.features
    return csr_matrix((values, features.ids, features.starts), shape=(len(corpus), len(features.vocabulary)))


def _idf(corpus: Corpus, rows: Ints) -> Floats:
    chosen = np.zeros(len(corpus), dtype=bool)
    chosen[rows] = True
    features = corpus.features
    entries = chosen[features.row_numbers()]
    frequencies = np.bincount(features.ids[entries], minlength=len(features.vocabulary))
    return smooth_idf(frequencies.astype(np.int32), len(rows))


def _fit(corpus: Corpus, rows: Ints, settings: TrainingSettings, seed: int) -> _Linear:
    from scipy.sparse import csr_matrix, vstack
    from sklearn.svm import LinearSVC

    idf = _idf(corpus, rows)
    matrix = _matrix(corpus, corpus.features.tf_idf(idf))[rows]
    labels = corpus.labels[rows]
    n_intents = len(corpus.intents)
    if n_intents == 1:
        # one intent has nothing to be told from but silence: as many empty texts
        matrix = vstack([matrix, csr_matrix(matrix.shape)]).tocsr()
        labels = np.concatenate((np.ones(len(rows), np.int32), np.zeros(len(rows), np.int32)))
    # tol: from 1e-4 to 1e-1 nothing changed in cross-validated accuracy
    machine = LinearSVC(C=settings.regularisation, tol=0.1, random_state=seed).fit(matrix, labels)
    weights, bias = machine.coef_, machine.intercept_
    if n_intents == 2:
        weights, bias = np.vstack((-weights, weights)), np.concatenate((-bias, bias))
    return _Linear(idf, np.ascontiguousarray(weights.T, dtype=np.float32), bias.astype(np.float32))


def _try_fold(corpus: Corpus, held_out: Any, settings: TrainingSettings, seed: int) -> _Trial:
    training = np.flatnonzero(~held_out).astype(np.int32)
    rows = np.flatnonzero(held_out).astype(np.int32)
    if len(rows) == 0:
        empty = np.zeros(0, dtype=np.float32)
        return _Trial(rows, np.zeros((0, len(corpus.intents)), np.float32), empty, empty)
    linear = _fit(corpus, training, settings, seed)
    matrix = _matrix(corpus, corpus.features.tf_idf(linear.idf))[rows]
    decisions: Floats = np.asarray(matrix @ linear.weights + linear.bias, dtype=np.float32)
    known, covered = _coverage(corpus, training, rows, linear.idf, decisions.argmax(axis=1))
    return _Trial(rows, decisions, known, covered)


def _unigram_matrix(corpus: Corpus) -> Any:
    matrix = _matrix(corpus, np.ones(len(corpus.features.ids), dtype=np.float32))
    return matrix[:, : corpus.features.n_unigrams]


def _presence(corpus: Corpus, rows: Ints) -> Any:
    """(n_intents, n_unigrams) sparse, 1 where a word occurs in one of these rows' examples of the intent."""
    from scipy.sparse import csr_matrix

    ones = np.ones(len(rows), dtype=np.float32)
    member = csr_matrix((ones, (corpus.labels[rows], np.arange(len(rows)))), shape=(len(corpus.intents), len(rows)))
    presence = (member @ _unigram_matrix(corpus)[rows]).tocsr()
    presence.data[:] = 1.0
    return presence


def _coverage(corpus: Corpus, training: Ints, rows: Ints, idf: Floats, top: Ints) -> tuple[Floats, Floats]:
    """(n_rows,) twice: known and covered, as IntentScores has them, with `training` as all there is to know."""
    unigrams = _unigram_matrix(corpus)[rows]
    idf = idf[: corpus.features.n_unigrams]
    seen = (idf > 0).astype(np.float32)
    n_words = np.maximum(np.asarray(unigrams.sum(axis=1)).ravel(), 1.0)
    n_known = np.asarray(unigrams @ seen).ravel()
    total = np.asarray(unigrams @ np.where(idf > 0, idf, idf.max(initial=1.0))).ravel()
    shared = unigrams.multiply(_presence(corpus, training)[top]).tocsr()
    covered = np.asarray(shared @ idf).ravel() / np.maximum(total, 1e-9)
    return (n_known / n_words).astype(np.float32), covered.astype(np.float32)


def _assemble(corpus: Corpus, linear: _Linear, trials: Sequence[_Trial], data: str, seed: int) -> Model:
    rows = np.concatenate([trial.rows for trial in trials])
    decisions = np.concatenate([trial.decisions for trial in trials])
    labels = corpus.labels[rows]
    temperature = fit_temperature(decisions, labels)
    confidences = confidences_of(decisions, temperature)
    right = (decisions.argmax(axis=1) == labels).astype(np.float32)
    features = scope_features(
        np.log(np.maximum(confidences, 1e-12)),
        decisions.max(axis=1),
        np.concatenate([trial.covered for trial in trials]),
        np.concatenate([trial.known for trial in trials]),
    )
    figures = {
        "cross_validated_accuracy": float(right.mean()),
        "cross_validated_calibration_error": calibration_error(confidences, right),
    }
    return Model(
        intents=corpus.intents,
        vocabulary=corpus.features.vocabulary,
        idf=linear.idf,
        weights=linear.weights.astype(np.float16),
        bias=linear.bias,
        temperature=temperature,
        presence=_presence_bits(corpus),
        scope=scope_statistics(features),
        small_talk=_small_talk(corpus),
        provenance=Provenance(len(corpus), data, seed, figures),
        weakest=weakest_intents(corpus.intents, labels, decisions.argmax(axis=1).astype(np.int32)),
    )


def weakest_intents(intents: Sequence[str], labels: Ints, found: Ints) -> tuple[WeakIntent, ...]:
    """The intents that were mistaken for others most often, the weakest first, at most WEAKEST_LIMIT.

    labels, found: (n_held_out,) what each text was, and what it was taken for.
    """
    n = np.bincount(labels, minlength=len(intents))
    right = np.bincount(labels[found == labels], minlength=len(intents))
    weak: list[WeakIntent] = []
    for label in map(int, np.flatnonzero(right < n)):
        others = np.bincount(found[(labels == label) & (found != label)], minlength=len(intents))
        share = float(right[label] / n[label])
        weak.append(WeakIntent(intents[label], int(n[label]), share, intents[int(others.argmax())]))
    return tuple(sorted(weak, key=lambda one: (one.accuracy, -one.n, one.intent))[:WEAKEST_LIMIT])


def _presence_bits(corpus: Corpus) -> Bytes:
    everything = np.arange(len(corpus), dtype=np.int32)
    presence = _presence(corpus, everything).tocsc()
    bits = np.zeros((corpus.features.n_unigrams, (len(corpus.intents) + 7) // 8), dtype=np.uint8)
    words = np.repeat(np.arange(corpus.features.n_unigrams), np.diff(presence.indptr))
    intents = presence.indices
    np.bitwise_or.at(bits, (words, intents >> 3), (128 >> (intents & 7)).astype(np.uint8))
    return bits


def _small_talk(corpus: Corpus) -> tuple[str, ...]:
    """The intents of whose examples a quarter or more are small talk by themselves."""
    found = np.zeros(len(corpus.intents), dtype=np.int64)
    for text, label in zip(corpus.texts, corpus.labels, strict=True):
        signals = detect(text).signals
        found[label] += signals.greeting or signals.thanks or signals.goodbye or signals.opening or signals.asks_who
    sizes = np.bincount(corpus.labels, minlength=len(corpus.intents))
    return tuple(intent for intent, n, size in zip(corpus.intents, found, sizes, strict=True) if 4 * n >= size)
