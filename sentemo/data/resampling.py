"""Resampling to another rate, by libsoxr: images and aliases are 100 dB weaker, or more."""

import numpy as np


def resample(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Resample float samples, ``(samples,)``, from one rate in Hz to another.

    Returns
    -------
    numpy.ndarray
        ``(samples * wanted / rate,)``, rounded, float32. Values may exceed full scale a little.
    """
    import soxr

    return soxr.resample(samples.astype(np.float32), rate, wanted)
