"""Difference of two rows of a study in UA, macro-F1 or CCC, each the mean over its seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sentemo.scoring.intervals import Interval, interval_and_p, utterance_bootstrap
from sentemo.scoring.metrics import confusion_matrix, macro_f1
from sentemo.scoring.predictions import Prediction
from sentemo.scoring.speakers import exchange_p, known_speakers, mean_of_classes_interval

Z95 = 1.959964  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True)
class Difference:
    """A measure of A minus that of B, each the mean over the seeds; every number is a fraction.

    Attributes
    ----------
    ci95
        95 % interval, paired over utterances, which it takes as independent: the normal one of UA,
        of other measures the bootstrap's.
    ci95_speakers
        Bootstrap 95 % interval over speakers; None where too few are known.
    p
        Two-sided p value, over whole speakers where these are known: of UA by exchanges between A
        and B, of other measures by the draws of the bootstrap.
    """

    difference: float
    ci95: Interval
    ci95_speakers: Interval | None
    p: float


def mean_ua_difference(
    labels: Sequence[str], a: Sequence[Sequence[Prediction]], b: Sequence[Sequence[Prediction]]
) -> Difference:
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
    return Difference(
        difference=difference,
        ci95=(difference - Z95 * error, difference + Z95 * error),
        ci95_speakers=over_speakers,
        p=exchange_p(parts),
    )


def mean_macro_f1_difference(
    labels: Sequence[str], a: Sequence[Sequence[Prediction]], b: Sequence[Sequence[Prediction]]
) -> Difference:
    """Compare A with B by macro-F1; see `paired_bootstrap`.

    Parameters
    ----------
    labels
        Label order.
    a, b
        Predictions of each seed, all of the same utterances.
    """
    number = {label: index for index, label in enumerate(labels)}
    ordered = [sorted(of_seed, key=lambda p: p.utterance) for of_seed in (*a, *b)]
    rows = np.array([[number[p.predicted] for p in of_seed] for of_seed in ordered]).T
    target = np.array([number[p.label] for p in ordered[0]])

    def difference(rows: np.ndarray, target: np.ndarray) -> np.ndarray:
        confusions = [confusion_matrix(target, column, len(labels)) for column in rows.T]
        found = macro_f1(np.array(confusions))
        return np.array([found[: len(a)].mean() - found[len(a) :].mean()])

    [found] = paired_bootstrap(difference, rows, target, known_speakers(ordered[0]))
    return found


def paired_bootstrap(
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray],
    rows: np.ndarray,
    target: np.ndarray,
    speakers: np.ndarray | None,
) -> list[Difference]:
    """Bootstrap differences of A and B, of which the same utterances are drawn for both.

    The intervals cover new utterances or speakers; other seeds vary too.

    Parameters
    ----------
    measure
        Returns the differences ``(measures,)`` of rows and targets.
    rows, target
        What all seeds of A and B predicted, and what is right, with a row for each utterance.
    speakers
        What `known_speakers` returns of these utterances.

    Returns
    -------
    list
        The difference in each measure.
    """
    draws, of_speakers = utterance_bootstrap(measure, rows, target), None
    if speakers is not None:
        of_speakers = utterance_bootstrap(measure, rows, target, groups=speakers)
    found = []
    for index, difference in enumerate(measure(rows, target).tolist()):
        interval, p = interval_and_p(draws[:, index])
        over_speakers = None
        if of_speakers is not None:
            over_speakers, p = interval_and_p(of_speakers[:, index])
        found.append(Difference(difference, interval, over_speakers, p))
    return found


def _share_right(seeds: Sequence[Sequence[Prediction]]) -> np.ndarray:
    """Return the share of the seeds that have an utterance right, in the order of their ids."""
    right = [
        [p.label == p.predicted for p in sorted(predictions, key=lambda p: p.utterance)]
        for predictions in seeds
    ]
    return np.mean(right, axis=0)
