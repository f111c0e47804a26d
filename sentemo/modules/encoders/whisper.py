"""The encoder of Whisper (Radford et al. 2022), with the states of all of its layers.

Whisper learnt from windows of 30 s. Its positions are fixed sinusoids, so a shorter window is a
valid input too: the utterance and a second of silence cost an eighth, and give nearly the same
states in the lower layers. The upper layers use the silence of the window and differ.
"""

import math
from collections.abc import Sequence

import torch
from espnet2.asr.frontend.abs_frontend import AbsFrontend
from torch.nn.functional import gelu, pad, scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence

from sentemo.core.errors import SentemoError
from sentemo.modules.encoders.layered import LayeredEncoder, leave_out

SAMPLE_RATE = 16000
HOP, FFT = 160, 400  # samples: a frame is 10 ms
FRAMES_PER_STATE = 2  # the second convolution's stride
WHOLE_WINDOW = 3000  # frames: the 30 s that Whisper learnt from
SILENCE = 100  # frames of silence behind an utterance in a short window
WINDOWS = ("utterance", "30s")


def windows_of(frames: int, window: str) -> list[tuple[int, int]]:
    """Return where the windows begin and end that an utterance of so many frames is heard in.

    An utterance of up to 30 s has one; a longer one is cut every 30 s, and the silence follows its
    last part.
    """
    starts = range(0, max(frames, 1), WHOLE_WINDOW)
    last = frames - starts[-1]
    last = WHOLE_WINDOW if window == "30s" else min(last + SILENCE, WHOLE_WINDOW)
    ends = [*starts[1:], starts[-1] + last]
    return list(zip(starts, ends, strict=True))


