"""Making confidence mean frequency, and measuring how far it does."""

import numpy as np
from numpy.typing import NDArray

from intents.arrays import Floats, Ints
from intents.classifier import softmax

N_BINS = 15

# 1 / temperature lies here; the middle is what 10,000 examples settle at
_SHARPEST, _DULLEST = 25.0, 0.25
_USUAL = 4.0
_PRIOR_WEIGHT = 5.0


def fit_temperature(decisions: Floats, labels: Ints) -> float:
    """The temperature that makes confidence mean frequency.

    decisions: (n_examples, n_intents) out-of-fold decision values; labels: (n_examples,) indices of the right intents.
    Minimises negative log-likelihood (Guo et al. 2017), with a pull of a few examples' weight towards the usual value,
    so that a handful of separable examples does not make the bot sure of everything.
    """
    rows = np.arange(len(labels))
    values = decisions.astype(np.float64)

    def loss(log_sharpness: float) -> float:
        logits = values * np.exp(log_sharpness)
        logits -= logits.max(axis=1, keepdims=True)
        likelihood = logits[rows, labels] - np.log(np.exp(logits).sum(axis=1))
        return float(-likelihood.sum() + _PRIOR_WEIGHT * (log_sharpness - np.log(_USUAL)) ** 2)

    low, high = float(np.log(_DULLEST)), float(np.log(_SHARPEST))
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    left, right = high - golden * (high - low), low + golden * (high - low)
    left_loss, right_loss = loss(left), loss(right)
    while high - low > 1e-3:
        if left_loss < right_loss:
            high, right, right_loss = right, left, left_loss
            left = high - golden * (high - low)
            left_loss = loss(left)
        else:
            low, left, left_loss = left, right, right_loss
            right = low + golden * (high - low)
            right_loss = loss(right)
    return float(np.exp(-(low + high) / 2.0))


def calibration_error(confidences: NDArray[np.floating], right: NDArray[np.floating], n_bins: int = N_BINS) -> float:
    """Expected calibration error in [0, 1]: bins of equal width, weighted by how many fall in (Naeini et al. 2015).

    confidences: (n,) in [0, 1]; right: (n,) 1 where the top intent was right, else 0. 0.0 where n is 0.
    """
    if len(confidences) == 0:
        return 0.0
    bins = np.minimum((confidences * n_bins).astype(np.int64), n_bins - 1)
    sizes = np.bincount(bins, minlength=n_bins)
    sums = np.bincount(bins, weights=confidences, minlength=n_bins) - np.bincount(bins, weights=right, minlength=n_bins)
    return float(np.abs(sums)[sizes > 0].sum() / len(confidences))


def confidences_of(decisions: Floats, temperature: float) -> Floats:
    """(n_examples,) the probability of each row's likeliest intent."""
    result: Floats = softmax(decisions / temperature).max(axis=1)
    return result
