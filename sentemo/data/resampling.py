"""Resampling to another rate, by libsoxr: images and aliases are 100 dB weaker, or more."""

import numpy as np

from sentemo.core.errors import SentemoError

RATES = (1000, 768_000)  # lowest and highest in Hz that speech is recorded at


def require_rate(rate: float, where: str) -> None:
    """Insist on a sample rate that a recording of speech can have.

    Raises
    ------
    SentemoError
        See above.
    """
    low, high = RATES
    if not low <= rate <= high:
        raise SentemoError(
            f"{where}: {rate} Hz is no sample rate of speech, {low} to {high} Hz are"
        )


def resample(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Resample float samples, ``(samples,)``, from one rate in Hz to another.

    Returns
    -------
    numpy.ndarray
        ``(samples * wanted / rate,)``, rounded, float32. Values may exceed full scale a little.
    """
    import soxr

    return soxr.resample(samples.astype(np.float32), rate, wanted)