class WhisperFrontend(AbsFrontend):
    """Log-mel energies on Whisper's scale, each utterance with the silence of its window.

    Parameters
    ----------
    n_mels
        Number of mel bands: 80, or 128 for large-v3.
    window
        ``utterance``: the utterance and a second of silence; ``30s``: the window of the training.
    fs
        Sampling rate in Hz, which must be 16000.
    """

    def __init__(self, n_mels: int = 80, window: str = "utterance", fs: int = SAMPLE_RATE) -> None:
        super().__init__()
        from torchaudio.functional import melscale_fbanks

        _check_window(window)
        if fs != SAMPLE_RATE:
            raise SentemoError(f"frontend_conf.fs: {fs}; Whisper hears {SAMPLE_RATE} Hz")
        self.n_mels, self.window = n_mels, window
        filters = melscale_fbanks(
            FFT // 2 + 1,
            0.0,
            SAMPLE_RATE / 2,
            n_mels,
            SAMPLE_RATE,
            norm="slaney",
            mel_scale="slaney",
        )
        # Not in the checkpoint: both follow from the settings.
        self.register_buffer("filters", filters.T, persistent=False)
        self.register_buffer("hann", torch.hann_window(FFT), persistent=False)

    def output_size(self) -> int:
        """Return the number of mel bands."""
        return self.n_mels

    def forward(
        self, inputs: torch.Tensor, input_lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Map samples ``(batch, samples)`` to energies and the utterances' own frames.

        Returns
        -------
        tuple
            ``(batch, frames, n_mels)``, which holds the silence of the windows behind the valid
            frames; and the valid frames ``(batch,)``.
        """
        frames = -(-input_lengths // HOP)
        energies = [
            self._log_mel(signal[:length], windows_of(count, self.window))
            for signal, length, count in zip(
                inputs, input_lengths.tolist(), frames.tolist(), strict=True
            )
        ]
        return pad_sequence(energies, batch_first=True), frames

    def _log_mel(self, signal: torch.Tensor, windows: Sequence[tuple[int, int]]) -> torch.Tensor:
        """Return ``(frames, n_mels)``; a window's loudest frame sets the floor of all of it."""
        padded = pad(signal.float(), (0, windows[-1][1] * HOP - len(signal)))
        energies = []
        for start, end in windows:
            samples = padded[start * HOP : end * HOP]
            spectrum = torch.stft(samples, FFT, HOP, window=self.hann, return_complex=True)
            energies.append(scaled_log_mel(spectrum[:, :-1].abs().square(), self.filters))
        return torch.cat(energies)


def scaled_log_mel(power: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Map the power spectrum of a window ``(bins, frames)`` to energies ``(frames, n_mels)``."""
    mel = (filters @ power).clamp(min=1e-10).log10()
    return (torch.maximum(mel, mel.max() - 8.0).T + 4.0) / 4.0


class WhisperEncoder(LayeredEncoder):
    """Two convolutions and transformer layers, whose states last 20 ms each.

    The weights have the names of Hugging Face Transformers. An utterance is encoded in the window
    that `WhisperFrontend` made, by itself, so that it never depends on its neighbours in a batch.

    Parameters
    ----------
    input_size
        Number of mel bands.
    output_size
        Size of the states.
    num_layers, heads, units
        Transformer layers, attention heads, and units of the feed-forward networks.
    window
        The window of the frontend; see there.
    """

    finishes = True

    def __init__(
        self,
        input_size: int,
        output_size: int = 512,
        num_layers: int = 6,
        heads: int = 8,
        units: int = 2048,
        window: str = "utterance",
    ) -> None:
        super().__init__()
        _check_window(window)
        self._output_size, self.num_layers, self.window = output_size, num_layers, window
        self.silence = (WHOLE_WINDOW if window == "30s" else SILENCE) // FRAMES_PER_STATE
        self.conv1 = torch.nn.Conv1d(input_size, output_size, 3, padding=1)
        self.conv2 = torch.nn.Conv1d(output_size, output_size, 3, FRAMES_PER_STATE, padding=1)
        self.embed_positions = torch.nn.Embedding.from_pretrained(positions(output_size))
        self.layers = torch.nn.ModuleList(
            _Layer(output_size, heads, units) for _ in range(num_layers)
        )
        self.layer_norm = torch.nn.LayerNorm(output_size)

    def output_size(self) -> int:
        """Return the size of the states."""
        return self._output_size

    def finish(self, states: torch.Tensor) -> torch.Tensor:
        """Normalise the last layer's states, which makes the encoder's output of them."""
        return self.layer_norm(states)

    def forward_layers(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Encode a batch and return every layer's states, before the last normalisation.

        Returns
        -------
        tuple
            One ``(batch, states, output_size)`` for each layer, and the valid states ``(batch,)``.
        """
        counts = ilens if self.start_layer else -(-ilens // FRAMES_PER_STATE)
        of_utterances = [
            [states[:count] for states in self._encode(values, length)]
            for values, length, count in zip(xs_pad, ilens.tolist(), counts.tolist(), strict=True)
        ]
        return [
            pad_sequence(list(layer), batch_first=True)
            for layer in zip(*of_utterances, strict=True)
        ], counts

    def forward_to(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor, layer: int
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Encode up to a layer; behind an utterance's states are those of its window's silence."""
        rows = zip(xs_pad, ilens.tolist(), strict=True)
        states = [self._encode(energies, frames, layer)[-1] for energies, frames in rows]
        return states, -(-ilens // FRAMES_PER_STATE)

    def begin_above(self, layer: int, last: int) -> None:
        """Leave out convolutions, positions, and the layers up to one and behind another one."""
        unread = ["conv1", "conv2", "embed_positions"]
        if last < self.num_layers:
            unread.append("layer_norm")
            self.finishes = False
        for name in unread:
            setattr(self, name, torch.nn.Identity())
        leave_out(self.layers, layer, last)
        self.start_layer, self.num_layers = layer, last

    def _encode(
        self, values: torch.Tensor, length: int, last: int | None = None
    ) -> list[torch.Tensor]:
        """Encode one utterance: one ``(states, output_size)`` for each layer, silence included."""
        if self.start_layer:
            windows = windows_of(length * FRAMES_PER_STATE, self.window)
            parts = [
                self._through_layers(values[start // FRAMES_PER_STATE : end // FRAMES_PER_STATE])
                for start, end in windows
            ]
        else:
            windows = windows_of(length, self.window)
            parts = [self.encode_window(values[start:end], last) for start, end in windows]
        return [torch.cat(of_layer) for of_layer in zip(*parts, strict=True)]

    def encode_window(self, energies: torch.Tensor, last: int | None = None) -> list[torch.Tensor]:
        states = gelu(self.conv2(gelu(self.conv1(energies.T.unsqueeze(0))))).transpose(1, 2)
        states = states + self.embed_positions(torch.arange(states.size(1), device=states.device))
        return self._through_layers(states[0], last)

    def _through_layers(self, states: torch.Tensor, last: int | None = None) -> list[torch.Tensor]:
        """Map the states of a window ``(states, output_size)`` to those of each layer."""
        layers = []
        states = states.unsqueeze(0)
        for layer in self.layers[self.start_layer : last or self.num_layers]:
            states = layer(states)
            layers.append(states[0])
        return layers


class _Layer(torch.nn.Module):
    """Self-attention and a feed-forward network, each normalised before and added to its input."""

    def __init__(self, size: int, heads: int, units: int) -> None:
        super().__init__()
        self.self_attn = _Attention(size, heads)
        self.self_attn_layer_norm = torch.nn.LayerNorm(size)
        self.fc1 = torch.nn.Linear(size, units)
        self.fc2 = torch.nn.Linear(units, size)
        self.final_layer_norm = torch.nn.LayerNorm(size)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        states = states + self.self_attn(self.self_attn_layer_norm(states))
        return states + self.fc2(gelu(self.fc1(self.final_layer_norm(states))))


class _Attention(torch.nn.Module):
    """Multi-head self-attention, whose keys have no bias."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = torch.nn.Linear(size, size)
        self.k_proj = torch.nn.Linear(size, size, bias=False)
        self.v_proj = torch.nn.Linear(size, size)
        self.out_proj = torch.nn.Linear(size, size)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        batch, frames, size = states.shape

        def split(projected: torch.Tensor) -> torch.Tensor:
            return projected.view(batch, frames, self.heads, size // self.heads).transpose(1, 2)

        queries, keys = split(self.q_proj(states)), split(self.k_proj(states))
        attended = scaled_dot_product_attention(queries, keys, split(self.v_proj(states)))
        return self.out_proj(attended.transpose(1, 2).reshape(batch, frames, size))


def _check_window(window: str) -> None:
    if window not in WINDOWS:
        raise SentemoError(f"window: {window!r}; choose {' or '.join(WINDOWS)}")


def positions(size: int) -> torch.Tensor:
    """Return Whisper's positions ``(states of a window, size)``: sinusoids, not learnt weights."""
    return sinusoids(torch.arange(WHOLE_WINDOW // FRAMES_PER_STATE), size)


def sinusoids(states: torch.Tensor, size: int) -> torch.Tensor:
    """Return the positions of states by their numbers: ``(states,)`` to ``(states, size)``."""
    scales = torch.exp(-math.log(10000) / (size // 2 - 1) * torch.arange(size // 2))
    angles = states[:, None] * scales[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)
