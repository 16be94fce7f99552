"""Fits the constants of intents/scope.py and intents/knowledge.py: python -m bench.fit_scope

CLINC150 only (Larson et al. 2019, CC BY 3.0). Models learn parts of its training split, of 10 to 150 intents and 5 to
100 examples each, because what a score means moves with both; the logistic regressions see its validation questions in
scope against the 200 of oos_train and oos_val out of scope, every model and either side weighing the same. Its test
split and BANKING77 only say how well it went.
"""

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench.datasets import labelled, texts
from intents.classifier import Classifier
from intents.knowledge import KnowledgeIndex
from intents.model import Model
from intents.training import train
from intents.understanding import Article, Example

Matrix = NDArray[np.float64]

N_KEPT_OUT = 20
REGIMES = tuple((n_intents, n_examples) for n_intents in (10, 30, 75, 150) for n_examples in (5, 12, 30, 100))
MAX_ASKED = 1_500


def main() -> None:
    fit_scope()
    fit_knowledge()


def fit_scope() -> None:
    inside: list[Matrix] = []
    outside: list[Matrix] = []
    nothing_known = texts("clinc150/oos_train.csv", "clinc150/oos_val.csv")
    for seed, (n_intents, n_examples) in enumerate(REGIMES):
        chance = random.Random(seed)
        model = train(part_of("clinc150/train.csv", n_intents, n_examples, chance), seed=seed)
        asked = [text for text, label in labelled("clinc150/val.csv") if label in set(model.intents)]
        inside.append(evidence(model, chance.sample(asked, min(len(asked), MAX_ASKED))))
        outside.append(evidence(model, nothing_known))
    regression = fitted(inside, outside)
    print("ABSOLUTE, STANDARDISED", rounded(regression.coef_[0][:4]), rounded(regression.coef_[0][4:]))
    print("INTERCEPT", rounded(regression.intercept_))

    def judge(name: str, model: Model, kept: Sequence[str], refused: Sequence[str]) -> None:
        report(
            name,
            regression.decision_function(evidence(model, kept)),
            regression.decision_function(evidence(model, refused)),
        )

    whole = train(part_of("clinc150/train.csv", 150, 1000, random.Random(0)))
    print("prior means", rounded(whole.scope.means), "deviations", rounded(whole.scope.deviations))
    judge("CLINC150 test", whole, texts("clinc150/test.csv"), texts("clinc150/oos_test.csv"))
    for n_examples in (8, 20, 1000):
        banking = train(part_of("banking77/train.csv", 77, n_examples, random.Random(0)))
        name = f"BANKING77, at most {n_examples} examples, against CLINC150's oos_test"
        judge(name, banking, texts("banking77/test.csv"), texts("clinc150/oos_test.csv"))
    for seed in range(2):
        part = train(part_of("banking77/train.csv", 77 - N_KEPT_OUT, 1000, random.Random(seed)))
        rows, mine = labelled("banking77/test.csv"), set(part.intents)
        judge(
            f"BANKING77 without {N_KEPT_OUT} intents, against those",
            part,
            [text for text, label in rows if label in mine],
            [text for text, label in rows if label not in mine],
        )


def part_of(name: str, n_intents: int, n_examples: int, chance: random.Random) -> list[Example]:
    """So many intents of a file, with at most so many examples each."""
    by_label = grouped(name)
    chosen = sorted(chance.sample(sorted(by_label), n_intents))
    return [
        Example(text, label)
        for label in chosen
        for text in chance.sample(by_label[label], min(n_examples, len(by_label[label])))
    ]


def evidence(model: Model, asked: Sequence[str]) -> Matrix:
    """(n_texts, 8) the features of scope.FEATURES as they are, and standardised by the model's own statistics."""
    classifier = Classifier(model)
    rows = []
    for text in asked:
        scores = classifier.scores(text)
        top = scores.top
        rows.append(
            (float(np.log(scores.probabilities[top])), float(scores.decisions[top]), scores.covered, scores.known)
        )
    values = np.array(rows)
    standardised = (values - np.array(model.scope.means)) / np.array(model.scope.deviations)
    return np.concatenate((values, standardised), axis=1)


