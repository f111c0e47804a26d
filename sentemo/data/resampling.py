"""Resampling to another rate, by libsoxr: images and aliases are 100 dB weaker, or more."""

from collections.abc import Iterable

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


def resample_blocks(blocks: Iterable[np.ndarray], rate: int, wanted: int) -> np.ndarray:
    """Join parts of a signal that follow each other, ``(samples,)`` each, at another rate.

    The result is that of `resample`, bit for bit, and takes no more memory than it needs itself.
    """
    import soxr

    if rate == wanted:
        parts = [*blocks]
    else:
        stream = soxr.ResampleStream(rate, wanted, num_channels=1)
        parts = [stream.resample_chunk(block) for block in blocks]
        parts.append(stream.resample_chunk(np.empty(0, np.float32), last=True))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
