"""Speech emotion recognition: encoder, sentiment decoder, optional text encoder, and heads."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel

from sentemo.core.errors import SentemoError
from sentemo.models.encoding import EncoderParts, EncodingMixin
from sentemo.models.heads import ClassificationHead, DimensionHead, Head, Heads
from sentemo.models.layers import (
    LAST,
    WEIGHTED,
    LayerSum,
    encode_layers,
    layer_count,
    require_layer,
)
from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.losses import gather_batch
from sentemo.modules.text_encoder import RNNTextEncoder


class SpeechEmotionModel(EncodingMixin, AbsESPnetModel):
    """Predicts an utterance's class (Lu et al. 2020, Fig. 1), dimensions (SA2SR, Fig. 2), or both.

    Parameters
    ----------
    parts
        Everything before the decoder.
    decoder
        Maps encoder states to one embedding.
    text_encoder
        Embeds the transcript; the heads get its embedding beside the decoder's ("acoustic + text",
        Table 2).
    labels
        Class names in the order of `labels.txt`; None where no class is learnt.
    dimensions
        Whether activation, valence and dominance are learnt.
    freeze_encoder
        Whether everything before the decoder stays in eval mode and builds no gradient graph.
        SpecAugment still changes the encoder's input in training.
    encoder_layer
        Layer that the decoder gets: ``last``, the encoder's output; a number from 1, that layer's;
        ``weighted``, the sum of all layers with learned weights, also where the encoder is frozen.
    label_smoothing
        Label smoothing of the cross-entropy, where classes are learnt.
    class_weights
        Weights of the training loss: a number for each label, or ``balanced``, by which all classes
        of a fold's training side weigh the same; the folds compute these numbers.
    ccc_weights
        Weights of activation, valence and dominance in the CCC loss.
    ccc_loss_weight
        Weight of the CCC loss beside the cross-entropy, where both are learnt.

    Raises
    ------
    SentemoError
        When nothing is learnt, or the encoder does not have this layer.
    """

    HEADS = ("classifier", "regressor")
    DECODER = ("layer_sum", "decoder", *HEADS)
    FROZEN = ("frontend", "normalize", "preencoder", "encoder", "postencoder", "ctc")

    def __init__(
        self,
        parts: EncoderParts,
        decoder: AbsSentimentDecoder,
        text_encoder: RNNTextEncoder | None = None,
        labels: Sequence[str] | None = None,
        dimensions: bool = False,
        freeze_encoder: bool = False,
        encoder_layer: str | int = LAST,
        label_smoothing: float = 0.0,
        class_weights: str | Sequence[float] | None = None,
        ccc_weights: Sequence[float] = (1.0, 1.0, 1.0),
        ccc_loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        # In this order optimisers number the parameters, and checkpoints keep their numbers.
        self.frontend = parts.frontend
        self.specaug = parts.specaug
        self.normalize = parts.normalize
        self.preencoder = parts.preencoder
        self.encoder = parts.encoder
        self.postencoder = parts.postencoder
        self.ctc = parts.ctc
        self.decoder = decoder
        self.text_encoder = text_encoder
        size = decoder.output_size() + (0 if text_encoder is None else text_encoder.output_size())
        self.classifier = self.regressor = None
        if labels:
            self.classifier = ClassificationHead(size, labels, label_smoothing, class_weights)
        if dimensions:
            self.regressor = DimensionHead(size, ccc_weights)
        if not self.heads:
            raise SentemoError("nothing to learn: give labels, dimensions or both.")
        self.loss_weights = {"label": 1.0, "avd": ccc_loss_weight if labels else 1.0}
        self.freeze_encoder = freeze_encoder
        self.encoder_layer = encoder_layer
        self.layer_sum = None
        if encoder_layer != LAST:
            has_postencoder = self.postencoder is not None
            require_layer(self.encoder, encoder_layer, freeze_encoder, has_postencoder)
        if encoder_layer == WEIGHTED:
            self.layer_sum = LayerSum(layer_count(self.encoder))
        if freeze_encoder:
            for part in self._parts(self.FROZEN):
                part.requires_grad_(False)

    @property
    def heads(self) -> list[Head]:
        """Heads of the targets that are learnt, one or both."""
        return [head for head in (self.classifier, self.regressor) if head is not None]

    @property
    def _heads(self) -> Heads:
        return Heads(self.heads, self.loss_weights)

    def _parts(self, names: Sequence[str]) -> list[torch.nn.Module]:
        parts = (getattr(self, name) for name in names)
        return [part for part in parts if part is not None]

    def train(self, mode: bool = True) -> "SpeechEmotionModel":
        """Set the training mode; a frozen encoder stays in eval mode."""
        super().train(mode)
        if self.freeze_encoder:
            for part in self._parts(self.FROZEN):
                part.eval()
        return self

    def encode_batch(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encode a batch as `EncodingMixin.encode` does, to the states of the chosen layer.

        With ``weighted``, the states of all layers are returned: ``(batch, frames, layers,
        features)``.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.freeze_encoder):
            if self.encoder_layer == LAST:
                return super().encode_batch(speech, speech_lengths, utt_id)
            feats, lengths = self.encoder_input(speech, speech_lengths, utt_id)
            layers, lengths = encode_layers(self.encoder, feats, lengths, **self.encoder_context())
        if self.layer_sum is not None:
            return torch.stack(layers, dim=2), lengths
        return layers[int(self.encoder_layer) - 1], lengths

    def predict(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor | None]:
        """Predict the targets of a batch; the arguments are those of `forward`.

        Returns
        -------
        outputs, attention
            Logits ``(batch, classes)`` as ``label`` and dimensions ``(batch, 3)`` as ``avd``, and
            the decoder's attention, or None if the decoder has none.
        """
        states, lengths = self.encode(speech, speech_lengths, utt_id)
        return self.predict_states(states, lengths, text, text_lengths)

    def predict_states(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor | None]:
        """Predict from the states and lengths that `encode` returned; see `predict`."""
        if self.layer_sum is not None:
            states = self.layer_sum(states)
        embedding, attention = self.decoder(states, lengths)
        if self.text_encoder is not None:
            embedding = torch.cat([embedding, self.text_encoder(text, text_lengths)], dim=1)
        return self._heads.outputs(embedding), attention

    def decoder_parts(self) -> list[torch.nn.Module]:
        """Return all modules after the encoder."""
        return self._parts(self.DECODER)

    def with_own_decoder(self) -> "SpeechEmotionModel":
        """Return a model that shares the encoder with this one and has a copy of its decoder."""
        other = copy.copy(self)
        other._modules = dict(self._modules)
        for name in self.DECODER:
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other

    def decoder_state(self) -> dict[str, torch.Tensor]:
        """Return the weights of all modules after the encoder, by their names in the model."""
        return {k: v for k, v in self.state_dict().items() if k.split(".")[0] in self.DECODER}

    def forward(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
        **targets: torch.Tensor,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """Return the loss of a batch, its statistics, and the size of the batch.

        In training in several processes it is the loss of the whole batch, which all of them share:
        CCC loss and class-weighted cross-entropy are not means over utterances.

        Parameters
        ----------
        speech, speech_lengths, utt_id
            See `EncodingMixin.encode`.
        text, text_lengths
            See `RNNTextEncoder.forward`; needed if there is a text encoder.
        targets
            As ``label`` class numbers, ``(batch, 1)``; as ``avd`` dimensions, ``(batch, 3)``.
        """
        outputs, _ = self.predict(speech, speech_lengths, utt_id, text, text_lengths)
        loss = self.loss(*self._whole_batch(outputs, targets))
        stats = {"loss": loss.detach()}
        if "label" in outputs:
            right = outputs["label"].argmax(dim=1) == targets["label"][:, 0]
            stats["wa"] = right.float().mean()
        return force_gatherable((loss, stats, len(speech)), loss.device)

    def _whole_batch(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor]
    ) -> list[Mapping[str, torch.Tensor]]:
        """Add the outputs and the targets of the other processes, in training."""
        if not self.training:
            return [outputs, targets]
        return [{name: gather_batch(of[name]) for name in outputs} for of in (outputs, targets)]

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Return the mean cross-entropy and the weighted CCC loss of a batch, added."""
        return self._heads.loss(outputs, targets)

    @torch.no_grad()
    def evaluate_batch(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str],
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
        **targets: torch.Tensor,
    ) -> dict[str, dict[str, Any]]:
        """Return a record of each utterance by its id: loss, targets and predictions."""
        outputs, _ = self.predict(speech, speech_lengths, text=text, text_lengths=text_lengths)
        return self.records(outputs, targets, utt_id)

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

    def collect_feats(
        self, speech: torch.Tensor, speech_lengths: torch.Tensor, **kwargs: Any
    ) -> dict[str, torch.Tensor]:
        """Return the frontend's features, for ESPnet's statistics stage."""
        if self.frontend is not None:
            speech, speech_lengths = self.frontend(speech, speech_lengths)
        return {"feats": speech, "feats_lengths": speech_lengths}
