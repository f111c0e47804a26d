"""Calibration: of the predictions with a confidence of 80 %, 80 % should be right."""

from dataclasses import dataclass

import numpy as np

CONFIDENCE_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Predictions of similar confidence, the probability of the most probable class.

    Attributes
    ----------
    low, high
        Limits of the bin's confidences; `high` belongs to it.
    count
        Number of predictions in the bin.
    confidence, accuracy
        Mean confidence, and share that is right; None for an empty bin.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


def reliability(
    confidences: np.ndarray, right: np.ndarray, bins: int = CONFIDENCE_BINS
) -> list[Bin]:
    """Sort predictions into bins of equal width by confidence (Guo et al., ICML 2017, section 2).

    Parameters
    ----------
    confidences
        Values from 0 to 1, ``(predictions,)``.
    right
        Whether each prediction is right, ``(predictions,)``.
    """
    confidences, right = np.asarray(confidences, float), np.asarray(right, bool)
    edges = np.linspace(0, 1, bins + 1)
    place = np.digitize(confidences, edges[1:-1], right=True)
    found = []
    for number in range(bins):
        inside = place == number
        count = int(inside.sum())
        means = (float(values[inside].mean()) if count else None for values in (confidences, right))
        found.append(Bin(float(edges[number]), float(edges[number + 1]), count, *means))
    return found


def expected_calibration_error(bins: list[Bin]) -> float:
    """ECE: mean distance of accuracy and confidence over predictions (Guo et al., equation 3)."""
    distances = [
        found.count * abs(found.accuracy - found.confidence)
        for found in bins
        if found.accuracy is not None and found.confidence is not None
    ]
    return sum(distances) / sum(found.count for found in bins)


def brier_score(probabilities: np.ndarray, references: np.ndarray) -> float:
    """Mean squared distance of probabilities and what was right, from 0 to 2 (Brier, 1950).

    Parameters
    ----------
    probabilities
        ``(utterances, classes)``.
    references
        Class numbers, ``(utterances,)``.
    """
    right = np.eye(probabilities.shape[1])[references]
    return float(np.square(probabilities - right).sum(axis=1).mean())


@dataclass(frozen=True)
class RiskCoverage:
    """Answers from the surest on, ``(thresholds,)`` each.

    Attributes
    ----------
    thresholds
        Least confidence that is answered, falling.
    coverages, risks
        Share of the utterances that is answered, and share of these answers that is wrong.
    """

    thresholds: np.ndarray
    coverages: np.ndarray
    risks: np.ndarray


def risk_coverage(confidences: np.ndarray, right: np.ndarray) -> RiskCoverage:
    """Return the risk-coverage curve of predictions (El-Yaniv and Wiener, JMLR 2010).

    Predictions of the same confidence are answered together.
    """
    order = np.argsort(-np.asarray(confidences), kind="stable")
    ordered = np.asarray(confidences)[order]
    wrong = np.cumsum(~np.asarray(right, bool)[order])
    answered = np.arange(1, len(ordered) + 1)
    ends = np.append(ordered[1:] < ordered[:-1], True)
    return RiskCoverage(ordered[ends], answered[ends] / len(ordered), wrong[ends] / answered[ends])
