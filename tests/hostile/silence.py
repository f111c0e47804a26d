"""Recordings in which nothing can be heard: the same limit in data, features and prediction."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from hostile.audio_files import RATE, sound
from hostile.case import Case, command
from sentemo.bin import predict
from sentemo.data.audio import sound_level
from sentemo.data.extraction import extract
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus, write_data_dir

SECOND_CHANNEL = "a sound in the second channel"


def recordings() -> dict[str, tuple[np.ndarray, bool]]:
    """Return recordings by name, and whether anything can be heard in them."""
    zeros, ramp = np.zeros(RATE), np.linspace(-1, 1, RATE)
    noise, click = sound(RATE)[:, 0] / 0.3, zeros.copy()
    click[-1] = 0.01
    return {
        "digital zeros": (zeros, False),
        "one bit of noise": (np.sign(ramp) / 32768, False),
        "noise of -86 dB": (5e-5 * noise, False),
        "a constant": (zeros + 0.25, False),
        "a constant, with one bit of noise": (0.25 + np.sign(ramp) / 32768, False),
        "no sound in two channels": (np.zeros((RATE, 2)), False),
        "noise of -70 dB": (3e-4 * noise, True),
        "a click at the end": (click, True),
        SECOND_CHANNEL: (np.stack([zeros, ramp], axis=1), True),
    }


def silence() -> Iterator[Case]:
    """Yield each recording as what is prepared, extracted and judged."""
    places: dict[str, tuple[Callable[[Path], Any], str]] = {
        "data": (_prepared, r"silence: 1\n *a-1: nothing is heard in .*x\.wav"),
        "features": (_extracted, r"a-1: .*x\.wav: silence: nothing in it to learn from"),
        "prediction": (_judged, r"x\.wav: silence: nothing in it to judge"),
    }
    for name, (samples, is_heard) in recordings().items():
        for place, (give, refusal) in places.items():
            read = partial(_written, samples, give)
            yield Case(f"{name}, in {place}", read, "" if is_heard else refusal)
    for start, end, channel, is_heard in ((0, 1, 0, True), (1, 2, 0, False), (0, 1, 1, False)):
        name = f"the part of a call from {start} s to {end} s in channel {channel}"
        yield Case(name, partial(_part, start, end, channel), answer=is_heard)


def _written(samples: np.ndarray, give: Callable[[Path], Any], folder: Path) -> Any:
    soundfile.write(folder / "x.wav", samples, RATE, subtype="PCM_24")
    return give(folder)


def _prepared(folder: Path) -> Any:
    utterances = [Utterance("a-1", "a", folder / "x.wav", "sad")]
    return write_data_dir(folder / "data", ParsedCorpus(utterances))


def _extracted(folder: Path) -> Any:
    utterances = [Utterance("a-1", "a", folder / "x.wav", "sad")]
    return extract(utterances, folder / "feats", "raw", convert=True)


def _judged(folder: Path) -> Any:
    return command(predict.main, folder / "x.wav")


def _part(start: int, end: int, channel: int, folder: Path) -> bool:
    noise = sound(RATE)[:, 0]
    call = np.stack([np.concatenate([noise, 0 * noise]), np.zeros(2 * RATE)], axis=1)
    soundfile.write(folder / "call.wav", call, RATE)
    return sound_level(folder / "call.wav", start, end, channel) is not None
