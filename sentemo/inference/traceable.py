"""Parts of a model in a form that a trace follows at any length, and that ONNX has operators for.

A trace takes loops and sizes in Python for constants. The windows of `WhisperFrontend` and of
`WhisperEncoder` become a loop of the graph, and its Fourier transform a convolution.
"""

from copy import deepcopy
from typing import Any, cast

import torch
from espnet2.layers.global_mvn import GlobalMVN

from sentemo.inference.ensemble import Ensemble
from sentemo.modules.encoders.huggingface import HuggingFaceEncoder
from sentemo.modules.encoders.layered import LayeredEncoder
from sentemo.modules.encoders.whisper import (
    FFT,
    FRAMES_PER_STATE,
    HOP,
    SILENCE,
    WHOLE_WINDOW,
    WhisperEncoder,
    WhisperFrontend,
    positions,
    scaled_log_mel,
    sinusoids,
)

SINUSOIDS_DIFFER = 1e-5  # the largest difference of positions that are computed, not stored


def traceable(ensemble: Ensemble, example: torch.Tensor) -> Ensemble:
    """Return an ensemble for one utterance at a time that a trace follows.

    Layers of `WhisperEncoder` that no decoder reads are left out.

    Parameters
    ----------
    example
        Speech of one utterance, see `EncodingMixin.encode`.
    """
    ensemble = deepcopy(ensemble)
    for model in ensemble.models[:1] if ensemble.is_shared else ensemble.models:
        if isinstance(model.normalize, GlobalMVN):
            model.normalize = cast(Any, _KnownMVN(model.normalize))
        if isinstance(encoder := model.encoder, WhisperEncoder):
            alone = ensemble if ensemble.is_shared else Ensemble([model], ensemble.scale)
            model.encoder = cast(
                Any, TraceableEncoder(encoder, _layers_read(alone, encoder, example))
            )
        elif isinstance(encoder, HuggingFaceEncoder) and encoder.hears_samples:
            model.encoder = cast(Any, _TraceableHuggingFace(encoder))
        if isinstance(model.frontend, WhisperFrontend):
            model.frontend = cast(Any, TraceableFrontend(model.frontend))
    return ensemble


class _KnownMVN(torch.nn.Module):
    """`GlobalMVN` without padding: its mask grows with the square of the frames when traced."""

    def __init__(self, mvn: GlobalMVN) -> None:
        super().__init__()
        self.mean: torch.Tensor
        self.std: torch.Tensor
        mean, std = mvn.mean.float(), mvn.std.float()
        self.register_buffer("mean", mean if mvn.norm_means else torch.zeros_like(mean))
        self.register_buffer("std", std if mvn.norm_vars else torch.ones_like(std))

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (x - self.mean) / self.std, lengths


class _EveryWindow(torch.nn.Module):
    """Calls a traced module with one window after the other, and joins what it returns.

    Parameters
    ----------
    of_window
        Maps the values of one window ``(length, ...)`` to values ``(other length, ...)``.
    length
        Length of a whole window; the last one may be shorter.
    empty
        What it returns of nothing, ``(0, ...)``.
    """

    def __init__(self, of_window: torch.nn.Module, length: int, empty: torch.Tensor) -> None:
        super().__init__()
        self.of_window, self.length = of_window, length
        self.empty: torch.Tensor
        self.register_buffer("empty", empty)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        joined = self.empty
        for start in range(0, values.size(0), self.length):
            found = self.of_window(values[start : start + self.length])
            joined = torch.cat([joined, found])
        return joined


def _in_windows(
    of_window: torch.nn.Module, length: int, example: torch.Tensor
) -> torch.jit.ScriptModule:
    traced = torch.jit.trace(of_window.eval(), example, check_trace=False)
    empty = of_window(example)[:0]
    return torch.jit.script(_EveryWindow(traced, length, empty).eval())


