"""A pre-trained encoder by itself: the states of all of its layers, of recordings or features."""

import argparse
import json
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from espnet.nets.pytorch_backend.transformer.subsampling import TooShortUttError
from torch.nn.utils.rnn import pad_sequence

from sentemo.core.errors import SentemoError
from sentemo.data.features import (
    FRAMES_PER_SECOND,
    SAMPLE_RATE,
    WINDOW_MS,
    feature_dim,
    raw_rate,
)
from sentemo.data.filterbank import fbank
from sentemo.models.encoding import EncoderParts, EncodingMixin
from sentemo.models.layer_settings import LAST
from sentemo.models.layers import encode_layers, layer_count
from sentemo.modules.encoders.layered import LayeredEncoder
from sentemo.modules.encoders.whisper import WHOLE_WINDOW, WhisperEncoder
from sentemo.modules.specaug import KeyedSpecAug
from sentemo.states.copies import KEYED, SpecAugCopy
from sentemo.states.pooling import pool
from sentemo.tasks.parts import build_encoder_parts, build_specaug
from sentemo.training.too_short import shortest_input, state_shift
from sentemo.upstreams import Upstream
from sentemo.upstreams.config import conditioning_tokens, parts_of


class FrozenEncoder(EncodingMixin, torch.nn.Module):
    """The encoder of an upstream, which is not trained.

    Parameters
    ----------
    upstream
        The pre-trained model.
    device
        Device in torch's words: ``cpu``, ``cuda``.
    copy
        SpecAugment that changes the encoder's input, as it does in training; None changes nothing.

    Raises
    ------
    SentemoError
        When the encoder cannot be built, its weights do not fit, or SpecAugment cannot change its
        input.
    """

    def __init__(
        self, upstream: Upstream, device: str = "cpu", copy: SpecAugCopy | None = None
    ) -> None:
        super().__init__()
        config = upstream.located_config()
        args = argparse.Namespace(
            input_size=config.get("input_size"), conditioning_tokens=conditioning_tokens(config)
        )
        for part, (name, conf) in parts_of(config).items():
            setattr(args, part, name)
            setattr(args, f"{part}_conf", conf)
        with upstream.building():
            parts = EncoderParts(**build_encoder_parts(args))
        self.frontend, self.normalize = parts.frontend, parts.normalize
        self.specaug = None if copy is None else _specaug(args, copy)
        self.preencoder, self.encoder = parts.preencoder, parts.encoder
        self.postencoder, self.ctc = parts.postencoder, parts.ctc
        upstream.load_weights(self)
        self.feature_type = upstream.feature_type
        self._dim = config.get("input_size") or feature_dim(self.feature_type)
        self.volume = config.get("speech_volume_normalize")
        self.requires_grad_(False).eval().to(device)

    def _is_augmented(self, utt_id: list[str] | None) -> bool:
        return utt_id is not None  # silence, with which lengths are measured, is encoded as it is

    @property
    def sampling_rate(self) -> int:
        """Rate of the audio that it hears, in Hz."""
        return raw_rate(self.feature_type) or SAMPLE_RATE

    @cached_property
    def frame_shift(self) -> float:
        """Seconds from one state to the next."""
        return state_shift(self, self._dim)

    @cached_property
    def shortest(self) -> float:
        """Seconds of the shortest recording that it makes a state of."""
        return max(WINDOW_MS / 1000, shortest_input(self, self._dim))

    @property
    def window(self) -> str | None:
        """Window that Whisper hears, see `WhisperFrontend`; None of other encoders."""
        return self.encoder.window if isinstance(self.encoder, WhisperEncoder) else None

    @property
    def silence(self) -> int:
        """Number of states that silence has behind an utterance in a window, at most."""
        return self.encoder.silence if isinstance(self.encoder, LayeredEncoder) else 0

    @property
    def cut_every(self) -> float | None:
        """Seconds after which it cuts a recording by itself; None where it hears it as a whole."""
        return WHOLE_WINDOW / FRAMES_PER_SECOND if self.window else None

    @property
    def output_size(self) -> int:
        """Size of a state."""
        return (self.encoder if self.postencoder is None else self.postencoder).output_size()

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Names of its layers: their numbers from 1, and ``last`` where its output is no layer."""
        if self.postencoder is not None:
            return (LAST,)
        try:
            numbers = tuple(map(str, range(1, layer_count(self.encoder) + 1)))
        except SentemoError:  # it does not expose them
            return (LAST,)
        ours = isinstance(self.encoder, LayeredEncoder) and not self.encoder.finishes
        return numbers if ours else (*numbers, LAST)

    def states(self, signals: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the states of recordings.

        Parameters
        ----------
        signals
            Samples ``(samples,)`` at `sampling_rate`, full scale ±1.

        Returns
        -------
        list
            One ``(layers, states, output_size)`` float32 for each recording.

        Raises
        ------
        SentemoError
            When a recording is too short for one state, or has states that are not finite.
        """
        if raw_rate(self.feature_type):
            return self.states_of_features(signals)
        return self.states_of_features([fbank(signal, self._dim) for signal in signals])

    def pooled(self, signals: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return mean and deviation over time of the states of recordings.

        Parameters and errors are those of `states`.

        Returns
        -------
        list
            One ``(layers, 2, output_size)`` float32 for each recording, the mean first.
        """
        return [pool(states) for states in self.states(signals)]

    @torch.no_grad()
    def states_of_features(
        self, inputs: Sequence[np.ndarray], utterances: list[str] | None = None
    ) -> list[np.ndarray]:
        """Return the states of features of its type, as `states` does.

        Parameters
        ----------
        inputs
            Features ``(frames, features)``, or samples ``(samples,)`` where it hears raw audio.
        utterances
            Ids of the inputs, on which the draws of SpecAugment depend; None augments nothing.
        """
        device = next(self.parameters()).device
        signals = [torch.from_numpy(self._scaled(values)).to(device) for values in inputs]
        size = max(len(signals), 1) if self._is_padding_proof() else 1
        groups = [slice(first, first + size) for first in range(0, len(signals), size)]
        try:
            found = [
                states
                for group in groups
                for states in self._encode(signals[group], utterances and utterances[group])
            ]
        except TooShortUttError as error:
            shortest = min(range(len(inputs)), key=lambda number: len(inputs[number]))
            raise self._too_short(shortest, inputs) from error
        for number, states in enumerate(found, start=1):
            if states.shape[1] == 0:
                raise self._too_short(number - 1, inputs)
            if not np.isfinite(states).all():
                raise SentemoError(f"item {number}: its states are not finite")
        return found

    @torch.no_grad()
    def states_for_layers_above(self, values: np.ndarray, layer: int) -> tuple[np.ndarray, int]:
        """Return what the layers above one read of an utterance, see `LayeredEncoder.forward_to`.

        Parameters
        ----------
        values
            Features or samples, see `states_of_features`.

        Returns
        -------
        states, count
            ``(states, output_size)``, and how many of them are of the utterance itself.
        """
        device = next(self.parameters()).device
        speech = torch.from_numpy(self._scaled(values)).to(device)[None]
        lengths = torch.tensor([len(values)], device=device)
        try:
            [states], counts = self.encoder.forward_to(*self.encoder_input(speech, lengths), layer)
        except TooShortUttError as error:
            raise self._too_short(0, [values]) from error
        if not states.isfinite().all():
            raise SentemoError("item 1: its states are not finite")
        return states.float().cpu().numpy(), int(counts)

    def _too_short(self, index: int, inputs: Sequence[np.ndarray]) -> SentemoError:
        seconds = self._seconds(len(inputs[index]))
        return SentemoError(f"item {index + 1}: {seconds:.3f} s are too short for one state")

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        peak = np.abs(values).max(initial=0.0)
        scale = self.volume / peak if self.volume and peak else 1.0
        return np.asarray(values * scale, np.float32)

    def _seconds(self, length: int) -> float:
        return length / (raw_rate(self.feature_type) or FRAMES_PER_SECOND)

    def _encode(self, batch: Sequence[torch.Tensor], names: list[str] | None) -> list[np.ndarray]:
        speech = pad_sequence(list(batch), batch_first=True)
        lengths = torch.tensor([len(values) for values in batch], device=speech.device)
        if self.layers == (LAST,):
            output, lengths = self.encode_batch(speech, lengths, names)
            layers = [output]
        else:
            feats, lengths = self.encoder_input(speech, lengths, names)
            layers, output, lengths = encode_layers(
                self.encoder, feats, lengths, **self.encoder_context()
            )
            if self.layers[-1] == LAST:
                layers = [*layers, output]
        stacked = torch.stack(layers, dim=1).float().cpu().numpy()
        return [
            states[:, :length] for states, length in zip(stacked, lengths.tolist(), strict=True)
        ]


def _specaug(args: argparse.Namespace, copy: SpecAugCopy) -> KeyedSpecAug:
    """Build the SpecAugment of a copy, for an encoder with these arguments."""
    args.specaug, args.specaug_conf = KEYED, json.loads(copy.policy)
    specaug = build_specaug(args)
    specaug.start_epoch(seed=0, epoch=copy.number)
    return specaug
