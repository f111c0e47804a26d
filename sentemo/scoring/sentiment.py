"""Scores of the sentiment that an SA2SR model predicts, against proxy labels."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sentemo.scoring.classes import predictions_confusion
from sentemo.scoring.intervals import bootstrap_interval
from sentemo.scoring.metrics import roc_auc, weighted_accuracy
from sentemo.scoring.predictions import Prediction, probabilities_and_references


def score_sentiment(
    labels: Sequence[str], predictions: Sequence[Prediction], cer: float
) -> dict[str, Any]:
    """Score predicted sentiment against proxy labels over a whole set.

    Parameters
    ----------
    labels
        Label order of the predictions.
    predictions
        One prediction per labelled utterance.
    cer
        Character error rate of the same set, a fraction, for M (SA2SR, section 4.2).

    Returns
    -------
    dict
        Scores; ``auc`` and ``cer_minus_auc`` are None where one sentiment alone occurs.
    """
    confusion = predictions_confusion(labels, predictions)
    probabilities, references = probabilities_and_references(labels, predictions)
    auc = roc_auc(references, probabilities)
    counts = Counter(p.label for p in predictions)
    return {
        "labels": list(labels),
        "counts": {label: counts[label] for label in labels},
        "auc": None if math.isnan(auc) else auc,
        "wa": {
            "pooled": float(weighted_accuracy(confusion)),
            "ci95": bootstrap_interval(confusion, weighted_accuracy),
        },
        "cer_minus_auc": None if math.isnan(auc) else cer - auc,
        "confusion": confusion.tolist(),
    }
