"""What is said of an utterance's embedding: its class, or its activation, valence and dominance.

Both heads are linear layers, and know their loss, their answers and the metrics of a whole set.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from sentemo.core.errors import SentemoError
from sentemo.data.dimensions import DIMENSIONS
from sentemo.modules.losses import CCCLoss
from sentemo.scoring.metrics import (
    ccc,
    confusion_matrix,
    macro_f1,
    unweighted_accuracy,
    weighted_accuracy,
)

BALANCED = "balanced"
Answers = Iterable[Mapping[str, Any]]


class ClassificationHead(torch.nn.Linear):
    """A softmax over classes.

    Parameters
    ----------
    input_size
        Of the embedding.
    labels
        Class names in the order of `labels.txt`.
    label_smoothing, class_weights
        See `SpeechEmotionModel`.
    """

    target = "label"
    metrics = ("wa", "ua", "macro_f1")

    def __init__(
        self,
        input_size: int,
        labels: Sequence[str],
        label_smoothing: float = 0.0,
        class_weights: str | Sequence[float] | None = None,
    ) -> None:
        super().__init__(input_size, len(labels))
        self.labels = list(labels)
        self.label_smoothing = label_smoothing
        self.class_weights = None if class_weights == BALANCED else class_weights
        self._require_class_weights(class_weights)

    def _require_class_weights(self, given: str | Sequence[float] | None) -> None:
        numbers = isinstance(given, Sequence) and len(given) == len(self.labels)
        if given not in (None, BALANCED) and not (
            numbers and all(isinstance(value, int | float) and value > 0 for value in given)
        ):
            raise SentemoError(
                f"model_conf.class_weights: {given!r}; give {BALANCED}, or {len(self.labels)} "
                f"positive numbers, for {', '.join(self.labels)}."
            )

    def loss(self, logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy of logits ``(batch, classes)`` and class numbers ``(batch, 1)``."""
        weights = self.class_weights and logits.new_tensor(self.class_weights)
        return torch.nn.functional.cross_entropy(
            logits, label[:, 0], weights, label_smoothing=self.label_smoothing
        )

    def answers(self, logits: torch.Tensor, label: torch.Tensor) -> list[dict[str, Any]]:
        """Cross-entropy, class number and class probabilities of each utterance."""
        losses = torch.nn.functional.cross_entropy(logits, label[:, 0], reduction="none")
        return [
            {"cross_entropy": loss, "label": number, "probabilities": probabilities}
            for loss, number, probabilities in zip(
                losses.tolist(),
                label[:, 0].tolist(),
                logits.double().softmax(dim=1).tolist(),
                strict=True,
            )
        ]

    @staticmethod
    def answer_loss(answer: Mapping[str, Any]) -> float:
        """Loss of one answer."""
        return answer["cross_entropy"]

    def set_loss(self, answers: Answers) -> float:
        """Loss of a whole set."""
        return float(np.mean([answer["cross_entropy"] for answer in answers]))

    def set_metrics(self, answers: Answers) -> dict[str, float]:
        """WA, UA and macro-F1 of a whole set."""
        pairs = [(answer["label"], np.argmax(answer["probabilities"])) for answer in answers]
        confusion = confusion_matrix(*np.transpose(pairs), len(self.labels))
        found = (weighted_accuracy(confusion), unweighted_accuracy(confusion), macro_f1(confusion))
        return dict(zip(self.metrics, map(float, found), strict=True))


class DimensionHead(torch.nn.Linear):
    """Activation, valence and dominance on the scale of `dimension_targets`, not bounded to it.

    Parameters
    ----------
    input_size
        Of the embedding.
    weights
        Of the three in the loss; see `CCCLoss`.
    """

    target = "avd"
    metrics = (*(f"ccc_{name}" for name in DIMENSIONS), "ccc")

    def __init__(self, input_size: int, weights: Sequence[float] = (1.0, 1.0, 1.0)) -> None:
        super().__init__(input_size, len(DIMENSIONS))
        self.ccc_loss = CCCLoss(weights)

    def loss(self, predicted: torch.Tensor, avd: torch.Tensor) -> torch.Tensor:
        """CCC loss of ``(batch, 3)``, with the moments of the batch."""
        return self.ccc_loss(predicted.float(), avd.float())  # moments need full precision

    def answers(self, predicted: torch.Tensor, avd: torch.Tensor) -> list[dict[str, Any]]:
        """Target and prediction of each utterance."""
        return [
            {"avd": target, "predicted_avd": found}
            for target, found in zip(avd.tolist(), predicted.tolist(), strict=True)
        ]

    @staticmethod
    def answer_loss(answer: Mapping[str, Any]) -> float:
        """Mean squared error of one answer: one utterance has no CCC."""
        return float(np.mean(np.subtract(answer["predicted_avd"], answer["avd"]) ** 2))

    def set_loss(self, answers: Answers) -> float:
        """CCC loss of a whole set."""
        return float(np.dot(1 - self._coefficients(answers), self.ccc_loss.shares.cpu()))

    def set_metrics(self, answers: Answers) -> dict[str, float]:
        """CCC of each dimension over a whole set, and their mean."""
        found = self._coefficients(answers)
        return dict(zip(self.metrics, [*found.tolist(), float(found.mean())], strict=True))

    @staticmethod
    def _coefficients(answers: Answers) -> np.ndarray:
        answers = list(answers)
        return ccc([a["predicted_avd"] for a in answers], [a["avd"] for a in answers])


Head = ClassificationHead | DimensionHead
