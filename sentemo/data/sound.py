"""Limits that samples must keep, whether they come from a file or from a caller of the API."""

import numpy as np

from sentemo.core.errors import SentemoError

SILENCE = 1e-4  # -80 dB under full scale: nothing that stays within ± this is judged or learnt from
AUDIBLE_SAMPLES = 4000  # of a recording, which mostly tell that it is not silent
SILENT = "silence: nothing in it to judge"
LOUDEST = 4.0  # 12 dB above full scale; what is louder is on another scale
ORDER_SAMPLES = 32000  # of a recording, that tell in which order its bytes are
# Speech has a roughness below 0.55. With its bytes in the wrong order it is white noise: above 0.65
# and below 1.01, with a deviation above 0.5.
SMOOTH, WHITE, LOUD, DIFFERENT = 0.5, (0.6, 1.2), 0.45, 500
CANCELLED = 0.02  # share of the energy that is left of channels which cancel each other


def require_full_scale(samples: np.ndarray) -> None:
    """Insist on finite samples, full scale ±1; peaks a little above it are those of a loud mix.

    Raises
    ------
    SentemoError
        With the peak, and what to do.
    """
    lowest, highest = _extremes(samples)
    if not np.isfinite([lowest, highest]).all():
        raise SentemoError("samples that are NaN or infinite")
    peak = max(-lowest, highest)
    if peak > LOUDEST:
        raise SentemoError(
            f"a peak of {peak:g}, where full scale is 1: floats on the scale of integers, or a "
            "damaged sample. Divide them by 32768 where they were 16-bit integers, by 2147483648 "
            "where 32-bit ones, or write them as integers"
        )


def require_byte_order(samples: np.ndarray) -> None:
    """Insist that 16-bit samples are no noise which becomes speech in the other order of bytes.

    Parameters
    ----------
    samples
        ``(samples,)`` or ``(samples, channels)``, full scale ±1; the first `ORDER_SAMPLES` tell.

    Raises
    ------
    SentemoError
        See above.
    """
    some = samples[:ORDER_SAMPLES]
    lowest, highest = _extremes(some)
    # No deviation is larger than half of the range, which is quicker to find.
    if highest - lowest < 2 * LOUD or some.std() < LOUD:
        return
    some = np.rint(some * 32768).clip(-32768, 32767).astype(np.int16)
    is_noise = WHITE[0] < _roughness(some) < WHITE[1]
    # A tone may look like this too, but it has the same few values in every period.
    if is_noise and _roughness(some.byteswap()) < SMOOTH and len(np.unique(some)) > DIFFERENT:
        raise SentemoError(
            "noise, which would be a recording with the bytes of its samples in the other order. "
            "Convert it again from its source, and name the order of raw samples: sox -B or -L"
        )


def _roughness(samples: np.ndarray) -> float:
    """Return the energy of the steps from sample to sample, by that of white noise, which has 1."""
    values = samples.astype(np.float32)
    energy = 2 * float(values.var(axis=0).sum())
    steps = np.diff(values, axis=0)
    return float(np.square(steps).mean(axis=0).sum()) / energy if energy and len(steps) else 0.0


def is_silent(samples: np.ndarray) -> bool:
    """Tell whether nothing in the samples is louder than `SILENCE`, seen from a constant offset."""
    for some in (samples[:AUDIBLE_SAMPLES], samples):  # nearly every recording is heard at once
        lowest, highest = _extremes(some)
        if highest - lowest >= 2 * SILENCE:
            return False
    return True


def _extremes(samples: np.ndarray) -> tuple[float, float]:
    """Return the lowest and the highest sample; NaN where any is NaN, 0 where there are none."""
    return (float(samples.min()), float(samples.max())) if samples.size else (0.0, 0.0)


def mean_of_channels(samples: np.ndarray) -> np.ndarray:
    """Return ``(samples,)``, the mean of ``(samples, channels)``.

    Raises
    ------
    SentemoError
        When the channels cancel each other, as one has the other's polarity.
    """
    if samples.shape[1] == 1:
        return samples[:, 0]
    mean = samples.mean(axis=1)
    # Of channels with nothing in common, one part in as many as there are is left.
    left = np.vdot(mean, mean) * samples.shape[1]
    if not is_silent(samples) and left < CANCELLED * np.vdot(samples, samples) / samples.shape[1]:
        raise SentemoError(
            f"its {samples.shape[1]} channels cancel each other in their mean. Take one of them "
            "alone: sox FILE OUT.wav remix 1, or the column channel of a list"
        )
    return mean
