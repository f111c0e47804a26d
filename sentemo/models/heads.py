"""Heads on an utterance's embedding: its class, or its activation, valence and dominance.

A head is a linear layer with a loss, a record of each utterance, and metrics of a whole set.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sentemo.core.errors import SentemoError
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.targets import DISTRIBUTION
from sentemo.modules.losses import CCCLoss, distribution_loss
from sentemo.scoring.metrics import (
    ccc,
    confusion_matrix,
    macro_f1,
    unweighted_accuracy,
    weighted_accuracy,
)

BALANCED = "balanced"
Records = Iterable[Mapping[str, Any]]


class ClassificationHead(torch.nn.Linear):
    """Softmax over classes.

    Parameters
    ----------
    input_size
        Size of the embedding.
    labels
        Class names in the order of `labels.txt`.
    label_smoothing, class_weights
        See `SpeechEmotionModel`.
    """

    target = "label"
    learns = (DISTRIBUTION, "label")  # from the first of these that a batch has
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
        self.class_weights = self._numbers(class_weights)

    def _numbers(self, weights: str | Sequence[float] | None) -> Sequence[float] | None:
        """Return the weights as numbers; None where there are none, or none yet."""
        if weights is None or weights == BALANCED:
            return None
        if (
            isinstance(weights, Sequence)
            and not isinstance(weights, str)
            and len(weights) == len(self.labels)
            and all(isinstance(value, int | float) and value > 0 for value in weights)
        ):
            return weights
        raise SentemoError(
            f"model_conf.class_weights: {weights!r}; give {BALANCED}, or {len(self.labels)} "
            f"positive numbers, for {', '.join(self.labels)}."
        )

    def loss(self, logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        """Return the mean cross-entropy of ``(batch, classes)`` with classes ``(batch, 1)``.

        From shares ``(batch, classes)`` it is the mean divergence, see `distribution_loss`.
        """
        weights = None if self.class_weights is None else logits.new_tensor(self.class_weights)
        if label.is_floating_point():
            return distribution_loss(logits, label, weights, self.label_smoothing)
        return torch.nn.functional.cross_entropy(
            logits, label[:, 0], weights, label_smoothing=self.label_smoothing
        )

    def records(self, logits: torch.Tensor, label: torch.Tensor) -> list[dict[str, Any]]:
        """Return cross-entropy, class number and class probabilities of each utterance."""
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
    def record_loss(record: Mapping[str, Any]) -> float:
        """Return the loss of one utterance."""
        return record["cross_entropy"]

    def set_loss(self, records: Records) -> float:
        """Return the loss of a whole set."""
        return float(np.mean([record["cross_entropy"] for record in records]))

    def set_metrics(self, records: Records) -> dict[str, float]:
        """Return WA, UA and macro-F1 of a whole set."""
        pairs = [(record["label"], np.argmax(record["probabilities"])) for record in records]
        labels, predicted = np.transpose(pairs)
        confusion = confusion_matrix(labels, predicted, len(self.labels))
        found = (weighted_accuracy(confusion), unweighted_accuracy(confusion), macro_f1(confusion))
        return dict(zip(self.metrics, map(float, found), strict=True))


class DimensionHead(torch.nn.Linear):
    """Activation, valence and dominance on the scale of `dimension_targets`, not bounded to it.

    Parameters
    ----------
    input_size
        Size of the embedding.
    weights
        Weights of the three in the loss; see `CCCLoss`.
    """

    target = "avd"
    learns = ("avd",)
    metrics = (*(f"ccc_{name}" for name in DIMENSIONS), "ccc")

    def __init__(self, input_size: int, weights: Sequence[float] = (1.0, 1.0, 1.0)) -> None:
        super().__init__(input_size, len(DIMENSIONS))
        self.ccc_loss = CCCLoss(weights)

    def loss(self, predicted: torch.Tensor, avd: torch.Tensor) -> torch.Tensor:
        """Return the CCC loss of ``(batch, 3)``, with the moments of the batch."""
        return self.ccc_loss(predicted.float(), avd.float())  # moments need full precision

    def records(self, predicted: torch.Tensor, avd: torch.Tensor) -> list[dict[str, Any]]:
        """Return target and prediction of each utterance."""
        return [
            {"avd": target, "predicted_avd": found}
            for target, found in zip(avd.tolist(), predicted.tolist(), strict=True)
        ]

    @staticmethod
    def record_loss(record: Mapping[str, Any]) -> float:
        """Return the mean squared error of one utterance, which has no CCC."""
        return float(np.mean(np.subtract(record["predicted_avd"], record["avd"]) ** 2))

    def set_loss(self, records: Records) -> float:
        """Return the CCC loss of a whole set."""
        return float(np.dot(1 - self._coefficients(records), self.ccc_loss.shares.cpu()))

    def set_metrics(self, records: Records) -> dict[str, float]:
        """Return the CCC of each dimension over a whole set, and their mean."""
        found = self._coefficients(records)
        return dict(zip(self.metrics, [*found.tolist(), float(found.mean())], strict=True))

    @staticmethod
    def _coefficients(records: Records) -> np.ndarray:
        records = list(records)
        predicted = np.array([record["predicted_avd"] for record in records])
        return ccc(predicted, np.array([record["avd"] for record in records]))


Head = ClassificationHead | DimensionHead


@dataclass(frozen=True)
class Heads:
    """The heads of a model, one or both, with the weights of their losses by target."""

    heads: Sequence[Head]
    loss_weights: Mapping[str, float]

    def outputs(self, embedding: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the output of each head by its target."""
        return {head.target: head(embedding) for head in self.heads}

    def learnt(self, targets: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return what each head learns from, by its target: shares, where a batch has some."""
        return {
            head.target: next(targets[name] for name in head.learns if name in targets)
            for head in self.heads
        }

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Return the weighted sum of the losses of a batch."""
        learnt = self.learnt(targets)
        return self._weighted(
            [head.loss(outputs[head.target], learnt[head.target]) for head in self.heads]
        )

    def records(
        self,
        outputs: Mapping[str, torch.Tensor],
        targets: Mapping[str, torch.Tensor],
        utt_id: Sequence[str],
    ) -> dict[str, dict[str, Any]]:
        """Return a record of each utterance by its id: its loss, and the records of all heads."""
        found: dict[str, dict[str, Any]] = {name: {} for name in utt_id}
        for head in self.heads:
            of_head = head.records(outputs[head.target], targets[head.target])
            for record, added in zip(found.values(), of_head, strict=True):
                record.update(added)
        for record in found.values():
            record["loss"] = self._weighted([head.record_loss(record) for head in self.heads])
        return found

    def set_metrics(self, records: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
        """Return the loss and the metrics of every head over a whole set."""
        losses = [head.set_loss(records.values()) for head in self.heads]
        found: dict[str, float] = {"loss": self._weighted(losses)}
        for head in self.heads:
            found.update(head.set_metrics(records.values()))
        return found

    def _weighted(self, losses: Sequence[Any]) -> Any:
        weights = (self.loss_weights[head.target] for head in self.heads)
        return sum(weight * loss for weight, loss in zip(weights, losses, strict=True))
