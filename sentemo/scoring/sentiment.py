"""How well an SA2SR model tells the proxy labels of sentiment: scores, and their table."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sentemo.core.markdown import coefficient, percent
from sentemo.scoring.classes import predictions_confusion
from sentemo.scoring.metrics import bootstrap_interval, roc_auc, weighted_accuracy
from sentemo.scoring.predictions import Prediction

NOTE = (
    "Weighted recall in percent with its bootstrap 95 % interval, AUC (macro, one sentiment "
    "against the rest) and M = CER - AUC, against the proxy labels of the set's transcripts; "
    "the paper reports 71 and 0.81, on a set that it does not name."
)


def score_sentiment(
    labels: Sequence[str], predictions: Sequence[Prediction], cer: float
) -> dict[str, Any]:
    """Score predicted sentiment against proxy labels over a whole set.

    Parameters
    ----------
    labels
        Label order of the predictions.
    predictions
        One per labelled utterance.
    cer
        Character error rate of the same set, a fraction, for M (SA2SR, section 4.2).

    Returns
    -------
    dict
        ``auc`` and ``cer_minus_auc`` are None where one sentiment alone occurs.
    """
    confusion = predictions_confusion(labels, predictions)
    references = np.array([labels.index(p.label) for p in predictions])
    auc = roc_auc(references, np.array([p.probabilities for p in predictions]))
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


def sentiment_line(scored: Mapping[str, Any]) -> str:
    """Say in one line what `score_sentiment` found."""
    return (
        f"sentiment: weighted recall {percent(scored['wa']['pooled'])} %, AUC "
        f"{coefficient(scored['auc'])}, M = CER - AUC {coefficient(scored['cer_minus_auc'])} "
        f"({sum(scored['counts'].values())} utterances)"
    )


def sentiment_row(scores: Mapping[str, Any]) -> dict[str, str]:
    """Of the table of those experiments that predicted sentiment: cells by column."""
    scored = scores["proxy_sentiment"]
    low, high = scored["wa"]["ci95"]
    source = next((note for note in scores["notes"] if note.startswith("proxy sentiment")), "–")
    return {
        "corpus": scores["corpus"],
        "experiment": scores["title"],
        "set": scores["set"],
        "weighted recall": f"{percent(scored['wa']['pooled'])} [{percent(low)}, {percent(high)}]",
        "AUC": coefficient(scored["auc"]),
        "M": coefficient(scored["cer_minus_auc"]),
        "labels": ", ".join(f"{count} {label}" for label, count in scored["counts"].items()),
        "from": source.removeprefix("proxy sentiment by "),
    }
