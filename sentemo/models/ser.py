"""Speech emotion recognition: encoder, sentiment decoder, optional text encoder, and heads."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel

from sentemo.core.errors import SentemoError
from sentemo.models.decoding import DecodingMixin
from sentemo.models.encoding import ENCODER_PARTS, EncoderParts, EncodingMixin
from sentemo.models.heads import ClassificationHead, DimensionHead
from sentemo.models.layer_settings import LAST, LayerSetting
from sentemo.models.layers import encode_layers, layers_read, require_layers
from sentemo.models.reading import StatesReader
from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.losses import gather_batch
from sentemo.modules.text_encoder import RNNTextEncoder
from sentemo.upstreams.weights import restored


class SpeechEmotionModel(EncodingMixin, DecodingMixin, AbsESPnetModel):
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
        a list of numbers, these side by side; ``all`` of them side by side; ``weighted``, the sum
        of all layers with learned weights, also where the encoder is frozen; ``best``, the one that
        a fold's probe chose on its validation side.
    best_layers
        Layers that the folds' probes chose, in their order; only for ``best``.
    standardise_states
        Whether the decoder gets states that are standardised by the training side, see
        `StatesNormalisation`; the folds compute the statistics from kept states.
    states_augmentation
        Settings of `StatesAugmentation`.
    mixup
        Parameter of the beta distribution that embeddings are mixed by, pair by pair, in training
        (Zhang et al. 2018; on embeddings, Verma et al. 2019); 0 mixes nothing.
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

    def __init__(
        self,
        parts: EncoderParts,
        decoder: AbsSentimentDecoder,
        text_encoder: RNNTextEncoder | None = None,
        labels: Sequence[str] | None = None,
        dimensions: bool = False,
        freeze_encoder: bool = False,
        encoder_layer: LayerSetting = LAST,
        best_layers: Sequence[int] | None = None,
        standardise_states: bool = False,
        states_augmentation: Mapping[str, Any] | None = None,
        mixup: float = 0.0,
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
        self.layers = layers_read(self.encoder, encoder_layer, best_layers)
        if self.layers:
            has_postencoder = self.postencoder is not None
            require_layers(self.encoder, encoder_layer, freeze_encoder, has_postencoder)
        size = (self.encoder if self.postencoder is None else self.postencoder).output_size()
        self.reader = StatesReader(
            encoder_layer, len(self.layers), size, standardise_states, states_augmentation
        )
        self.mixup = mixup
        self.generator: torch.Generator | None = None  # of augmentation; None is torch's own
        if freeze_encoder:
            for part in self._parts(ENCODER_PARTS):
                part.requires_grad_(False)

    @property
    def kept_layers(self) -> list[str]:
        """Names of the layers that are read, as kept states have them."""
        return list(map(str, self.layers)) or [LAST]

    def train(self, mode: bool = True) -> "SpeechEmotionModel":
        """Set the training mode; a frozen encoder stays in eval mode."""
        super().train(mode)
        if self.freeze_encoder:
            for part in self._parts(ENCODER_PARTS):
                part.eval()
        return self

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Load weights, those of a packed model too, which are stored compactly."""
        return super().load_state_dict(restored(state_dict), strict, assign)

    def encode_batch(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encode a batch as `EncodingMixin.encode` does, to the states of the chosen layer.

        Where several layers are read, the states of all of these are returned: ``(batch, frames,
        layers, features)``.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.freeze_encoder):
            if not self.layers:
                return super().encode_batch(speech, speech_lengths, utt_id)
            feats, lengths = self.encoder_input(speech, speech_lengths, utt_id)
            found, _, lengths = encode_layers(
                self.encoder, feats, lengths, **self.encoder_context()
            )
        first = self.encoder.start_layer + 1 if self.begins_at_states else 1
        states = [found[number - first] for number in self.layers]
        return states[0] if self.reader.merge is None else torch.stack(states, dim=2), lengths

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
            As ``label`` class numbers, ``(batch, 1)``; as ``distribution`` the annotators' shares,
            ``(batch, classes)``, which are learnt instead where there are some; as ``avd``
            dimensions, ``(batch, 3)``.
        """
        states, lengths = self.encode(speech, speech_lengths, utt_id)
        loss, outputs = self.learn_states(
            states, lengths, targets, text, text_lengths, self._loss_of_whole_batch
        )
        stats = {"loss": loss.detach()}
        if "label" in outputs:
            right = outputs["label"].argmax(dim=1) == targets["label"][:, 0]
            stats["wa"] = right.float().mean()
        return force_gatherable((loss, stats, len(speech)), loss.device)

    def _loss_of_whole_batch(
        self, outputs: Mapping[str, torch.Tensor], targets: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Return the loss of a batch and, in training, of those of the other processes."""
        if self.training:
            outputs, targets = (
                {name: gather_batch(of[name]) for name in outputs}
                for of in (outputs, self._heads.learnt(targets))
            )
        return self.loss(outputs, targets)

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

    def collect_feats(
        self, speech: torch.Tensor, speech_lengths: torch.Tensor, **kwargs: Any
    ) -> dict[str, torch.Tensor]:
        """Return the frontend's features, for ESPnet's statistics stage."""
        if self.frontend is not None:
            speech, speech_lengths = self.frontend(speech, speech_lengths)
        return {"feats": speech, "feats_lengths": speech_lengths}
