"""Scores of predicted classes: WA, UA and macro-F1, with intervals, by fold and by speaker."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sentemo.data.kaldi import UNKNOWN_SPEAKER
from sentemo.scoring.intervals import bootstrap_interval, mean_and_sd
from sentemo.scoring.metrics import (
    class_recall,
    confusion_matrix,
    macro_f1,
    unweighted_accuracy,
    weighted_accuracy,
)
from sentemo.scoring.predictions import Prediction, count_predictions
from sentemo.scoring.speakers import confusion_interval, known_speakers

METRICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "wa": weighted_accuracy,
    "ua": unweighted_accuracy,
    "macro_f1": macro_f1,
}


def score_predictions(
    labels: Sequence[str], valid: Sequence[Prediction], test: Sequence[Prediction]
) -> dict[str, Any]:
    """Score checked predictions; every number is a fraction, None where a class is absent.

    Parameters
    ----------
    labels
        Labels in the order of the recalls and of the confusion matrix (rows are references).
    valid, test
        Predictions of all folds; each utterance is once on the test side.
    """
    confusion = predictions_confusion(labels, test)
    folds = np.unique([p.fold for p in test], return_inverse=True)[1]
    by_fold = confusions_of(labels, test, folds)
    scores: dict[str, Any] = _with_intervals(labels, test)
    for name, metric in METRICS.items():
        mean, sd = mean_and_sd(metric(by_fold).tolist())
        scores[name] |= {"fold_mean": mean, "fold_sd": sd}
    recalls = (None if np.isnan(r) else float(r) for r in class_recall(confusion))
    validation = predictions_confusion(labels, valid)
    classes = Counter(p.label for p in test)
    return {
        "labels": list(labels),
        "counts": {
            **count_predictions(test),
            "classes": {label: classes[label] for label in labels},
        },
        "test": {
            **scores,
            "recall": dict(zip(labels, recalls, strict=True)),
            "confusion": confusion.tolist(),
        },
        "speakers": _by_speaker(labels, test),
        "valid": {name: float(metric(validation)) for name, metric in METRICS.items()},
    }


def score_corpora(
    labels: Sequence[str], test: Sequence[Prediction], corpora: Mapping[str, str]
) -> dict[str, Any]:
    """Score each corpus by itself, where several are tested.

    Parameters
    ----------
    corpora
        Corpus of each utterance.

    Returns
    -------
    dict
        By corpus, ``utterances`` and the metrics, each with ``pooled``, ``ci95`` over utterances
        and ``ci95_speakers``, which is None where too few speakers are known.
    """
    found = {}
    for corpus in sorted(set(corpora.values())):
        theirs = [p for p in test if corpora[p.utterance] == corpus]
        found[corpus] = {"utterances": len(theirs), **_with_intervals(labels, theirs)}
    return found


def _with_intervals(labels: Sequence[str], test: Sequence[Prediction]) -> dict[str, dict[str, Any]]:
    """Return every metric, with its intervals over utterances and over speakers."""
    confusion, speakers = predictions_confusion(labels, test), known_speakers(test)
    of_speakers = None if speakers is None else confusions_of(labels, test, speakers)
    return {
        name: {
            "pooled": float(metric(confusion)),
            "ci95": bootstrap_interval(confusion, metric),
            "ci95_speakers": None
            if of_speakers is None
            else confusion_interval(of_speakers, metric),
        }
        for name, metric in METRICS.items()
    }


def confusions_of(
    labels: Sequence[str], test: Sequence[Prediction], groups: np.ndarray
) -> np.ndarray:
    """Return the confusion matrix of each group, ``(groups, labels, labels)``."""
    index = {label: number for number, label in enumerate(labels)}
    found = np.zeros((groups.max() + 1, len(labels), len(labels)), int)
    for group, p in zip(groups, test, strict=True):
        found[group, index[p.label], index[p.predicted]] += 1
    return found


def _by_speaker(
    labels: Sequence[str], predictions: Sequence[Prediction]
) -> dict[str, dict[str, float]]:
    """Return utterances, WA and UA of each known speaker; UA is over the speaker's classes."""
    of_speaker: dict[str, list[Prediction]] = defaultdict(list)
    for p in predictions:
        of_speaker[p.speaker].append(p)
    of_speaker.pop(UNKNOWN_SPEAKER, None)
    found = {}
    for speaker, theirs in sorted(of_speaker.items()):
        confusion = predictions_confusion(labels, theirs)
        found[speaker] = {
            "utterances": len(theirs),
            "wa": float(weighted_accuracy(confusion)),
            "ua": float(unweighted_accuracy(confusion)),
        }
    return found


def predictions_confusion(labels: Sequence[str], predictions: Sequence[Prediction]) -> np.ndarray:
    """Return the confusion matrix of `predictions`, ``(labels, labels)``, rows are references."""
    index = {label: number for number, label in enumerate(labels)}
    references = np.array([index[p.label] for p in predictions])
    predicted = np.array([index[p.predicted] for p in predictions])
    return confusion_matrix(references, predicted, len(labels))
