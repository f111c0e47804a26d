"""CCC of predicted activation, valence and dominance, over whole sets."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sentemo.data.dimensions import DIMENSIONS
from sentemo.scoring.intervals import (
    mean_and_sd,
    utterance_bootstrap_interval,
)
from sentemo.scoring.metrics import ccc, concordance
from sentemo.scoring.predictions import DimensionPrediction
from sentemo.scoring.row_difference import Difference, paired_bootstrap
from sentemo.scoring.speakers import known_speakers

MEAN = "mean"  # over the dimensions
NAMES = (*DIMENSIONS, MEAN)


def score_dimensions(
    valid: Sequence[DimensionPrediction], test: Sequence[DimensionPrediction]
) -> dict[str, Any]:
    """Score checked predictions: CCC of each dimension, and their mean.

    Parameters
    ----------
    valid, test
        Predictions of all folds; each utterance is once on the test side.

    Returns
    -------
    dict
        ``test``: over all utterances with bootstrap 95 % interval, and over folds; ``valid``.
    """
    predicted, target = dimension_arrays(test)
    pooled = with_mean(ccc(predicted, target))
    low, high = utterance_bootstrap_interval(_coefficients, predicted, target)
    over_speakers = None
    if (speakers := known_speakers(_ordered(test))) is not None:
        over_speakers = np.stack(
            utterance_bootstrap_interval(_coefficients, predicted, target, groups=speakers)
        )
    folds = sorted({p.fold for p in test})
    by_fold = [ccc_by_name([p for p in test if p.fold == number]) for number in folds]
    validation = ccc_by_name(valid)
    found = {}
    for index, name in enumerate(NAMES):
        mean, sd = mean_and_sd([values[name] for values in by_fold])
        found[name] = {
            "pooled": float(pooled[index]),
            "ci95": (float(low[index]), float(high[index])),
            "ci95_speakers": None
            if over_speakers is None
            else tuple(over_speakers[:, index].tolist()),
            "fold_mean": mean,
            "fold_sd": sd,
        }
    return {"test": found, "valid": validation}


def ccc_by_name(predictions: Sequence[DimensionPrediction]) -> dict[str, float]:
    """Return the CCC of each dimension over these predictions, and their mean, by name."""
    return dict(zip(NAMES, with_mean(ccc(*dimension_arrays(predictions))).tolist(), strict=True))


def mean_ccc_difference(
    a: Sequence[Sequence[DimensionPrediction]], b: Sequence[Sequence[DimensionPrediction]]
) -> dict[str, Difference]:
    """Return CCC of A minus CCC of B, each the mean over several seeds, by `paired_bootstrap`.

    Parameters
    ----------
    a, b
        Predictions of each seed, all of the same utterances.

    Returns
    -------
    dict
        The difference of each dimension and of their mean by name.
    """
    speakers = known_speakers(_ordered(a[0]))
    found = paired_bootstrap(*_paired_difference(a, b), speakers)
    return dict(zip(NAMES, found, strict=True))


def dimension_arrays(
    predictions: Sequence[DimensionPrediction],
) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions and targets, each ``(utterances, 3)``, sorted by utterance and fold."""
    ordered = _ordered(predictions)
    return np.array([p.predicted for p in ordered]), np.array([p.target for p in ordered])


def with_mean(values: np.ndarray) -> np.ndarray:
    """Append the mean to values of shape ``(…, dimensions)``."""
    return np.concatenate([values, values.mean(axis=-1, keepdims=True)], axis=-1)


def _ordered(predictions: Sequence[DimensionPrediction]) -> list[DimensionPrediction]:
    return sorted(predictions, key=lambda p: (p.utterance, p.fold))


def _coefficients(predicted: np.ndarray, target: np.ndarray) -> np.ndarray:
    return with_mean(concordance(predicted, target))


def _paired_difference(
    a: Sequence[Sequence[DimensionPrediction]], b: Sequence[Sequence[DimensionPrediction]]
) -> tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], np.ndarray, np.ndarray]:
    """Return the metric that is A's mean CCC minus B's, and its two arrays."""
    ours, theirs = (np.stack([dimension_arrays(seed)[0] for seed in seeds]) for seeds in (a, b))
    target = dimension_arrays(a[0])[1]
    rows = np.concatenate([ours, theirs]).transpose(1, 0, 2)  # one row per utterance
    return _mean_difference(len(ours)), rows, target


def _mean_difference(first: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return a metric of ``(utterances, seeds, 3)``: mean CCC of the first seeds less others'."""

    def measure(predicted: np.ndarray, target: np.ndarray) -> np.ndarray:
        of_seeds = with_mean(
            concordance(predicted, np.broadcast_to(target[:, None], predicted.shape))
        )
        return of_seeds[:first].mean(axis=0) - of_seeds[first:].mean(axis=0)

    return measure
