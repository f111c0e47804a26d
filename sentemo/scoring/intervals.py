"""Uncertainty of a score: bootstrap intervals over utterances or speakers, deviation over folds."""

from collections.abc import Callable, Sequence

import numpy as np

BOOTSTRAP_DRAWS = 2000
Interval = tuple[float, float]


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
    interval covers new utterances of the same speakers; new speakers vary more, see
    `sentemo.scoring.speakers`.

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
    low, high = interval_of_draws(metric(sets.reshape(draws, *confusion.shape)), level)
    return float(low), float(high)


def utterance_bootstrap_interval(
    metric: Callable[..., np.ndarray | float],
    *arrays: np.ndarray,
    level: float = 0.95,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
    groups: np.ndarray | None = None,
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
    groups
        Number of each row's speaker, from 0: speakers are drawn, with all of their rows. None draws
        rows.

    Returns
    -------
    tuple
        Low and high end, each shaped like the metric; nan where the metric of a draw is nan.
    """
    values = utterance_bootstrap(metric, *arrays, draws=draws, seed=seed, groups=groups)
    low, high = interval_of_draws(values, level)
    return low, high


def utterance_bootstrap(
    metric: Callable[..., np.ndarray | float],
    *arrays: np.ndarray,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """Return the values of a metric over sets of as many utterances, drawn with replacement.

    Its parameters are those of `utterance_bootstrap_interval`; the result has shape (draws, …).
    """
    utterances = len(arrays[0])
    if utterances == 0 or any(len(array) != utterances for array in arrays):
        raise ValueError(f"no utterances to draw from: arrays of {[len(a) for a in arrays]} rows")
    rng = np.random.default_rng(seed)
    rows_of = None if groups is None else [np.flatnonzero(groups == g) for g in np.unique(groups)]
    values = []
    for _ in range(draws):  # one draw at a time needs no more memory than one set
        if rows_of is None:
            rows = rng.integers(utterances, size=utterances)
        else:
            drawn = rng.integers(len(rows_of), size=len(rows_of))
            rows = np.concatenate([rows_of[group] for group in drawn])
        values.append(metric(*(np.take(array, rows, axis=0) for array in arrays)))
    return np.array(values)


def mean_and_sd(values: Sequence[float]) -> tuple[float, float | None]:
    """Return mean and sample standard deviation (n - 1) over folds; one fold has no deviation."""
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return float(np.mean(values)), sd


def interval_of_draws(values: np.ndarray, level: float = 0.95) -> np.ndarray:
    """Return both ends of the interval, shape (2, ...), of draws of shape (draws, ...)."""
    return np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)


def interval_and_p(differences: np.ndarray) -> tuple[Interval, float]:
    """Return the 95 % interval of drawn differences, and the two-sided p value of none."""
    low, high = interval_of_draws(differences)
    tail = min((differences <= 0).mean(), (differences >= 0).mean())
    return (float(low), float(high)), float(min(1.0, 2 * max(tail, 1 / len(differences))))
