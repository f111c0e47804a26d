"""Speech emotion recognition: an encoder, a sentiment decoder, perhaps words, a softmax."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel

from sentemo.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.errors import SentemoError
from sentemo.metrics import confusion_matrix, macro_f1, unweighted_accuracy, weighted_accuracy
from sentemo.models.encoding import EncodingMixin
from sentemo.models.layers import LayerSum, encode_layers, layer_count
from sentemo.text_encoders.rnn import RNNTextEncoder

LAST, WEIGHTED = "last", "weighted"
BALANCED = "balanced"


class SpeechEmotionModel(EncodingMixin, AbsESPnetModel):
    """Classifies utterances (Lu et al. 2020, Fig. 1).

    Parameters
    ----------
    labels
        Class names in the order of `labels.txt`.
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
        Of the cross-entropy.
    class_weights
        Of the training loss: a number per label, or ``balanced``, by which all classes of a fold's
        training side weigh the same; the training sets these (`sentemo.training.ser`).
    text_encoder
        Embeds the transcript; the classifier sees that beside the decoder's embedding ("acoustic +
        text", Table 2).
    """

    DECODER = ("layer_sum", "decoder", "classifier")
    FROZEN = ("frontend", "normalize", "preencoder", "encoder", "postencoder", "ctc")

    def __init__(
        self,
        labels: Sequence[str],
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
    ) -> None:
        super().__init__()
        self.labels = list(labels)
        self.frontend = frontend
        self.specaug = specaug
        self.normalize = normalize
        self.preencoder = preencoder
        self.encoder = encoder
        self.postencoder = postencoder
        self.ctc = ctc
        self.decoder = decoder
        self.text_encoder = text_encoder
        text_size = 0 if text_encoder is None else text_encoder.output_size()
        self.classifier = torch.nn.Linear(decoder.output_size() + text_size, len(self.labels))
        self.freeze_encoder = freeze_encoder
        self.label_smoothing = label_smoothing
        self.class_weights = None if class_weights == BALANCED else class_weights
        self._require_class_weights(class_weights)
        self.encoder_layer = encoder_layer
        self.layer_sum = None
        if encoder_layer != LAST:
            layers = self._require_layers()
            self.layer_sum = LayerSum(layers) if encoder_layer == WEIGHTED else None
        if freeze_encoder:
            for part in self._parts(self.FROZEN):
                part.requires_grad_(False)

    def _require_class_weights(self, given: str | Sequence[float] | None) -> None:
        numbers = isinstance(given, Sequence) and len(given) == len(self.labels)
        if given not in (None, BALANCED) and not (
            numbers and all(isinstance(value, int | float) and value > 0 for value in given)
        ):
            raise SentemoError(
                f"model_conf.class_weights: {given!r}; give {BALANCED}, or {len(self.labels)} "
                f"positive numbers, for {', '.join(self.labels)}."
            )

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

    def classify(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Logits ``(batch, classes)``, and the decoder's attention where it has one."""
        states, lengths = self.encode(speech, speech_lengths, utt_id)
        return self.classify_states(states, lengths, text, text_lengths)

    def classify_states(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """`classify`, of what `encode` returns."""
        if self.layer_sum is not None:
            states = self.layer_sum(states)
        embedding, attention = self.decoder(states, lengths)
        if self.text_encoder is not None:
            embedding = torch.cat([embedding, self.text_encoder(text, text_lengths)], dim=1)
        return self.classifier(embedding), attention

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
        label: torch.Tensor,
        utt_id: list[str] | None = None,
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """Cross-entropy, averaged over the batch.

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        label
            Class numbers, ``(batch, 1)``.
        text, text_lengths
            See `RNNTextEncoder.forward`; needed where there is one.
        """
        logits, _ = self.classify(speech, speech_lengths, utt_id, text, text_lengths)
        loss = self.loss(logits, label)
        accuracy = (logits.argmax(dim=1) == label[:, 0]).float().mean()
        stats = {"loss": loss.detach(), "wa": accuracy.detach()}
        return force_gatherable((loss, stats, len(speech)), loss.device)

    def loss(self, logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy of logits ``(batch, classes)`` and class numbers ``(batch, 1)``."""
        weights = self.class_weights and logits.new_tensor(self.class_weights)
        return torch.nn.functional.cross_entropy(
            logits, label[:, 0], weights, label_smoothing=self.label_smoothing
        )

    @torch.no_grad()
    def evaluate_batch(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        label: torch.Tensor,
        utt_id: list[str],
        text: torch.Tensor | None = None,
        text_lengths: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> dict[str, dict[str, Any]]:
        """Loss, class number and class probabilities of each utterance, by its id."""
        logits, _ = self.classify(speech, speech_lengths, text=text, text_lengths=text_lengths)
        return self.answers(logits, label, utt_id)

    @staticmethod
    def answers(
        logits: torch.Tensor, label: torch.Tensor, utt_id: list[str]
    ) -> dict[str, dict[str, Any]]:
        """What `evaluate_batch` says, of logits ``(batch, classes)``."""
        losses = torch.nn.functional.cross_entropy(logits, label[:, 0], reduction="none")
        probabilities = logits.double().softmax(dim=1)
        return {
            name: {
                "loss": losses[row].item(),
                "label": int(label[row, 0]),
                "probabilities": probabilities[row].tolist(),
            }
            for row, name in enumerate(utt_id)
        }

    def set_metrics(self, records: Mapping[str, dict[str, Any]]) -> dict[str, float]:
        """Loss, WA, UA and macro-F1 over a whole set."""
        reference = np.array([record["label"] for record in records.values()])
        predicted = np.array([np.argmax(record["probabilities"]) for record in records.values()])
        confusion = confusion_matrix(reference, predicted, len(self.labels))
        return {
            "loss": float(np.mean([record["loss"] for record in records.values()])),
            "wa": float(weighted_accuracy(confusion)),
            "ua": float(unweighted_accuracy(confusion)),
            "macro_f1": float(macro_f1(confusion)),
        }

    def collect_feats(
        self, speech: torch.Tensor, speech_lengths: torch.Tensor, **kwargs: Any
    ) -> dict[str, torch.Tensor]:
        """What ESPnet's statistics stage asks for: the frontend's features."""
        if self.frontend is not None:
            speech, speech_lengths = self.frontend(speech, speech_lengths)
        return {"feats": speech, "feats_lengths": speech_lengths}
