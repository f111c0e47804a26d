"""Ridge regression of classes or dimensions in closed form, and the loss that chooses settings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sentemo.folds.probe_table import LOSS
from sentemo.scoring.classes import METRICS
from sentemo.scoring.metrics import ccc, confusion_matrix

TEMPERATURES = 2.0 ** np.arange(0, 6.5, 0.5)  # factors of outputs that learnt ones and zeros


@dataclass(frozen=True)
class Standardisation:
    """Mean and deviation of pooled states over a training side, ``(features,)`` each."""

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, weights: np.ndarray) -> "Standardisation":
        """Return those of ``(utterances, features)``; what never changes counts nothing."""
        values = values.astype(np.float64)
        mean = np.average(values, axis=0, weights=weights)
        deviation = np.sqrt(np.average(np.square(values - mean), axis=0, weights=weights))
        return cls(mean, np.where(deviation > 0, deviation, np.inf))

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Standardise ``(utterances, features)``."""
        return (values - self.mean) / self.deviation


def ridge_solutions(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, penalties: Sequence[float]
) -> Iterator[np.ndarray]:
    """Yield the coefficients ``(features, outputs)`` for each penalty.

    The smaller of the two Gram matrices is factorised, of features or of utterances.

    Parameters
    ----------
    inputs
        Standardised features ``(utterances, features)``.
    targets
        ``(utterances, outputs)``, with their mean taken away: it is the intercept, fixed, as the
        features' mean is zero.
    weights
        Weight of each utterance's squared error.
    """
    root = torch.from_numpy(np.sqrt(weights))[:, None]
    scaled = torch.from_numpy(inputs).double() * root
    wanted = torch.from_numpy(targets).double() * root
    few = len(scaled) < scaled.shape[1]
    gram = scaled @ scaled.T if few else scaled.T @ scaled
    right = wanted if few else scaled.T @ wanted
    eye = torch.eye(len(gram), dtype=torch.float64)
    for penalty in penalties:
        solved = torch.cholesky_solve(right, torch.linalg.cholesky(gram + penalty * eye))
        yield (scaled.T @ solved if few else solved).numpy()


def balanced_weights(groups: np.ndarray) -> np.ndarray:
    """Return the weight of each utterance by which all groups weigh the same; their mean is 1."""
    _, group, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return len(groups) / len(counts) / counts[group]


@dataclass(frozen=True)
class ClassTarget:
    """Classes as ones and zeros.

    In a training side and in the loss all classes weigh the same; where there are several corpora,
    all classes of all corpora.

    Attributes
    ----------
    numbers
        Class number of every utterance.
    classes
        Number of classes.
    corpora
        Number of every utterance's corpus.
    shares
        Share of every class that is learnt in place of ones and zeros, ``(utterances, classes)``;
        None where there are none. The loss is that of the classes.
    criterion
        Criterion of layer and penalty: ``loss``, or a metric of `METRICS`.
    """

    name = "label"
    numbers: np.ndarray
    classes: int
    corpora: np.ndarray
    shares: np.ndarray | None = None
    criterion: str = LOSS

    def training(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return targets without their mean, the mean, and weights of a training side."""
        if self.shares is not None:
            return self._soft_training(self.shares[rows], self.corpora[rows])
        mean = np.full(self.classes, 1 / self.classes)
        return np.eye(self.classes)[self.numbers[rows]] - mean, mean, self._weights(rows)

    @staticmethod
    def _soft_training(
        shares: np.ndarray, corpora: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Let an utterance weigh as its classes do, each by its share."""
        weights = np.zeros(len(shares))
        for corpus in np.unique(corpora):
            own = corpora == corpus
            masses = shares[own].sum(axis=0)
            weights[own] = shares[own] @ np.divide(
                1.0, masses, out=np.zeros_like(masses), where=masses > 0
            )
        weights *= len(weights) / weights.sum()
        mean = np.average(shares, axis=0, weights=weights)
        return shares - mean, mean, weights

    def _weights(self, rows: np.ndarray) -> np.ndarray:
        return balanced_weights(self.corpora[rows] * self.classes + self.numbers[rows])

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Return the class numbers ``(batch, 1)``."""
        return self.numbers[rows, None]

    def loss(self, outputs: np.ndarray, rows: np.ndarray) -> float:
        """Return the cross-entropy of logits, with all classes of the same weight."""
        logits = outputs - outputs.max(axis=1, keepdims=True)
        right = logits[np.arange(len(rows)), self.numbers[rows]]
        entropies = np.log(np.exp(logits).sum(axis=1)) - right
        return float(np.average(entropies, weights=self._weights(rows)))

    def cost(self, outputs: np.ndarray, rows: np.ndarray) -> float:
        """Return what is least for the best layer and penalty: the loss, or one minus a metric."""
        if self.criterion == LOSS:
            return self.loss(outputs, rows)
        found = confusion_matrix(self.numbers[rows], outputs.argmax(axis=1), self.classes)
        return 1.0 - float(METRICS[self.criterion](found))

    def scale(self, outputs: np.ndarray, rows: np.ndarray) -> float:
        """Return the factor by which outputs are the best logits (temperature scaling)."""
        losses = [self.loss(factor * outputs, rows) for factor in TEMPERATURES]
        return float(TEMPERATURES[int(np.argmin(losses))])


@dataclass(frozen=True)
class DimensionTarget:
    """Activation, valence and dominance, ``(utterances, 3)`` on the scale of training.

    In a training side all corpora weigh the same.

    Attributes
    ----------
    corpora
        Number of every utterance's corpus.
    """

    name = "avd"
    values: np.ndarray
    corpora: np.ndarray

    def training(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return targets without their mean, the mean, and weights of a training side."""
        weights = balanced_weights(self.corpora[rows])
        mean = np.average(self.values[rows], axis=0, weights=weights)
        return self.values[rows] - mean, mean, weights

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Return the dimensions ``(batch, 3)``."""
        return self.values[rows]

    def loss(self, outputs: np.ndarray, rows: np.ndarray) -> float:
        """Return one minus the mean CCC."""
        return 1.0 - float(ccc(outputs, self.values[rows]).mean())

    cost = loss

    def scale(self, outputs: np.ndarray, rows: np.ndarray) -> float:
        """Return one: outputs are the dimensions themselves."""
        return 1.0


ProbeTarget = ClassTarget | DimensionTarget
