"""Synthetic speakers: prosody drawn around that of an emotion, and the noise of a room."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentemo.corpora import voice
from sentemo.data.audio import FULL_SCALE, to_int16
from sentemo.data.features import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np

# Noise of a recording room, as no microphone records digital silence.
ROOM_NOISE = 4.0  # standard deviation, on the scale of 16-bit integers
# Beginning of a resource file, which macOS writes as "._NAME" beside a file on a foreign disk.
RESOURCE_FILE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"
# A favourite text is drawn this many times as often as another text.
FAVOURITE = 6


@dataclass(frozen=True)
class Prosody:
    """Prosody of a sentence, in the units of `voice.synthesize`."""

    rate: float
    pitch: float
    pitch_range: float
    volume: float


@dataclass(frozen=True)
class Speaker:
    """A variant of the espeak-ng voice, and the speaker's pitch when neutral."""

    variant: str
    pitch: float


@dataclass(frozen=True)
class Emotion:
    """Mean prosody of an emotion (pitch: relative to the speaker's) and its favourite texts."""

    prosody: Prosody
    texts: tuple[str, ...]


# Standard deviation of an utterance's prosody around its emotion's, so that emotions overlap.
VARIATION = Prosody(rate=14, pitch=6, pitch_range=12, volume=9)


def draw_text(emotion: Emotion, texts: Sequence[str], draw: random.Random) -> str:
    """Draw one of `texts`, preferring the emotion's favourites."""
    weights = [FAVOURITE if text in emotion.texts else 1 for text in texts]
    return draw.choices(texts, weights)[0]


def draw_prosody(emotion: Emotion, speaker: Speaker, draw: random.Random) -> Prosody:
    """Draw the prosody of one utterance, within the range of the voice."""
    mean = emotion.prosody
    return Prosody(
        rate=_draw_between(80, 300, mean.rate, VARIATION.rate, draw),
        pitch=_draw_between(0, 99, speaker.pitch + mean.pitch, VARIATION.pitch, draw),
        pitch_range=_draw_between(0, 99, mean.pitch_range, VARIATION.pitch_range, draw),
        volume=_draw_between(15, 96, mean.volume, VARIATION.volume, draw),
    )


def _draw_between(
    low: float, high: float, mean: float, deviation: float, draw: random.Random
) -> float:
    return min(max(draw.gauss(mean, deviation), low), high)


def speak(
    text: str,
    language_and_variant: str,
    prosody: Prosody,
    noise_seed: tuple[int, ...],
    sample_rate: int = SAMPLE_RATE,
) -> "np.ndarray":
    """Speak a sentence in a room.

    Parameters
    ----------
    text
        The sentence.
    language_and_variant
        A voice such as ``en-us+m3``.
    prosody
        Prosody of the sentence.
    noise_seed
        Seed of the room's noise, a different one for every utterance.
    sample_rate
        In Hz.

    Returns
    -------
    numpy.ndarray
        ``(samples,)`` int16.
    """
    import numpy as np

    samples, rate = voice.synthesize(
        text,
        language_and_variant,
        rate=round(prosody.rate),
        pitch=round(prosody.pitch),
        pitch_range=round(prosody.pitch_range),
        volume=round(prosody.volume),
    )
    speech = voice.resample_int16(samples, rate, sample_rate)
    noise = np.random.default_rng(noise_seed).normal(0, ROOM_NOISE, len(speech))
    return to_int16((speech + noise) / FULL_SCALE)
