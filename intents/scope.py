"""Is a text about anything the bot knows? A small logistic regression over four numbers, better than any threshold.

The numbers count as they are and standardised by the bot's own held-out statistics, so that one fit serves bots of any
size: what is out of scope scores alike everywhere, what is in scope does not. Fitted by `python -m bench.fit_scope` on
CLINC150 (Larson et al. 2019, CC BY 3.0), whose test split had no part. Beside these were tried, and brought nothing
more: margin, entropy, nearest example's cosine, centroid's cosine, share of n-grams.
"""

import math
from dataclasses import dataclass

import numpy as np

from intents.arrays import Floats

FEATURES = ("log_probability", "decision", "covered", "known")
"""Of the top intent: ln of its probability; its decision value; see IntentScores for the other two."""

ABSOLUTE = (-0.138, 2.096, 0.903, 0.153)
STANDARDISED = (0.069, 1.104, 0.119, 0.697)
INTERCEPT = 2.096

# Out-of-fold statistics of CLINC150's own training split: what a bot with too few examples for its own leans on.
PRIOR_MEANS = (-0.069, 0.663, 0.863, 0.977)
PRIOR_DEVIATIONS = (0.275, 0.490, 0.174, 0.071)
PRIOR_WEIGHT = 20.0
"""The prior counts as so many examples."""


@dataclass(frozen=True, slots=True)
class ScopeStatistics:
    """Mean and deviation of each of FEATURES over a bot's own out-of-fold examples."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]


def scope_features(log_probability: Floats, decision: Floats, covered: Floats, known: Floats) -> Floats:
    """(n_texts, 4) from four columns of (n_texts,), in the order of FEATURES."""
    return np.stack((log_probability, decision, covered, known), axis=1).astype(np.float32)


def scope_statistics(features: Floats) -> ScopeStatistics:
    """Statistics of out-of-fold features (n_examples, 4), drawn towards the prior where examples are few."""
    values = features.astype(np.float64)
    n = len(values)
    prior_means, prior_deviations = np.array(PRIOR_MEANS), np.array(PRIOR_DEVIATIONS)
    means = (values.sum(axis=0) + PRIOR_WEIGHT * prior_means) / (n + PRIOR_WEIGHT)
    squares = ((values - means) ** 2).sum(axis=0) + PRIOR_WEIGHT * prior_deviations**2
    deviations = np.sqrt(squares / (n + PRIOR_WEIGHT))
    return ScopeStatistics(tuple(map(float, means)), tuple(map(float, np.maximum(deviations, 1e-3))))


def in_scope(
    *, log_probability: float, decision: float, covered: float, known: float, statistics: ScopeStatistics
) -> float:
    """The probability that a text with these numbers is about something the bot knows."""
    logit = INTERCEPT
    values = (log_probability, decision, covered, known)
    weighed = zip(values, statistics.means, statistics.deviations, ABSOLUTE, STANDARDISED, strict=True)
    for value, mean, deviation, absolute, standardised in weighed:
        logit += absolute * value + standardised * (value - mean) / deviation
    return logistic(logit)


def logistic(logit: float) -> float:
    """1 / (1 + exp(-logit)), for any finite logit."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-min(logit, 700.0)))
    exp = math.exp(max(logit, -700.0))
    return exp / (1.0 + exp)
