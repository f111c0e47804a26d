"""Speech emotion recognition: an encoder, a sentiment decoder, perhaps words, and what is said."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel

from sentemo.core.errors import SentemoError
from sentemo.models.encoding import EncodingMixin
from sentemo.models.heads import ClassificationHead, DimensionHead, Head
from sentemo.models.layers import LayerSum, encode_layers, layer_count
from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.losses import gather_batch
from sentemo.modules.text_encoder import RNNTextEncoder

LAST, WEIGHTED = "last", "weighted"


class SpeechEmotionModel(EncodingMixin, AbsESPnetModel):
    """Says an utterance's class (Lu et al. 2020, Fig. 1), its dimensions (SA2SR, Fig. 2), or both.

    Parameters
    ----------
    labels
        Class names in the order of `labels.txt`; None where no class is learnt.
    frontend, specaug, normalize, preencoder, encoder, postencoder
        As in ESPnet's ASR models, under ESPnet's names.
    decoder
        Maps encoder states to one embedding.
    ctc
        The CTC layer that an encoder with self-conditioned CTC looks at.
    freeze_encoder
        All of these but SpecAugment and decoder stay in eval mode and build no gradient graph;
        SpecAugment still changes their input in training.
    encoder_layer
        What the decoder sees: ``last``, the encoder's output; a number from 1, that layer's;
        ``weighted``, the sum of all layers with learned weights, also where the encoder is frozen.
    label_smoothing
        Of the cross-entropy, where classes are learnt.
    class_weights
        Of the training loss: a number per label, or ``balanced``, by which all classes of a fold's
        training side weigh the same; the training sets these (`sentemo.folds.separate`).
    text_encoder
        Embeds the transcript; the heads see that beside the decoder's embedding ("acoustic + text",
        Table 2).
    dimensions
        Whether activation, valence and dominance are learnt.
    ccc_weights
        Of activation, valence and dominance in the CCC loss.
    ccc_loss_weight
        Of the CCC loss beside the cross-entropy, where both are learnt.
    """

    HEADS = ("classifier", "regressor")
    DECODER = ("layer_sum", "decoder", *HEADS)
    FROZEN = ("frontend", "normalize", "preencoder", "encoder", "postencoder", "ctc")

    def __init__(
        self,
        labels: Sequence[str] | None,
        frontend: torch.nn.Module | None,
        specaug: torch.nn.Module | None,
        normalize: torch.nn.Module | None,
        preencoder: torch.nn.Module | None,
        encoder: torch.nn.Module,
        decoder: AbsSentimentDecoder,
        postencoder: torch.nn.Module | None = None,
        ctc: torch.nn.Module | None = None,
        freeze_encoder: bool = False,
        label_smoothing: float = 0.0,
        encoder_layer: str | int = LAST,
        class_weights: str | Sequence[float] | None = None,
        text_encoder: RNNTextEncoder | None = None,
        dimensions: bool = False,
        ccc_weights: Sequence[float] = (1.0, 1.0, 1.0),
        ccc_loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.frontend = frontend
        self.specaug = specaug
        self.normalize = normalize
        self.preencoder = preencoder
        self.encoder = encoder
        self.postencoder = postencoder
        self.ctc = ctc
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
            layers = self._require_layers()
            self.layer_sum = LayerSum(layers) if encoder_layer == WEIGHTED else None
        if freeze_encoder:
            for part in self._parts(self.FROZEN):
                part.requires_grad_(False)

    @property
    def heads(self) -> list[Head]:
        """What says something of an embedding, one or both."""
        return self._parts(self.HEADS)

    def _parts(self, names: Sequence[str]) -> list[torch.nn.Module]:
        parts = (getattr(self, name) for name in names)
        return [part for part in parts if part is not None]

    def _require_layers(self) -> int:
        """Return the encoder's number of layers, insisting that the wanted ones are among them."""
        layers, wanted = layer_count(self.encoder), self.encoder_layer
        if wanted != WEIGHTED and wanted not in range(1, layers + 1):
            raise SentemoError(
                f"model_conf.encoder_layer: {wanted!r}; this encoder has {layers} layers: give "
                f"{LAST}, {WEIGHTED} or a number from 1 to {layers}."
            )
        if getattr(self.encoder, "layer_drop_rate", 0) and not self.freeze_encoder:
            raise SentemoError(
                f"model_conf.encoder_layer: {wanted!r} needs every layer, and this encoder leaves "
                f"some out in training (layer_drop_rate). Use {LAST}, or freeze the encoder."
            )
        if self.postencoder is not None:
            raise SentemoError(
                f"model_conf.encoder_layer: {wanted!r} would pass over the post-encoder, which "
                f"works on the last layer; use {LAST}."
            )
        return layers

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

        Where all are summed, it returns all: ``(batch, frames, layers, features)``.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.freeze_encoder):
            if self.encoder_layer == LAST:
                return super().encode_batch(speech, speech_lengths, utt_id)
            feats, lengths = self.encoder_input(speech, speech_lengths, utt_id)
            layers, lengths = encode_layers(self.encoder, feats, lengths, **self.encoder_context())
        if self.layer_sum is not None:
            return torch.stack(layers, dim=2), lengths
        return layers[self.encoder_layer - 1], lengths

    def predict(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor | None]:
        """Say of each utterance what the heads say.

        Returns
        -------
        outputs, attention
            Logits ``(batch, classes)`` as ``label`` and dimensions ``(batch, 3)`` as ``avd``, and
            the decoder's attention where it has one.
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
        """`predict`, of what `encode` returns."""
        if self.layer_sum is not None:
            states = self.layer_sum(states)
        embedding, attention = self.decoder(states, lengths)
        if self.text_encoder is not None:
            embedding = torch.cat([embedding, self.text_encoder(text, text_lengths)], dim=1)
        return {head.target: head(embedding) for head in self.heads}, attention

    def decoder_parts(self) -> list[torch.nn.Module]:
        """Return all that comes after the encoder."""
        return self._parts(self.DECODER)

    def with_own_decoder(self) -> "SpeechEmotionModel":
        """Return a model that shares the encoder with this one and has a copy of its decoder."""
        other = copy.copy(self)
        other._modules = dict(self._modules)
        for name in self.DECODER:
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other

    def decoder_state(self) -> dict[str, torch.Tensor]:
        """Return the weights of all that comes after the encoder, by their names in the model."""
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
        """Loss of a batch; see `loss`. In training, of the batch that all processes share.

        CCC loss and class-weighted cross-entropy are no means over utterances, nor over shares.

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        text, text_lengths
            See `RNNTextEncoder.forward`; needed where there is one.
        targets
            As `label` class numbers, ``(batch, 1)``; as `avd` dimensions, ``(batch, 3)``.
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
        """Add to what the heads say, and to their targets, those of the other processes."""
        if not self.training:
            return [outputs, targets]
        return [{name: gather_batch(of[name]) for name in outputs} for of in (outputs, targets)]

    def loss(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Cross-entropy, averaged over the batch, and weighted CCC loss of what `predict` says."""
        losses = [head.loss(outputs[head.target], targets[head.target]) for head in self.heads]
        return self._weighted(losses)

    def _weighted(self, losses: Sequence[Any]) -> Any:
        weights = (self.loss_weights[head.target] for head in self.heads)
        return sum(weight * loss for weight, loss in zip(weights, losses, strict=True))

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
        """What the heads answer of each utterance, with its loss, by its id."""
        outputs, _ = self.predict(speech, speech_lengths, text=text, text_lengths=text_lengths)
        return self.answers(outputs, targets, utt_id)

    def answers(
        self,
        outputs: Mapping[str, torch.Tensor],
        targets: Mapping[str, torch.Tensor],
        utt_id: Sequence[str],
    ) -> dict[str, dict[str, Any]]:
        """What `evaluate_batch` says, of what `predict` says."""
        records: dict[str, dict[str, Any]] = {name: {} for name in utt_id}
        for head in self.heads:
            answers = head.answers(outputs[head.target], targets[head.target])
            for record, answer in zip(records.values(), answers, strict=True):
                record.update(answer)
        for record in records.values():
            record["loss"] = self._weighted([head.answer_loss(record) for head in self.heads])
        return records

    def set_metrics(self, records: Mapping[str, dict[str, Any]]) -> dict[str, float]:
        """Loss and every head's metrics over a whole set."""
        found = {"loss": self._weighted([head.set_loss(records.values()) for head in self.heads])}
        for head in self.heads:
            found.update(head.set_metrics(records.values()))
        return found

    def collect_feats(
        self, speech: torch.Tensor, speech_lengths: torch.Tensor, **kwargs: Any
    ) -> dict[str, torch.Tensor]:
        """What ESPnet's statistics stage asks for: the frontend's features."""
        if self.frontend is not None:
            speech, speech_lengths = self.frontend(speech, speech_lengths)
        return {"feats": speech, "feats_lengths": speech_lengths}