def fit_knowledge() -> None:
    """Over articles made of CLINC150's examples; answers of one to fifteen sentences, because long ones know more
    words."""
    found: list[tuple[float, ...]] = []
    right, scope = [], []
    for seed, (n_phrasings, n_told) in enumerate(((0, 2), (1, 8), (2, 15), (3, 2), (4, 8), (6, 15), (0, 15), (8, 4))):
        index = KnowledgeIndex.build(as_articles("clinc150/train.csv", n_phrasings, n_told, seed))
        asked = [*labelled("clinc150/val.csv")]
        asked += [(text, "") for text in texts("clinc150/oos_train.csv", "clinc150/oos_val.csv")]
        for text, label in asked:
            best = index.evidence(text)
            if best is not None:
                found.append(best[1])
                right.append(best[0] == label)
                scope.append(bool(label))
    x, r, s = np.array(found), np.array(right), np.array(scope)
    weights = np.where(s, 1.0, s.sum() / (~s).sum())
    for name, labels in (("RIGHT", r), ("IN_SCOPE", s)):
        regression = LogisticRegression(C=1e3, max_iter=1000).fit(x, labels, sample_weight=weights)
        coefficients = rounded([*regression.intercept_, *regression.coef_[0]])
        print(name, coefficients)
        for n_phrasings, n_told in ((0, 2), (3, 6), (6, 12)):
            index = KnowledgeIndex.build(as_articles("banking77/train.csv", n_phrasings, n_told, 7))
            rows = [(index.evidence(text), label) for text, label in labelled("banking77/test.csv")]
            rows += [(index.evidence(text), "") for text in texts("clinc150/oos_test.csv")]
            kept = [(one, label) for one, label in rows if one is not None]
            scores = regression.predict_proba(np.array([one[1] for one, _ in kept]))[:, 1]
            truth = np.array([bool(label) and (name == "IN_SCOPE" or one[0] == label) for one, label in kept])
            auroc = roc_auc_score(truth, scores)
            means = f"share {truth.mean():.3f}, mean {scores.mean():.3f}"
            print(f"  BANKING77, {n_phrasings} phrasings: AUROC {auroc:.4f}, {means}")


def as_articles(name: str, n_phrasings: int, n_told: int, seed: int) -> list[Article]:
    """An article of each label: a question, some phrasings, and some more texts as what its answer might say."""
    chance = random.Random(seed)
    articles = []
    for label, asked in sorted(grouped(name).items()):
        n = min(n_phrasings + n_told + 1, len(asked))
        question, *others = chance.sample(asked, n)
        articles.append(Article(label, question, " ".join(others[n_phrasings:]), phrasings=tuple(others[:n_phrasings])))
    return articles


def grouped(name: str) -> dict[str, list[str]]:
    by_label: dict[str, list[str]] = {}
    for text, label in labelled(name):
        by_label.setdefault(label, []).append(text)
    return by_label


def fitted(inside: Sequence[Matrix], outside: Sequence[Matrix]) -> LogisticRegression:
    rows = [*inside, *outside]
    labels = np.repeat([1.0] * len(inside) + [0.0] * len(outside), [len(part) for part in rows])
    weights = np.concatenate([np.full(len(part), 1000.0 / len(part)) for part in rows])
    return LogisticRegression(max_iter=5_000).fit(np.concatenate(rows), labels, sample_weight=weights)


def report(name: str, inside: Matrix, outside: Matrix) -> None:
    labels = np.concatenate((np.ones(len(inside)), np.zeros(len(outside))))
    auroc = roc_auc_score(labels, np.concatenate((inside, outside)))
    shares = f"in scope kept {(inside >= 0).mean():.3f}, out of scope found {(outside < 0).mean():.3f}"
    print(f"{name}: AUROC {auroc:.4f}, {shares}")


def rounded(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in values)


if __name__ == "__main__":
    main()
