"""Temperature scaling: probabilities whose confidence fits the validation sides.

All logits are divided by one temperature, so that no decision changes (Guo et al., ICML 2017,
section 4.2).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sentemo.scoring.predictions import Prediction

TEMPERATURES = (0.1, 10.0)  # range of the search
SMALLEST = 1e-6  # least probability, so that one certain model does not outvote all others


def log_probabilities(probabilities: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the logarithms of probabilities of any shape, bounded below."""
    return np.log(np.maximum(probabilities, SMALLEST))


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis."""
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def tempered(probabilities: Sequence[float] | np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities, ``(..., classes)``, whose logits are divided by a temperature."""
    return softmax(log_probabilities(probabilities) / temperature)


def fit_temperature(labels: Sequence[str], valid: Sequence[Prediction]) -> float:
    """Return the most probable temperature under a normal prior of its logarithm.

    The prior keeps it near 1 where there are few utterances.
    """
    from scipy.optimize import minimize_scalar

    scores = np.stack([log_probabilities(p.probabilities) for p in valid])
    rows, targets = np.arange(len(valid)), [labels.index(p.label) for p in valid]

    def loss(log_factor: float) -> float:
        probabilities = softmax(np.exp(log_factor) * scores)[rows, targets]
        return float(log_factor**2 / 2 - log_probabilities(probabilities).sum())

    found = minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded")
    return float(np.exp(-found.x))


def at_temperature(predictions: Sequence[Prediction], temperature: float) -> list[Prediction]:
    """Return the predictions with their probabilities at this temperature."""
    return [
        replace(p, probabilities=tuple(tempered(p.probabilities, temperature).tolist()))
        for p in predictions
    ]
