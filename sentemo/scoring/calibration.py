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
