"""Difference of the UA of two rows of a study, each the mean over its seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentemo.scoring.intervals import Interval
from sentemo.scoring.predictions import Prediction
from sentemo.scoring.speakers import exchange_p, known_speakers, mean_of_classes_interval

Z95 = 1.959964  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True)
class UADifference:
    """UA of A minus UA of B; every number is a fraction.

    Attributes
    ----------
    difference
        Difference of the means over the seeds.
    ci95
        Normal 95 % interval, paired over utterances, which it takes as independent.
    ci95_speakers
        Bootstrap 95 % interval over speakers; None where too few are known.
    p
        Two-sided p value of exchanges between A and B, of whole speakers where these are known.
    """

    difference: float
    ci95: Interval
    ci95_speakers: Interval | None
    p: float


def mean_ua_difference(
    labels: Sequence[str], a: Sequence[Sequence[Prediction]], b: Sequence[Sequence[Prediction]]
) -> UADifference:
    """Compare A with B; the intervals cover new utterances or speakers, and other seeds vary too.

    Parameters
    ----------
    labels
        Label order.
    a, b
        Predictions of each seed, all of the same utterances.
    """
    ordered = sorted(a[0], key=lambda p: p.utterance)
    classes = np.array([labels.index(p.label) for p in ordered])
    present, classes = np.unique(classes, return_inverse=True)
    gains = _share_right(a) - _share_right(b)
    of_class = [gains[classes == number] for number in range(len(present))]
    difference = float(np.mean([found.mean() for found in of_class]))
    error = float(np.sqrt(sum(found.var() / len(found) for found in of_class)) / len(of_class))
    counts = np.bincount(classes)
    parts = gains / counts[classes] / len(present)
    speakers, over_speakers = known_speakers(ordered), None
    if speakers is not None:
        sums, numbers = np.zeros((2, speakers.max() + 1, len(present)))
        np.add.at(sums, (speakers, classes), gains)
        np.add.at(numbers, (speakers, classes), 1)
        over_speakers = mean_of_classes_interval(sums, numbers)
        parts = np.bincount(speakers, parts)
    return UADifference(
        difference=difference,
        ci95=(difference - Z95 * error, difference + Z95 * error),
        ci95_speakers=over_speakers,
        p=exchange_p(parts),
    )


def _share_right(seeds: Sequence[Sequence[Prediction]]) -> np.ndarray:
    """Return the share of the seeds that have an utterance right, in the order of their ids."""
    right = [
        [p.label == p.predicted for p in sorted(predictions, key=lambda p: p.utterance)]
        for predictions in seeds
    ]
    return np.mean(right, axis=0)
