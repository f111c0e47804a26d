"""SA2SR: recognisers that learn the sentiment of an utterance as well (section 3.2)."""

import inspect
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from sentemo.core.errors import SentemoError
from sentemo.data.sentiment import SENTIMENTS, most_likely
from sentemo.models.ctc import CTCModel
from sentemo.models.recognition import RecognitionMixin
from sentemo.models.sentiment_head import SentimentHead
from sentemo.models.transducer import TransducerModel
from sentemo.scoring.metrics import confusion_matrix, roc_auc, weighted_accuracy

PUBLISHED_WEIGHT = 200.0  # λ of section 4.2
BALANCED = "balanced"  # λ by the rule that the paper chose it by, in place of a number
MEMORY = 0.9  # of the mean by which λ follows the ratio of the two losses
GRADIENTS_EVERY = 20  # batches


class SentimentAwareMixin(RecognitionMixin):
    """Adds λ times a sentiment classifier's cross-entropy to a recogniser's loss (Equation 1).

    Both losses are computed from the same encoder states. λ depends on the scale of the
    recogniser's loss, which is ESPnet's: summed over an utterance's tokens, mean over the batch. On
    that scale the paper's 200 makes the terms about equal; see `balancing_weight`.

    Parameters
    ----------
    sentiment_weight
        λ; or ``balanced``: the ratio of the two losses, in the mean over the last batches, so that
        both terms are about equal at every time. It is the rule by which the paper chose its number
        (section 4.2), which a pre-trained encoder would need another one of.
    sentiment_head
        Settings of `SentimentHead`: ``units``, ``dropout``.
    **kwargs
        Further arguments of the recogniser.

    Raises
    ------
    SentemoError
        When λ is negative or not a number, or the head has no such setting.
    """

    balance: torch.Tensor

    def __init__(
        self,
        sentiment_weight: float | str = PUBLISHED_WEIGHT,
        sentiment_head: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        last = self.encoder if self.postencoder is None else self.postencoder
        _require_settings(sentiment_weight, sentiment_head or {})
        self._fixed_weight = None if isinstance(sentiment_weight, str) else sentiment_weight
        if self._fixed_weight is None:
            self.balance = torch.nn.Buffer(torch.tensor(0.0))
        self._batches = 0
        self.sentiment_head = SentimentHead(last.output_size(), **(sentiment_head or {}))

    @property
    def sentiment_weight(self) -> float:
        """λ, or what it has come to."""
        return self.balance.item() if self._fixed_weight is None else self._fixed_weight

    def batch_losses(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Return the joint loss and its two terms, each the mean over the batch.

        In training it returns, for the log, ``sentiment_weight`` too, and of some batches
        ``gradient_balance``: the norm of the weighted sentiment term's gradient at the encoder's
        states over that of the ASR term's.

        Parameters
        ----------
        states, lengths, text, text_lengths
            See `RecognitionMixin.batch_losses`.
        targets
            As ``sentiment`` the probabilities of negative, neutral and positive, ``(batch, 3)``. An
            utterance without a label has zeros; its sentiment term is 0.
        """
        asr = super().batch_losses(states, lengths, text, text_lengths)["loss"]
        logits = self.sentiment_head(states, lengths)
        sentiment_loss = _cross_entropy(logits, targets["sentiment"]).mean()
        if self.training and self._fixed_weight is None:
            self._follow(asr.detach(), sentiment_loss.detach())
        weight = self.sentiment_weight
        terms = {"asr_loss": asr, "sentiment_loss": sentiment_loss}
        if self.training:
            terms["sentiment_weight"] = asr.new_tensor(weight)
            if self._batches % GRADIENTS_EVERY == 0 and states.requires_grad:
                terms["gradient_balance"] = _gradient_ratio(weight * sentiment_loss, asr, states)
            self._batches += 1
        return {"loss": asr + weight * sentiment_loss, **terms}

    def _follow(self, asr: torch.Tensor, sentiment: torch.Tensor) -> None:
        """Move λ towards the ratio of the losses of a batch."""
        ratio = asr / sentiment
        if ratio.isfinite():  # a batch without a label has no sentiment loss
            before = self.balance if self.balance > 0 else ratio
            self.balance.copy_(MEMORY * before + (1 - MEMORY) * ratio)

    def utterance_records(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: torch.Tensor,
    ) -> list[dict[str, Any]]:
        """Return the recogniser's record of each utterance, with the sentiment added.

        ``sentiment`` is the class of the highest target probability, or None without a label;
        ``probabilities`` are the model's.
        """
        sentiment = targets["sentiment"]
        records = super().utterance_records(states, lengths, text, text_lengths)
        logits = self.sentiment_head(states, lengths)
        losses = _cross_entropy(logits, sentiment).tolist()
        found = logits.double().softmax(dim=1).tolist()
        for record, loss, target, probabilities in zip(
            records, losses, sentiment.tolist(), found, strict=True
        ):
            record |= {
                "loss": record["loss"] + self.sentiment_weight * loss,
                "asr_loss": record["loss"],
                "sentiment_loss": loss,
                "sentiment": SENTIMENTS.index(most_likely(target)) if any(target) else None,
                "probabilities": probabilities,
            }
        return records

    @torch.no_grad()
    def sentiment_batch(self, speech: torch.Tensor, speech_lengths: torch.Tensor) -> torch.Tensor:
        """Return the probabilities of negative, neutral and positive, ``(batch, 3)``.

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        """
        return self.sentiment_head(*self.encode(speech, speech_lengths)).softmax(dim=1)

    @staticmethod
    def set_metrics(records: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
        """Return error rates and losses of a set, and M, by which section 4.2 chooses the epoch.

        ``auc`` (macro, one sentiment against the rest) and ``wa`` (weighted recall) are over the
        labelled utterances; ``cer_minus_auc`` is M. ``loss`` is ``asr_loss`` plus λ times
        ``sentiment_loss``, each a mean over all utterances.
        """
        metrics = RecognitionMixin.set_metrics(records)
        for name in ("asr_loss", "sentiment_loss"):
            metrics[name] = float(np.mean([record[name] for record in records.values()]))
        labelled = [record for record in records.values() if record["sentiment"] is not None]
        references = np.array([record["sentiment"] for record in labelled])
        probabilities = np.array([record["probabilities"] for record in labelled])
        confusion = confusion_matrix(references, probabilities.argmax(axis=1), len(SENTIMENTS))
        metrics["auc"] = roc_auc(references, probabilities)
        metrics["wa"] = float(weighted_accuracy(confusion))
        metrics["cer_minus_auc"] = metrics["cer"] - metrics["auc"]
        return metrics


class SentimentAwareCTC(SentimentAwareMixin, CTCModel):
    """CTC and sentiment: the paper's own model."""


class SentimentAwareTransducer(SentimentAwareMixin, TransducerModel):
    """RNN-T and sentiment; the decoder and the joint network do not depend on the sentiment."""


def balancing_weight(asr_loss: float, sentiment_loss: float) -> float:
    """Return the λ that makes both terms equal on a set, as the paper chose it (section 4.2)."""
    return asr_loss / sentiment_loss


def _gradient_ratio(one: torch.Tensor, other: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """Return the norm of one loss's gradient at the encoder's states, over that of another."""
    norms = [
        torch.autograd.grad(loss, states, retain_graph=True)[0].float().norm()
        for loss in (one, other)
    ]
    return norms[0] / norms[1]


def _require_settings(weight: float | str, head: Mapping[str, Any]) -> None:
    """Raise a `SentemoError` unless λ is usable and the head has these settings."""
    if weight == BALANCED:
        pass
    elif not (isinstance(weight, int | float) and math.isfinite(weight) and weight >= 0):
        raise SentemoError(
            f"model_conf.sentiment_weight: {weight!r}; λ is a number from 0 on, or {BALANCED}"
        )
    known = sorted(inspect.signature(SentimentHead).parameters.keys() - {"input_size"})
    if not isinstance(head, Mapping):
        raise SentemoError(f"model_conf.sentiment_head: {head!r} is no mapping of {known}")
    if unknown := sorted(head.keys() - set(known)):
        raise SentemoError(
            f"model_conf.sentiment_head.{unknown[0]}: unknown; known are {', '.join(known)}"
        )


def _cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of each utterance, ``(batch,)``; 0 where the target has zeros."""
    return torch.nn.functional.cross_entropy(logits.float(), targets, reduction="none")
