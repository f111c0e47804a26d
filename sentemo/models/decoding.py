"""From encoder states to targets: what the emotion model and its folds learn and predict."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch

from sentemo.models.heads import ClassificationHead, DimensionHead, Head, Heads
from sentemo.models.reading import StatesReader
from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.mixup import mixed, mixing
from sentemo.modules.text_encoder import RNNTextEncoder

Loss = Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor]], torch.Tensor]
ModelT = TypeVar("ModelT", bound="DecodingMixin")


class DecodingMixin(torch.nn.Module):
    """Adds to a model all that follows its encoder: reader, decoder, heads, loss.

    Upon kept states it is all that is trained, see `sentemo.folds.learner`.
    """

    HEADS = ("classifier", "regressor")
    DECODER = ("reader", "decoder", *HEADS)

    reader: StatesReader
    decoder: AbsSentimentDecoder
    text_encoder: RNNTextEncoder | None
    classifier: ClassificationHead | None
    regressor: DimensionHead | None
    loss_weights: dict[str, float]
    mixup: float
    generator: torch.Generator | None

    @property
    def heads(self) -> list[Head]:
        """Heads of the targets that are learnt, one or both."""
        return [head for head in (self.classifier, self.regressor) if head is not None]

    @property
    def _heads(self) -> Heads:
        return Heads(self.heads, self.loss_weights)

    def predict_states(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor | None]:
        """Predict from the states and lengths that `encode` returned; see `predict`."""
        embedding, attention = self.embed(states, lengths, text, text_lengths)
        return self._heads.outputs(embedding), attention

    def embed(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return the embedding ``(batch, size)`` that the heads get, and the attention.

        The arguments are those of `predict_states`.
        """
        read = self.reader(states, lengths, self.generator)
        embedding, attention = self.decoder(read, lengths)
        if self.text_encoder is not None:
            embedding = torch.cat([embedding, self.text_encoder(text, text_lengths)], dim=1)
        return embedding, attention

    def learn_states(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        targets: Mapping[str, torch.Tensor],
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
        loss: Loss | None = None,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the loss of a batch of encoder states, and the outputs; see `forward`.

        Parameters
        ----------
        loss
            Loss of outputs and targets; None is `loss`.
        """
        loss = loss or self.loss
        embedding, _ = self.embed(states, lengths, text, text_lengths)
        if not (self.training and self.mixup):
            outputs = self._heads.outputs(embedding)
            return loss(outputs, targets), outputs
        share, partners = mixing(len(embedding), self.mixup, self.generator, embedding.device)
        outputs = self._heads.outputs(mixed(embedding, share, partners))
        others = {name: values[partners] for name, values in targets.items()}
        losses = [loss(outputs, of) for of in (targets, others)]
        return share * losses[0] + (1 - share) * losses[1], outputs

    def judge(self, embedding: torch.Tensor) -> dict[str, torch.Tensor]:
        """Predict from a decoder's embedding ``(batch, size)``; see `predict`."""
        return self._heads.outputs(embedding)

    def decoder_parts(self) -> list[torch.nn.Module]:
        """Return all modules after the encoder."""
        return self._parts(self.DECODER)

    def with_own_decoder(self: ModelT) -> ModelT:
        """Return a model that shares the encoder with this one and has a copy of its decoder."""
        other = copy.copy(self)
        other._modules = dict(self._modules)
        for name in self.DECODER:
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other

    def decoder_state(self) -> dict[str, torch.Tensor]:
        """Return the weights of all modules after the encoder, by their names in the model."""
        return {k: v for k, v in self.state_dict().items() if k.split(".")[0] in self.DECODER}

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Return the mean cross-entropy and the weighted CCC loss of a batch, added."""
        return self._heads.loss(outputs, targets)

    def records(
        self,
        outputs: Mapping[str, torch.Tensor],
        targets: Mapping[str, torch.Tensor],
        utt_id: Sequence[str],
    ) -> dict[str, dict[str, Any]]:
        """Return the records of a batch from its outputs; see `evaluate_batch`."""
        return self._heads.records(outputs, targets, utt_id)

    def set_metrics(self, records: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
        """Return the loss and the metrics of every head over a whole set."""
        return self._heads.set_metrics(records)

    def _parts(self, names: Sequence[str]) -> list[torch.nn.Module]:
        parts = (getattr(self, name) for name in names)
        return [part for part in parts if part is not None]
