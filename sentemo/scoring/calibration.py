"""Whether probabilities mean what they say: of answers given with 80 %, 80 % should be right."""

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence, the probability of the most probable class.

    Attributes
    ----------
    low, high
        The confidences of the bin; `high` belongs to it.
    count
        Answers in it.
    confidence, accuracy
        Their mean confidence and the share that is right; None of an empty bin.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


def reliability(confidences: np.ndarray, right: np.ndarray, bins: int = BINS) -> list[Bin]:
    """Sort answers into equal bins of confidence (Guo et al., ICML 2017, section 2).

    Parameters
    ----------
    confidences
        Of 0 to 1, ``(answers,)``.
    right
        Whether each answer is right, ``(answers,)``.
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
    """ECE: the mean distance of accuracy from confidence, over answers (Guo et al., equation 3)."""
    filled = [found for found in bins if found.count]
    total = sum(found.count for found in filled)
    return sum(found.count * abs(found.accuracy - found.confidence) for found in filled) / total
