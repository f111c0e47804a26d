"""Encoding of speech to encoder states, the same for every model of this package."""

from dataclasses import dataclass
from typing import Any

import torch
from espnet2.asr.ctc import CTC
from espnet2.asr.encoder.abs_encoder import AbsEncoder
from espnet2.asr.encoder.rnn_encoder import RNNEncoder
from espnet2.asr.encoder.vgg_rnn_encoder import VGGRNNEncoder
from espnet2.asr.frontend.abs_frontend import AbsFrontend
from espnet2.asr.postencoder.abs_postencoder import AbsPostEncoder
from espnet2.asr.preencoder.abs_preencoder import AbsPreEncoder
from espnet2.asr.specaug.abs_specaug import AbsSpecAug
from espnet2.layers.abs_normalize import AbsNormalize
from espnet2.layers.global_mvn import GlobalMVN
from torch.nn.utils.rnn import pad_sequence

from sentemo.modules.encoders.conv import ConvEncoder
from sentemo.modules.encoders.huggingface import RawSamples
from sentemo.modules.encoders.layered import LayeredEncoder
from sentemo.modules.encoders.whisper import WhisperFrontend
from sentemo.modules.frame_stacking import FrameStacking
from sentemo.modules.frontend import HuggingFaceSSLFrontend
from sentemo.modules.normalisation import MaskedUtteranceMVN

LONGEST_FIRST = (RNNEncoder, VGGRNNEncoder)  # they pack sequences, and fail in another order
# Parts of a model up to its encoder's output, by ESPnet's names.
ENCODER_PARTS = ("frontend", "normalize", "preencoder", "encoder", "postencoder", "ctc")
# Classes that give an utterance the same states alone and beside longer ones. ESPnet's convolutions
# read padding, its frontend mirrors the end of the batch, and lengths may depend on the longest.
PADDING_PROOF = (
    ConvEncoder,
    FrameStacking,
    GlobalMVN,
    HuggingFaceSSLFrontend,
    LayeredEncoder,
    MaskedUtteranceMVN,
    RawSamples,
    WhisperFrontend,
)


@dataclass(frozen=True)
class EncoderParts:
    """All parts of a model before its decoder, under ESPnet's names.

    Attributes
    ----------
    ctc
        CTC layer that an encoder with self-conditioned CTC uses.
    """

    encoder: AbsEncoder
    frontend: AbsFrontend | None = None
    specaug: AbsSpecAug | None = None
    normalize: AbsNormalize | None = None
    preencoder: AbsPreEncoder | None = None
    postencoder: AbsPostEncoder | None = None
    ctc: CTC | None = None


class EncodingMixin:
    """Adds `encode` to models with ESPnet's attribute names.

    The order is frontend, normalisation, *then* SpecAugment (a masked value is the mean), the
    pre-encoder, the encoder, the post-encoder. ESPnet's own models mask before they normalise;
    without SpecAugment the states of an utterance are the same, bit for bit.

    Outside of training no utterance depends on its neighbours: where a part reads padding,
    utterances are encoded one by one, as `espnet2.bin.asr_inference` does.
    """

    training: bool
    frontend: AbsFrontend | None
    specaug: AbsSpecAug | None
    normalize: AbsNormalize | None
    preencoder: AbsPreEncoder | None
    encoder: AbsEncoder
    postencoder: AbsPostEncoder | None
    ctc: CTC | None

    def encode(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encode a batch; `espnet2.bin.asr_inference` calls this too.

        Parameters
        ----------
        speech
            Features ``(batch, frames, features)``, or samples ``(batch, samples)`` where the model
            has a frontend; of a model that begins at kept states, these.
        speech_lengths
            Valid frames, samples or states, ``(batch,)``.
        utt_id
            Utterance ids, which SpecAugment needs in training.

        Returns
        -------
        tuple
            States ``(batch, encoder frames, encoder features)`` and the valid encoder frames.
        """
        if self.training or len(speech) == 1 or self._is_padding_proof():
            return self.encode_batch(speech, speech_lengths, utt_id)
        alone = [
            self.encode_batch(speech[row : row + 1], speech_lengths[row : row + 1])
            for row in range(len(speech))
        ]
        states = pad_sequence([states[0] for states, _ in alone], batch_first=True)
        return states, torch.cat([lengths for _, lengths in alone])

    def encode_batch(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encode a batch as a whole; see `encode`."""
        feats, lengths = self.encoder_input(speech, speech_lengths, utt_id)
        states, lengths = self._run_encoder(feats, lengths)
        if self.postencoder is not None:
            states, lengths = self.postencoder(states, lengths)
        return states, lengths

    @property
    def begins_at_states(self) -> bool:
        """Tell whether the input is states of a layer, see `LayeredEncoder.begin_above`."""
        return isinstance(self.encoder, LayeredEncoder) and self.encoder.start_layer > 0

    def _is_augmented(self, utt_id: list[str] | None) -> bool:
        """Tell whether SpecAugment changes the encoder's input: in training only."""
        return self.training

    def _is_padding_proof(self) -> bool:
        parts = (self.frontend, self.normalize, self.preencoder, self.encoder, self.postencoder)
        return all(part is None or isinstance(part, PADDING_PROOF) for part in parts)

    def encoder_input(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the input of the encoder, with the arguments of `encode`.

        Returns
        -------
        tuple
            Features ``(batch, frames, features)`` and the valid frames.
        """
        if self.begins_at_states:  # behind them may be states of silence, which its layers read
            if self.specaug is not None and self._is_augmented(utt_id):
                return self.specaug(speech, speech_lengths, utt_id)
            return speech, speech_lengths
        # A copy, because ESPnet's normalisation works in place.
        feats, lengths = speech[:, : speech_lengths.max()].clone(), speech_lengths
        with torch.autocast(speech.device.type, enabled=False):  # logarithms need full precision
            if self.frontend is not None:
                feats, lengths = self.frontend(feats, lengths)
            if self.normalize is not None:
                feats, lengths = self.normalize(feats, lengths)
        if self.specaug is not None and self._is_augmented(utt_id):
            feats, lengths = self.specaug(feats, lengths, utt_id)
        if self.preencoder is not None:
            feats, lengths = self.preencoder(feats, lengths)
        return feats, lengths

    def _run_encoder(
        self, feats: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if isinstance(self.encoder, LONGEST_FIRST):
            order = lengths.argsort(descending=True, stable=True).to(feats.device)
            states, lengths, _ = self.encoder(feats[order], lengths.to(feats.device)[order])
            back = order.argsort()
            return states[back], lengths.to(feats.device)[back]
        states, lengths, _ = self.encoder(feats, lengths, **self.encoder_context())
        # An encoder with intermediate CTC returns a tuple, with the output first.
        return states[0] if isinstance(states, tuple) else states, lengths

    def encoder_context(self) -> dict[str, Any]:
        """Return the arguments of the encoder beyond its input; self-conditioned CTC needs one."""
        conditioned = ("interctc_use_conditioning", "ctc_trim")
        if any(getattr(self.encoder, name, False) for name in conditioned):
            return {"ctc": self.ctc}
        return {}
