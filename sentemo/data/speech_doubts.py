"""Reasons to doubt that samples are speech which can be judged: short, noise, tones, clipped.

Limits were set on recordings of EmoDB, nEMO, LibriSpeech, TESS and Urdu talk shows: none of 750 is
called noise, tones, music or still. Singing without instruments is not told from speech.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SHORT = 0.5  # seconds
LONGEST = 20.0  # seconds that are looked at
CLIPPED = 0.001  # share of samples in runs at the peak; of loud talk shows 0.0014 at most
AT_PEAK = 0.9995  # of the peak
STILL = 5.0  # dB between quiet and loud frames; speech has 7 and more
NOISY = 0.3  # flatness of the spectrum; speech has 0.13 at most, white noise 0.56
TONAL = 0.5  # share of frames within held notes; speech has 0.28 at most
TUNED = 0.6  # of 1, the agreement of partials on semitones; speech has less than 0.5
FRAME, SHIFT = 0.064, 0.016  # seconds
LOUD = 1e-3  # of the loudest frame's energy
BAND = (100.0, 4000.0)  # Hz
TUNED_BAND = (200.0, 2500.0)  # Hz
TUNED_SECONDS = 1.0  # of loud frames; fewer agree by chance
PARTIAL = 0.03  # of the strongest partial's energy
HELD, SAME = 0.3, 0.25  # seconds, and semitones from frame to frame, of a held note
FFT = 4096


def speech_doubts(samples: np.ndarray, rate: int) -> tuple[str, ...]:
    """Return what makes an answer for these samples doubtful, in words; mostly nothing.

    Parameters
    ----------
    samples
        ``(samples,)``, full scale ±1, not silent.
    rate
        Sample rate in Hz.
    """
    some = samples[: int(LONGEST * rate)]
    found = []
    if len(samples) < SHORT * rate:
        found.append(f"short: {len(samples) / rate:.2f} s")
    if (share := _clipped(some)) >= CLIPPED:
        found.append(f"clipped: {100 * share:.1f} % of its samples are at the peak")
    size = int(FRAME * rate)
    if len(some) >= size:
        found += _no_speech(sliding_window_view(some, size)[:: int(SHIFT * rate)], rate)
    return tuple(found)


def _clipped(samples: np.ndarray) -> float:
    """Return the share of samples that are the middle one of three at the peak."""
    loud = np.abs(samples) >= AT_PEAK * np.abs(samples).max()
    return float((loud[:-2] & loud[1:-1] & loud[2:]).sum() / len(samples))


def _no_speech(frames: np.ndarray, rate: int) -> list[str]:
    """Return why frames ``(frames, samples)`` are no speech, if they are not."""
    powers = np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1]), FFT)) ** 2
    low, high = np.searchsorted(np.fft.rfftfreq(FFT, 1 / rate), BAND)
    heard = powers[:, low:high]
    energies = heard.sum(axis=1)
    loud = energies > LOUD * energies.max()
    if not loud.any():
        return ["no speech: nothing between 100 and 4000 Hz"]
    flatness = np.exp(np.log(heard[loud] + 1e-14).mean(axis=1)) / heard[loud].mean(axis=1)
    if np.median(flatness) > NOISY:
        return ["no speech: noise"]
    if _held_notes(low + heard.argmax(axis=1), loud) > TONAL:
        return ["no speech: tones, or music with held notes"]
    if loud.sum() * SHIFT > TUNED_SECONDS and _tuning(powers[loud], rate) > TUNED:
        return ["no speech: music"]
    levels = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-10)
    quiet, noisy = np.percentile(levels, [10, 95])
    if len(levels) > HELD / SHIFT and noisy - quiet < STILL:
        return ["no speech: its level hardly changes"]
    return []


def _held_notes(peaks: np.ndarray, loud: np.ndarray) -> float:
    """Return the share of loud frames within notes that are held.

    Parameters
    ----------
    peaks
        Bin of the strongest partial of each frame, ``(frames,)``.
    """
    steps = np.abs(np.diff(12 * np.log2(peaks)))
    stays = (steps < SAME) & loud[1:] & loud[:-1]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], stays.astype(int), [0]])))
    lengths = edges[1::2] - edges[::2]
    return float(lengths[lengths >= HELD / SHIFT].sum() / loud.sum())


def _tuning(powers: np.ndarray, rate: int) -> float:
    """Return how well partials agree on one grid of semitones, from 0 to 1.

    A voice glides, and its partials are anywhere between semitones; instruments are tuned, so that
    theirs are at the same place between two semitones, wherever the grid itself lies. It is the
    length of the mean of these places on a circle, weighted by amplitude.

    Parameters
    ----------
    powers
        Spectra ``(frames, bins)``.
    """
    low, high = np.searchsorted(np.fft.rfftfreq(FFT, 1 / rate), TUNED_BAND)
    before, middle, after = (powers[:, low + n : high + n] for n in (-1, 0, 1))
    least = PARTIAL * middle.max(axis=1, keepdims=True)
    frames, bins = np.nonzero((middle > before) & (middle >= after) & (middle > least))
    if not len(bins):
        return 0.0
    # The top of the parabola through three points of the logarithmic spectrum.
    left, top, right = (np.log(some[frames, bins] + 1e-20) for some in (before, middle, after))
    place = low + bins + (left - right) / (2 * (left - 2 * top + right))
    weights = np.sqrt(middle[frames, bins])
    weights /= np.bincount(frames, weights, len(powers))[frames]
    semitones = 12 * np.log2(place)
    return float(np.abs((weights * np.exp(2j * np.pi * semitones)).sum()) / weights.sum())
