"""Degraded copies of training utterances, as if from other rooms, microphones and lines.

A model that is trained on one corpus learns its room and its microphone too. Reverberation, an
equaliser, a telephone line or a narrower band, and noise are applied to each copy, each of them
with some probability.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from sentemo.data.features import SAMPLE_RATE

# Ends of the uniform distributions that the settings of a copy are drawn from.
REVERBERATION = (0.1, 0.7)  # seconds until the reverberation is 60 dB weaker
DIRECT_TO_ROOM = (0.0, 15.0)  # dB
TILT = (-3.0, 3.0)  # dB from one point of the equaliser to the next
BANDS = (3400.0, 7500.0)  # Hz
NOISE = (10.0, 40.0)  # dB that the speech is louder than the noise
LEVEL = (-30.0, -3.0)  # dB of the copy's peak, under full scale
POINTS = (0, 100, 250, 500, 1000, 2000, 4000, 8000)  # Hz, of the equaliser
UNEVENNESS = 3.0  # dB, standard deviation of each point
TELEPHONE = (300.0, 3400.0)  # Hz


@dataclass(frozen=True)
class Degradation:
    """The maker of one degraded copy of each utterance, see `sentemo.data.perturbation`.

    Attributes
    ----------
    number
        Number of the copy, from 1: each number degrades an utterance in another way.
    """

    number: int

    @property
    def prefix(self) -> str:
        """Beginning of the copies' ids: ``dg1-``."""
        return f"dg{self.number}-"

    def __call__(self, samples: np.ndarray, utterance: str) -> np.ndarray:
        """Degrade samples ``(samples,)`` at 16 kHz; the same at every call for an utterance."""
        digest = hashlib.sha256(f"{self.number} {utterance}".encode()).digest()
        draw = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        heard = samples.astype(np.float64)
        if draw.random() < 0.5:
            heard = in_room(
                heard, draw.uniform(*REVERBERATION), draw.uniform(*DIRECT_TO_ROOM), draw
            )
        if draw.random() < 0.7:
            heard = equalised(heard, draw)
        line = draw.random()
        if line < 0.2:
            heard = over_telephone(heard)
        elif line < 0.5:
            heard = _filtered(heard, "low", draw.uniform(*BANDS), order=6)
        if draw.random() < 0.6:
            heard = with_noise(heard, draw.uniform(*NOISE), draw)
        peak = 10 ** (draw.uniform(*LEVEL) / 20)
        return (heard * (peak / max(np.abs(heard).max(initial=0.0), 1e-9))).astype(np.float32)


def in_room(
    samples: np.ndarray, seconds: float, direct: float, draw: np.random.Generator
) -> np.ndarray:
    """Add reverberation: the impulse response is noise that decays by 60 dB.

    Parameters
    ----------
    seconds
        Duration of the decay.
    direct
        Level of the direct sound over the reverberation, in dB.
    """
    from scipy.signal import fftconvolve

    length = round(seconds * SAMPLE_RATE)
    response = draw.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    response *= 10 ** (-direct / 20) / np.linalg.norm(response)
    response[0] += 1
    return fftconvolve(samples, response)[: len(samples)]


def equalised(samples: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Weigh the spectrum by a smooth random curve, as a microphone does."""
    tilt = draw.uniform(*TILT) * (np.arange(len(POINTS)) - (len(POINTS) - 1) / 2)
    decibels = tilt + UNEVENNESS * draw.standard_normal(len(POINTS))
    octaves = np.log2(np.array(POINTS) + 50.0)
    frequencies = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    curve = np.interp(np.log2(frequencies + 50.0), octaves, decibels)
    return np.fft.irfft(np.fft.rfft(samples) * 10 ** (curve / 20), len(samples))


def band_of_telephone(samples: np.ndarray) -> np.ndarray:
    """Keep the band of a telephone."""
    return _filtered(samples, "band", TELEPHONE, order=4)


def over_telephone(samples: np.ndarray) -> np.ndarray:
    """Keep the band of a telephone, in 8 bits of mu-law (ITU-T G.711)."""
    heard = band_of_telephone(samples)
    loudest = max(np.abs(heard).max(initial=0.0), 1e-9)
    compressed = np.sign(heard) * np.log1p(255 * np.abs(heard / loudest)) / np.log(256)
    rounded = np.rint(127 * compressed) / 127
    return loudest * np.sign(rounded) * (256 ** np.abs(rounded) - 1) / 255


def with_noise(samples: np.ndarray, decibels: float, draw: np.random.Generator) -> np.ndarray:
    """Add noise, white or with more of the low frequencies, so many dB weaker than the speech."""
    noise = draw.standard_normal(len(samples))
    if draw.random() < 0.5:
        noise = _filtered(np.cumsum(noise), "high", 30.0, order=1) + 0.5 * noise
    ratio = np.linalg.norm(samples) / max(np.linalg.norm(noise), 1e-9)
    return samples + noise * ratio * 10 ** (-decibels / 20)


def _filtered(
    samples: np.ndarray, kind: str, hertz: float | tuple[float, float], order: int
) -> np.ndarray:
    from scipy.signal import butter, sosfilt

    return sosfilt(butter(order, hertz, kind, fs=SAMPLE_RATE, output="sos"), samples)
