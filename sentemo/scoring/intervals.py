"""Certainty of a score: bootstrap intervals over utterances, and the deviation over folds."""

from collections.abc import Callable, Sequence

import numpy as np

BOOTSTRAP_DRAWS = 2000


def bootstrap_interval(
    confusion: np.ndarray,
    metric: Callable[[np.ndarray], np.ndarray],
    level: float = 0.95,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a metric over utterances (Efron and Tibshirani, 1993).

    Utterances in the same cell of the confusion matrix are interchangeable, so that drawing as
    many utterances again with replacement is one multinomial draw of the cells' counts. The
    interval covers new utterances of the same speakers; new speakers vary more, which the standard
    deviation over folds shows.

    Parameters
    ----------
    confusion
        Counts, shape (classes, classes), not all zero.
    metric
        A score of `sentemo.scoring.metrics`, of shape (..., classes, classes) -> (...).
    level
        Share of draws inside the interval.
    draws
        Number of bootstrap sets.
    seed
        Seed of the draws, so that the same counts give the same interval.
    """
    utterances = int(confusion.sum())
    if utterances == 0:
        raise ValueError("no utterances to draw from")
    cells = confusion.ravel() / utterances
    sets = np.random.default_rng(seed).multinomial(utterances, cells, size=draws)
    low, high = _interval(metric(sets.reshape(draws, *confusion.shape)), level)
    return float(low), float(high)


def utterance_bootstrap_interval(
    metric: Callable[..., np.ndarray | float],
    *arrays: np.ndarray,
    level: float = 0.95,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile bootstrap interval of a metric that is no function of counts, such as `ccc`.

    Parameters
    ----------
    metric
        Function of the arrays.
    arrays
        One row per utterance in each: predictions and targets are drawn together.
    level, draws, seed
        As in `bootstrap_interval`.

    Returns
    -------
    tuple
        Low and high end, each shaped like the metric; nan where the metric of a draw is nan.
    """
    low, high = _interval(utterance_bootstrap(metric, *arrays, draws=draws, seed=seed), level)
    return low, high


def utterance_bootstrap(
    metric: Callable[..., np.ndarray | float],
    *arrays: np.ndarray,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
) -> np.ndarray:
    """Return the values of a metric over sets of as many utterances, drawn with replacement.

    Its parameters are those of `utterance_bootstrap_interval`; the result has shape (draws, …).
    """
    utterances = len(arrays[0])
    if utterances == 0 or any(len(array) != utterances for array in arrays):
        raise ValueError(f"no utterances to draw from: arrays of {[len(a) for a in arrays]} rows")
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(draws):  # one draw at a time needs no more memory than one set
        rows = rng.integers(utterances, size=utterances)
        values.append(metric(*(np.take(array, rows, axis=0) for array in arrays)))
    return np.array(values)


def mean_and_sd(values: Sequence[float]) -> tuple[float, float | None]:
    """Return mean and sample standard deviation (n - 1) over folds; one fold has no deviation."""
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return float(np.mean(values)), sd


def _interval(values: np.ndarray, level: float) -> np.ndarray:
    """Return both ends of the interval, shape (2, ...), of draws of shape (draws, ...)."""
    return np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
