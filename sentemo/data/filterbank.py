"""Kaldi-compatible log-mel energies of one signal."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sentemo.data.audio import FULL_SCALE
from sentemo.data.features import FRAMES_PER_SECOND, SAMPLE_RATE, WINDOW_MS

if TYPE_CHECKING:
    import torch

WINDOW = round(SAMPLE_RATE * WINDOW_MS / 1000)  # samples
SHIFT = SAMPLE_RATE // FRAMES_PER_SECOND
TRANSFORM = 512  # samples of the Fourier transform: the next power of two
PREEMPHASIS = 0.97


def fbank(samples: np.ndarray, dim: int) -> np.ndarray:
    """Compute Kaldi-compatible log-mel energies: 25 ms windows every 10 ms, no dither.

    The values are those of ``torchaudio.compliance.kaldi.fbank``, bit for bit, which makes filters
    and window anew for each signal and an energy that is not wanted here.

    Parameters
    ----------
    samples
        ``(samples,)`` float32 at 16 kHz, full scale ±1, at least one window.
    dim
        Number of mel bins.

    Returns
    -------
    numpy.ndarray
        ``(frames, dim)`` float32, where frames is samples / 160, rounded.
    """
    import torch

    # Kaldi computes features from 16-bit integers, so samples are brought to their scale.
    frames = _frames(torch.from_numpy(samples) * FULL_SCALE)
    frames = frames - frames.mean(dim=1, keepdim=True)
    emphasised = torch.empty_like(frames)
    torch.sub(frames[:, 1:], PREEMPHASIS * frames[:, :-1], out=emphasised[:, 1:])
    torch.sub(frames[:, 0], PREEMPHASIS * frames[:, 0], out=emphasised[:, 0])
    spectrum = torch.fft.rfft(emphasised.mul_(_window()), TRANSFORM).abs()
    energies = torch.mm(spectrum.pow_(2.0), _filters(dim))
    return energies.clamp_(min=torch.finfo(torch.float32).eps).log_().numpy()


def _frames(signal: "torch.Tensor") -> "torch.Tensor":
    """Return ``(frames, WINDOW)``, around the middle of each shift; the ends are mirrored."""
    import torch

    count = (len(signal) + SHIFT // 2) // SHIFT
    before = (WINDOW - SHIFT) // 2
    after = max(0, (count - 1) * SHIFT + WINDOW - before - len(signal))
    mirrored = (signal[:before].flip(0), signal, signal[len(signal) - after :].flip(0))
    return torch.cat(mirrored).as_strided((count, WINDOW), (SHIFT, 1))


@lru_cache(maxsize=1)
def _window() -> "torch.Tensor":
    """Return Povey's window: a Hann window to the power of 0.85."""
    import torch

    return torch.hann_window(WINDOW, periodic=False).pow(0.85)


@lru_cache(maxsize=4)
def _filters(dim: int) -> "torch.Tensor":
    """Return triangles on the mel scale, ``(TRANSFORM / 2 + 1, dim)``."""
    import torch
    from torchaudio.compliance import kaldi

    triangles, _ = kaldi.get_mel_banks(dim, TRANSFORM, SAMPLE_RATE, 20.0, 0.0, 100.0, -500.0, 1.0)
    return torch.nn.functional.pad(triangles, (0, 1)).T
