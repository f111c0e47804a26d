"""Spearman's rank correlation, of two series or within each of many utterances."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sentemo.scoring.intervals import utterance_bootstrap_interval

FEWEST = 3  # values of an utterance that have an order worth comparing

Pairs = tuple[Sequence[float], Sequence[float]]


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's rank correlation, with mean ranks for ties; nan for constant values."""
    from scipy.stats import spearmanr  # seconds, and only here

    constant = np.ptp(first) == 0 or np.ptp(second) == 0
    return np.nan if constant else float(spearmanr(first, second).statistic)


def mean_rank_correlation(utterances: Iterable[Pairs]) -> dict[str, Any] | None:
    """Return the mean over utterances of the rank correlation within each.

    Parameters
    ----------
    utterances
        Two series of values for each utterance. Those of fewer than `FEWEST` values or of constant
        ones have no correlation and do not count.

    Returns
    -------
    dict or None
        ``mean``, its bootstrap ``interval`` over utterances, and the number of ``utterances`` that
        count; None where none does.
    """
    each = [
        rank_correlation(np.array(first), np.array(second))
        for first, second in utterances
        if len(first) >= FEWEST
    ]
    found = np.array([rho for rho in each if not np.isnan(rho)])
    if not len(found):
        return None
    low, high = utterance_bootstrap_interval(np.mean, found)
    return {
        "mean": round(float(found.mean()), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
        "utterances": len(found),
    }
