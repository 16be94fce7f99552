"""Fits the constants of intents/scope.py and intents/knowledge.py: python -m bench.fit_scope

CLINC150 only (Larson et al. 2019, CC BY 3.0): models learn its training split; the logistic regressions see its 3,000
validation questions in scope and the 200 of oos_train and oos_val out of scope, each side weighing the same. The test
split and BANKING77 only say how well it went.
"""

import random
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench.datasets import examples, labelled, texts
from intents.classifier import Classifier
from intents.knowledge import KnowledgeIndex
from intents.model import Model
from intents.scope import FEATURES, ScopeStatistics
from intents.training import train
from intents.understanding import Article

Matrix = NDArray[np.float64]

N_KEPT_OUT = 20


def main() -> None:
    fit_scope()
    fit_knowledge()


def fit_scope() -> None:
    model = train(examples("clinc150/train.csv"))
    print("prior means", rounded(model.scope.means), "deviations", rounded(model.scope.deviations))
    inside = standardised(model, texts("clinc150/val.csv"))
    outside = standardised(model, texts("clinc150/oos_train.csv", "clinc150/oos_val.csv"))
    regression = fitted(inside, outside)
    print(
        "scope",
        dict(zip(FEATURES, rounded(regression.coef_[0]), strict=True)),
        "intercept",
        rounded(regression.intercept_),
    )
    score: Callable[[Matrix], Matrix] = regression.decision_function
    report(
        "CLINC150 test",
        score(standardised(model, texts("clinc150/test.csv"))),
        score(standardised(model, texts("clinc150/oos_test.csv"))),
    )
    banking = train(examples("banking77/train.csv"))
    report(
        "BANKING77 against CLINC150's oos_test",
        score(standardised(banking, texts("banking77/test.csv"))),
        score(standardised(banking, texts("clinc150/oos_test.csv"))),
    )
    for seed in range(2):
        kept_out = set(random.Random(seed).sample(banking.intents, N_KEPT_OUT))
        part = train([one for one in examples("banking77/train.csv") if one.intent not in kept_out])
        rows = labelled("banking77/test.csv")
        report(
            f"BANKING77 without {N_KEPT_OUT} intents, against those",
            score(standardised(part, [text for text, label in rows if label not in kept_out])),
            score(standardised(part, [text for text, label in rows if label in kept_out])),
        )


def standardised(model: Model, asked: Sequence[str]) -> Matrix:
    """(n_texts, 4) the features of scope.FEATURES, standardised by the model's own statistics."""
    classifier = Classifier(model)
    rows = []
    for text in asked:
        scores = classifier.scores(text)
        top = scores.top
        rows.append(
            (float(np.log(scores.probabilities[top])), float(scores.decisions[top]), scores.covered, scores.known)
        )
    return scaled(np.array(rows), model.scope)


def scaled(values: Matrix, statistics: ScopeStatistics) -> Matrix:
    return (values - np.array(statistics.means)) / np.array(statistics.deviations)


def fit_knowledge() -> None:
    """Articles made of an intent's examples: a question, some phrasings, and two more as what an answer might say."""
    evidence, right, scope = [], [], []
    for seed, n_phrasings in enumerate((0, 1, 2, 3, 5, 8)):
        index = KnowledgeIndex.build(as_articles("clinc150/train.csv", n_phrasings, seed))
        found = [(index.evidence(text), label) for text, label in labelled("clinc150/val.csv")]
        outside = [index.evidence(text) for text in texts("clinc150/oos_train.csv", "clinc150/oos_val.csv")]
        for one, label in [*found, *((one, "") for one in outside)]:
            if one is not None:
                evidence.append(one[1])
                right.append(one[0] == label)
                scope.append(bool(label))
    x, r, s = np.array(evidence), np.array(right), np.array(scope)
    weights = np.where(s, 1.0, s.sum() / (~s).sum())
    for name, labels in (("RIGHT", r), ("IN_SCOPE", s)):
        regression = LogisticRegression(C=1e3, max_iter=1000).fit(x, labels, sample_weight=weights)
        coefficients = rounded([*regression.intercept_, *regression.coef_[0]])
        print(name, coefficients)
        for n_phrasings in (0, 3, 6):
            index = KnowledgeIndex.build(as_articles("banking77/train.csv", n_phrasings, 7))
            rows = [(index.evidence(text), label) for text, label in labelled("banking77/test.csv")]
            rows += [(index.evidence(text), "") for text in texts("clinc150/oos_test.csv")]
            kept = [(one, label) for one, label in rows if one is not None]
            scores = regression.predict_proba(np.array([one[1] for one, _ in kept]))[:, 1]
            truth = np.array([bool(label) and (name == "IN_SCOPE" or one[0] == label) for one, label in kept])
            print(
                f"  BANKING77, {n_phrasings} phrasings: AUROC {roc_auc_score(truth, scores):.4f}, share {truth.mean():.3f},"
                f" mean {scores.mean():.3f}"
            )


def as_articles(name: str, n_phrasings: int, seed: int) -> list[Article]:
    chance = random.Random(seed)
    by_label: dict[str, list[str]] = {}
    for text, label in labelled(name):
        by_label.setdefault(label, []).append(text)
    articles = []
    for label, asked in sorted(by_label.items()):
        question, *others = chance.sample(asked, n_phrasings + 3)
        articles.append(Article(label, question, " ".join(others[:2]), phrasings=tuple(others[2:])))
    return articles


def fitted(inside: Matrix, outside: Matrix) -> LogisticRegression:
    labels = np.concatenate((np.ones(len(inside)), np.zeros(len(outside))))
    return LogisticRegression(class_weight="balanced").fit(np.concatenate((inside, outside)), labels)


def report(name: str, inside: Matrix, outside: Matrix) -> None:
    labels = np.concatenate((np.ones(len(inside)), np.zeros(len(outside))))
    auroc = roc_auc_score(labels, np.concatenate((inside, outside)))
    print(
        f"{name}: AUROC {auroc:.4f}, in scope kept {(inside >= 0).mean():.3f}, out of scope found {(outside < 0).mean():.3f}"
    )


def rounded(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in values)


if __name__ == "__main__":
    main()
