"""Uncertainty over speakers: intervals for new speakers, and a paired test of two experiments.

Utterances of one speaker are alike, so an interval over utterances is too narrow for new speakers:
ten people are ten draws, however much they say.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sentemo.data.kaldi import UNKNOWN_SPEAKER
from sentemo.scoring.intervals import BOOTSTRAP_DRAWS, Interval, interval_of_draws
from sentemo.scoring.predictions import AnyPrediction

FEWEST = 5  # fewer speakers, drawn again, are mostly the same set
MOST_FLIPS = 1 << 14  # of the test: every one up to 14 units, so many random ones of more
AT_ONCE = 1 << 7  # flips, so that a million utterances need no more than a gigabyte


def known_speakers(predictions: Sequence[AnyPrediction]) -> np.ndarray | None:
    """Return the number of each prediction's speaker, ``(predictions,)``.

    None where a speaker is unknown, or where there are fewer than `FEWEST`.
    """
    names = {p.speaker for p in predictions}
    if UNKNOWN_SPEAKER in names or len(names) < FEWEST:
        return None
    numbers = {name: number for number, name in enumerate(sorted(names))}
    return np.array([numbers[p.speaker] for p in predictions])


def confusion_interval(
    confusions: np.ndarray,
    metric: Callable[[np.ndarray], np.ndarray],
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap 95 % interval of a metric over speakers, drawn with all they said.

    Parameters
    ----------
    confusions
        Counts of each speaker, ``(speakers, classes, classes)``.
    metric
        A score of `sentemo.scoring.metrics`.
    draws, seed
        Number of bootstrap sets, and the seed of their draws.
    """
    drawn = np.tensordot(_speaker_draws(len(confusions), draws, seed), confusions, axes=1)
    return _ends(metric(drawn))


def mean_of_classes_interval(gains: np.ndarray, counts: np.ndarray, seed: int = 0) -> Interval:
    """Percentile bootstrap 95 % interval over speakers of a mean over classes of means.

    Parameters
    ----------
    gains, counts
        Sum of a value over each speaker's utterances of a class, and their number, each
        ``(speakers, classes)``.
    """
    drawn = _speaker_draws(len(gains), BOOTSTRAP_DRAWS, seed)
    sums, numbers = drawn @ gains, drawn @ counts
    means = np.divide(sums, numbers, out=np.full(sums.shape, np.nan), where=numbers > 0)
    return _ends(np.nanmean(means, axis=1))


def exchange_p(parts: np.ndarray, seed: int = 0) -> float:
    """Return the two-sided p value of an exact paired test: the sum of parts is no better than 0.

    Under the null hypothesis, what A and B say of a unit (a speaker, or an utterance where no
    speakers are known) might as well be exchanged, which turns the sign of the unit's part of the
    difference. The p value is the share of exchanges whose sum is at least as far from 0 (Fisher's
    permutation test for pairs).

    Parameters
    ----------
    parts
        Part of each unit in the difference, ``(units,)``.
    seed
        Seed of the random exchanges, where there are more than `MOST_FLIPS`.
    """
    found, units = abs(parts.sum()), len(parts)
    if 1 << units <= MOST_FLIPS:
        bits = np.arange(1 << units)[:, None] >> np.arange(units) & 1
        sums = (1 - 2 * bits) @ parts
        return float((np.abs(sums) >= found * (1 - 1e-9)).mean())
    rng, beyond = np.random.default_rng(seed), 0
    for _ in range(MOST_FLIPS // AT_ONCE):
        signs = rng.choice(np.array([-1.0, 1.0]), size=(AT_ONCE, units))
        beyond += int((np.abs(signs @ parts) >= found * (1 - 1e-9)).sum())
    return (1 + beyond) / (1 + MOST_FLIPS)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p values corrected for their number (Holm, 1979), under the same names."""
    corrected, largest = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[name]))
        corrected[name] = largest
    return corrected


def _ends(draws: np.ndarray) -> Interval:
    low, high = interval_of_draws(draws)
    return float(low), float(high)


def _speaker_draws(speakers: int, draws: int, seed: int) -> np.ndarray:
    """Return how often each speaker is drawn, ``(draws, speakers)``."""
    shares = np.full(speakers, 1 / speakers)
    return np.random.default_rng(seed).multinomial(speakers, shares, size=draws)