class _LogMel(torch.nn.Module):
    """The log-mel energies of one window ``(samples,)``, by sines and cosines."""

    def __init__(self, frontend: WhisperFrontend) -> None:
        super().__init__()
        self.filters: torch.Tensor
        self.waves: torch.Tensor
        samples, bins = torch.arange(FFT), torch.arange(FFT // 2 + 1)
        phases = 2 * torch.pi / FFT * (bins[:, None] * samples % FFT).double()
        waves = torch.cat([phases.cos(), phases.sin()]) * frontend.hann
        self.register_buffer("filters", frontend.filters)
        self.register_buffer("waves", waves.float().unsqueeze(1))

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        padded = torch.nn.functional.pad(samples[None, None], (FFT // 2, FFT // 2), mode="reflect")
        found = torch.nn.functional.conv1d(padded, self.waves, stride=HOP)[0, :, :-1].square()
        bins = FFT // 2 + 1
        return scaled_log_mel(found[:bins] + found[bins:], self.filters)


class _WithSilence(torch.nn.Module):
    """Adds the silence of its window to an utterance's samples; see `windows_of`."""

    def __init__(self, window: str) -> None:
        super().__init__()
        self.hop, self.whole = HOP, WHOLE_WINDOW  # a script sees no constants of its module
        self.silence = WHOLE_WINDOW if window == "30s" else SILENCE

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        frames = (samples.size(0) + self.hop - 1) // self.hop
        before = (frames - 1) // self.whole * self.whole
        end = before + min(frames - before + self.silence, self.whole)
        return torch.cat([samples, torch.zeros(end * self.hop - samples.size(0))])


class TraceableFrontend(torch.nn.Module):
    """`WhisperFrontend` for one utterance."""

    def __init__(self, frontend: WhisperFrontend) -> None:
        super().__init__()
        self.with_silence = torch.jit.script(_WithSilence(frontend.window))
        example = torch.zeros(SILENCE * HOP)
        self.log_mel = _in_windows(_LogMel(frontend), WHOLE_WINDOW * HOP, example)

    def forward(
        self, inputs: torch.Tensor, input_lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        energies = self.log_mel(self.with_silence(inputs[0]))
        return energies.unsqueeze(0), (input_lengths + HOP - 1) // HOP


class _Window(torch.nn.Module):
    """The states of one window ``(frames, n_mels)``, ``(states, layers, size)``."""

    def __init__(self, encoder: WhisperEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, energies: torch.Tensor) -> torch.Tensor:
        return torch.stack(self.encoder.encode_window(energies), dim=1)


class _Sinusoids(torch.nn.Module):
    """Whisper's positions, computed: stored they would be a quarter of the built-in model."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return sinusoids(states, self.size)


class TraceableEncoder(LayeredEncoder):
    """`WhisperEncoder` for one utterance, which is changed.

    Parameters
    ----------
    layers
        Number of layers that are computed.
    """

    def __init__(self, encoder: WhisperEncoder, layers: int) -> None:
        super().__init__()
        self.num_layers, self.layer_norm = layers, encoder.layer_norm
        encoder.layers = encoder.layers[:layers]
        self.size = size = encoder.output_size()
        stored = encoder.embed_positions.weight
        if torch.allclose(stored, positions(size), rtol=0.0, atol=SINUSOIDS_DIFFER):
            encoder.embed_positions = cast(Any, _Sinusoids(size))
        example = torch.zeros(SILENCE, encoder.conv1.in_channels)
        self.windows = _in_windows(_Window(encoder), WHOLE_WINDOW, example)

    def output_size(self) -> int:
        return self.size

    def finish(self, states: torch.Tensor) -> torch.Tensor:
        return self.layer_norm(states)

    def forward_layers(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        counts = (ilens + FRAMES_PER_STATE - 1) // FRAMES_PER_STATE
        states = self.windows(xs_pad[0])[: counts[0]]
        return [states[None, :, layer] for layer in range(self.num_layers)], counts


class _TraceableHuggingFace(LayeredEncoder):
    """`HuggingFaceEncoder` for the samples of one utterance."""

    def __init__(self, encoder: HuggingFaceEncoder) -> None:
        super().__init__()
        self.whole, self.num_layers = encoder, encoder.num_layers
        self.normalises = encoder.extractor.do_normalize

    def output_size(self) -> int:
        return self.whole.output_size()

    def finish(self, states: torch.Tensor) -> torch.Tensor:
        return self.whole.finish(states)

    def forward_layers(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        first, *layers = self.whole.model(
            self._normalised(xs_pad), output_hidden_states=True
        ).hidden_states
        return layers, _all_states(first)  # to count states, no layer need be in the graph

    def _normalised(self, samples: torch.Tensor) -> torch.Tensor:
        """Normalise ``(1, samples, 1)`` as `Wav2Vec2FeatureExtractor` does."""
        samples = samples[..., 0]
        if not self.normalises:
            return samples
        centred = samples - samples.mean()
        return centred / (centred.square().mean() + 1e-7).sqrt()


def _all_states(states: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(states[:, :, 0], dtype=torch.long).sum(dim=1)


def _layers_read(ensemble: Ensemble, encoder: WhisperEncoder, example: torch.Tensor) -> int:
    """Return the number of the highest layer that the outputs depend on.

    Where a layer gives no numbers, the outputs are no numbers either, unless nobody reads it:
    that shows it for whatever the decoder does with its layers.
    """
    for number in range(1, encoder.num_layers):
        with encoder.layers[number].register_forward_hook(_no_numbers):
            outputs = ensemble(example, torch.tensor([example.size(1)]))
        if all(value.isfinite().all() for value in outputs.values()):
            return number
    return encoder.num_layers


def _no_numbers(layer: torch.nn.Module, inputs: Any, states: torch.Tensor) -> torch.Tensor:
    return torch.full_like(states, torch.nan)
