"""Conditions that a trained model is tested under: noise, a room, lines, codecs, level, speed.

`sentemo.data.degradation` draws such changes at random, to train on. Here each has fixed settings,
the same for every utterance, so that its cost can be measured.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import numpy as np

from sentemo.data.degradation import band_of_telephone, in_room, over_telephone, with_noise
from sentemo.data.features import SAMPLE_RATE
from sentemo.data.perturbation import Speed
from sentemo.data.resampling import resample

TELEPHONE_RATE = 8000  # Hz, of ITU-T G.711
ROOM_SECONDS, ROOM_DIRECT = 0.5, 0.0  # until it is 60 dB weaker; dB of the direct sound over it
FAINT = -20.0  # dB
# libsndfile's levels for about these bit rates: 12 kb/s of Opus, 24 kb/s of MP3, at 16 kHz mono.
OPUS_LEVEL, MP3_LEVEL = 0.976, 0.9
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Condition:
    """A condition, which makes one copy of each utterance; see `sentemo.data.perturbation`.

    Attributes
    ----------
    name
        One of `CONDITIONS`.
    """

    name: str

    @property
    def prefix(self) -> str:
        """Beginning of the copies' ids: ``noise10-``."""
        return f"{self.name}-"

    def __call__(self, samples: np.ndarray, utterance: str) -> np.ndarray:
        """Return the samples ``(samples,)`` under the condition; the same at every call.

        Their peak is at most full scale, by making all of them fainter where need be.
        """
        digest = hashlib.sha256(f"{self.name} {utterance}".encode()).digest()
        draw = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        heard = CONDITIONS[self.name].change(samples, draw)
        return (heard / max(1.0, np.abs(heard).max(initial=0.0))).astype(np.float32)


@dataclass(frozen=True)
class _Described:
    title: str
    change: Change


def _noise(decibels: float) -> Change:
    return lambda samples, draw: with_noise(samples, decibels, draw)


def _coded(samples: np.ndarray, _: np.random.Generator, **settings: object) -> np.ndarray:
    """Encode by libsndfile and decode again, with the silence that a codec adds at the ends."""
    import soundfile

    coded = io.BytesIO()
    soundfile.write(coded, samples, SAMPLE_RATE, **settings)
    coded.seek(0)
    return soundfile.read(coded, dtype="float32")[0]


def _mu_law(samples: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Code in 8 bits of mu-law at 8 kHz (ITU-T G.711), with all frequencies that this has."""
    narrow = resample(samples, SAMPLE_RATE, TELEPHONE_RATE)
    coded = _coded(narrow, draw, format="WAV", subtype="ULAW")
    return resample(coded, TELEPHONE_RATE, SAMPLE_RATE)


def _speed(factor: str) -> Change:
    return lambda samples, _: Speed(Decimal(factor))(samples, "")


CONDITIONS = {
    "noise20": _Described("noise, 20 dB under the speech", _noise(20)),
    "noise10": _Described("noise, 10 dB under the speech", _noise(10)),
    "noise0": _Described("noise as loud as the speech", _noise(0)),
    "room": _Described(
        "a room of 0.5 s, as loud as the speech",
        lambda samples, draw: in_room(samples, ROOM_SECONDS, ROOM_DIRECT, draw),
    ),
    "band": _Described("a telephone's band", lambda samples, _: band_of_telephone(samples)),
    "telephone": _Described(
        "a telephone: its band, 8 bits of mu-law", lambda samples, _: over_telephone(samples)
    ),
    "mulaw": _Described("mu-law at 8 kHz", _mu_law),
    "opus": _Described(
        "Opus, 12 kb/s",
        partial(_coded, format="OGG", subtype="OPUS", compression_level=OPUS_LEVEL),
    ),
    "mp3": _Described(
        "MP3, 24 kb/s",
        partial(
            _coded,
            format="MP3",
            subtype="MPEG_LAYER_III",
            compression_level=MP3_LEVEL,
            bitrate_mode="CONSTANT",
        ),
    ),
    "level": _Described("20 dB fainter", lambda samples, _: samples * 10 ** (FAINT / 20)),
    "slow": _Described("5 % slower", _speed("0.95")),
    "fast": _Described("5 % faster", _speed("1.05")),
}
