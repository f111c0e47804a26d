"""Resampling by band-limited interpolation (Smith, Digital Audio Resampling Home Page).

The filters are those of `torchaudio.functional.resample`. Importing torchaudio takes seconds, which
would be most of the time of predicting one file with a packed model.
"""

import math
from functools import cache

import numpy as np

# Zero crossings of the filter. With torchaudio's default of 6, aliases are only 10 dB weaker than
# the frequencies above the new limit; with 64 they are at least 60 dB weaker, at little cost.
FILTER_WIDTH = 64
ROLLOFF = 0.99  # cutoff of the filter, as a share of the lower of the two Nyquist frequencies
PERIODS_AT_ONCE = 1000  # limits the memory


def resample(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Resample float samples, ``(samples,)``, to ``(ceil(samples * wanted / rate),)``.

    Resampled values may exceed full scale a little.
    """
    common = math.gcd(rate, wanted)
    step, phases = rate // common, wanted // common  # samples of one period, before and after
    filters, margin = _filters(step, phases)
    padded = np.pad(samples.astype(np.float32), (margin, margin + step))
    windows = np.lib.stride_tricks.sliding_window_view(padded, filters.shape[1])[::step]
    parts = [
        windows[first : first + PERIODS_AT_ONCE] @ filters.T
        for first in range(0, len(windows), PERIODS_AT_ONCE)
    ]
    return np.concatenate(parts).ravel()[: math.ceil(len(samples) * phases / step)]


@cache
def _filters(step: int, phases: int) -> tuple[np.ndarray, int]:
    """Return a Hann-windowed sinc for each output sample of a period, and its reach in samples.

    Returns
    -------
    tuple
        ``(phases, 2 * margin + step)`` float32, and the margin.
    """
    cutoff = min(step, phases) * ROLLOFF
    margin = math.ceil(FILTER_WIDTH * step / cutoff)
    positions = np.arange(-margin, margin + step) / step
    distance = (positions - np.arange(phases)[:, None] / phases) * cutoff
    distance = distance.clip(-FILTER_WIDTH, FILTER_WIDTH)
    window = np.cos(distance * np.pi / FILTER_WIDTH / 2) ** 2
    return (np.sinc(distance) * window * cutoff / step).astype(np.float32), margin
