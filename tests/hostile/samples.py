"""Samples as callers of the API have them, and rates that no recording of speech has."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from hostile.audio_files import RATE
from hostile.case import Case, command
from sentemo.bin import predict
from sentemo.data.audio import read_audio
from sentemo.inference import SpeechEmotion
from sentemo.inference.given_samples import as_mono, is_one_recording

FLOATS = np.random.default_rng(0).uniform(-0.9, 0.9, RATE)
NO_AUDIO = [
    (
        "floats on the 16-bit scale",
        FLOATS * 32768,
        RATE,
        r"\(16000,\), float64, 16000 Hz: a peak",
    ),
    ("16-bit numbers in 64 bits", (FLOATS * 32768).astype(np.int64), RATE, "8, 16 or 32 bits"),
    ("a lone 1e30", np.append(FLOATS, 1e30), RATE, "a peak of 1e"),
    ("a lone 1e300", np.append(FLOATS, 1e300), RATE, "NaN or infinite"),
    ("a lone NaN", np.append(FLOATS, np.nan), RATE, "NaN or infinite"),
    (
        "channels that cancel",
        np.stack([FLOATS, -FLOATS], axis=1),
        RATE,
        r"cancel each",
    ),
    ("channels first", FLOATS[None], RATE, r"shape \(1, 16000\).*samples\.T"),
    ("three dimensions", np.zeros((2, 3, 4)), RATE, r"shape \(2, 3, 4\)"),
    ("one number", np.float64(0.5), RATE, r"shape \(\)"),
    ("truth values", FLOATS > 0, RATE, "bool"),
    ("complex numbers", FLOATS + 1j, RATE, "complex128"),
    ("text", np.array(["a", "b"]), RATE, "samples of shape"),
    ("objects", np.array([None, 1]), RATE, "object"),
    ("lists of other lengths", [0.1, [0.2]], RATE, "no array"),
    ("times", np.array(["2020-01-01"], "datetime64[D]"), RATE, "samples of shape"),
    ("no rate", FLOATS, None, "without a rate"),
    ("a rate of 0", FLOATS, 0, "a rate of 0"),
    ("a negative rate", FLOATS, -16000, "a rate of -16000"),
    ("half a Hertz", FLOATS, 16000.5, r"a rate of 16000\.5"),
    ("a rate of NaN", FLOATS, float("nan"), "a rate of nan"),
    ("an infinite rate", FLOATS, float("inf"), "a rate of inf"),
    ("a rate in words", FLOATS, "16000", "a rate of '16000'"),
    ("a rate of True", FLOATS, True, "a rate of True"),
    ("a rate that is a list", FLOATS, [16000], "a rate of"),
]
SAME = {
    "a list": FLOATS.tolist(),
    "16 bits": np.rint(FLOATS * 32768).astype(np.int16),
    "16 bits without a sign": np.rint(FLOATS * 32768 + 32768).astype(np.uint16),
    "8 bits without a sign": np.rint(FLOATS * 128 + 128).astype(np.uint8),
    "big-endian numbers": np.rint(FLOATS * 32768).astype(">i2"),
    "a tensor": torch.tensor(FLOATS),
    "a tensor with a gradient": torch.tensor(FLOATS, requires_grad=True),
    "a tensor of 16 bits": torch.tensor(FLOATS).to(torch.bfloat16),
    "every second sample": np.repeat(FLOATS, 2)[::2],
    "numbers that may not be written": np.broadcast_to(FLOATS, FLOATS.shape),
}


def samples() -> Iterator[Case]:
    """Yield samples that are audio in another form, and those that are none."""
    for name, given in SAME.items():
        yield Case(f"samples: {name}", partial(_sound, given), answer=True)
    for name, given, rate, refusal in NO_AUDIO:
        yield Case(f"samples: {name}", lambda _, g=given, r=rate: as_mono(g, r, RATE), refusal)
    for given in (None, 5, b"RIFF", {"audio": FLOATS}):
        kind = type(given).__name__
        yield Case(f"samples: {kind}", lambda _, g=given: is_one_recording(g), kind)
    for name, items, refusal in (
        ("a file that is not there", [FLOATS, "none.wav"], r"audio\[1\]: .*missing"),
        ("an item of text", [FLOATS, np.array(["a"])], r"audio\[1\]: "),
        ("an empty item", [FLOATS, np.zeros(0)], r"audio\[1\]: "),
        ("silence", [FLOATS, np.zeros(RATE)], r"audio\[1\]: silence"),
        ("a set", {1.0, 2.0}, r"audio\[0\]: |type set"),
    ):
        read = partial(_judged, items)
        yield Case(f"samples: a list with {name}", read, refusal)


def _sound(given: Any, folder: Path) -> bool:
    """Tell whether samples are `FLOATS`, as well as their type can hold these."""
    found = as_mono(given, RATE, RATE)
    return bool(found.dtype == np.float32 and np.abs(found - FLOATS).max() < 0.009)


def _judged(items: Any, folder: Path) -> Any:
    return SpeechEmotion.from_pretrained("open")(items, RATE)


def rates() -> Iterator[Case]:
    """Yield files and samples at odd rates: they are read in bounded memory, or refused."""
    for rate in (0, 1, 999, 768_001, 10**7, 2**31 - 1):
        refusal = f"{rate} Hz is no sample rate|unreadable|a rate of 0|sample rate"
        yield Case(f"a file at {rate} Hz", partial(_file, rate), refusal)
        yield Case(f"samples at {rate} Hz", partial(_resampled, rate), refusal)
    for rate in (1000, 7999, 8000, 11025, 15999, 16001, 22051, 44101, 96001, 383_993, 767_999):
        yield Case(f"a file at {rate} Hz", partial(_file, rate), answer=RATE)
        yield Case(f"samples at {rate} Hz", partial(_resampled, rate), answer=RATE)
    yield Case("a file at 15999 Hz, judged", _predicted, answer=True)


def _file(rate: int, folder: Path) -> int:
    content = np.full((max(rate, 1) if rate < 10**6 else 1000, 1), 0.1)
    content[::2] = -0.1
    soundfile.write(folder / "a.wav", content, rate or 8000)
    if rate == 0:
        broken = bytearray((folder / "a.wav").read_bytes())
        broken[24:28] = bytes(4)
        (folder / "a.wav").write_bytes(broken)
    return len(read_audio(folder / "a.wav", RATE, convert=True))


def _resampled(rate: int, folder: Path) -> int:
    return len(as_mono(np.sin(np.arange(min(rate, 10**6))), rate, RATE))


def _predicted(folder: Path) -> bool:
    soundfile.write(folder / "a.wav", FLOATS, 15999)
    return "a.wav" in command(predict.main, folder / "a.wav")
