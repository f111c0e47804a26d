"""Makers of small audio files, whole and broken, and how the program reads them."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from hostile.case import Case
from sentemo.data.audio import read_audio, read_header

RATE, FRAMES = 16000, 9001
# Name, subtype and ending of the formats of which the header, or the last page, tells the length.
SIZED = {
    "wav": ("WAV", "PCM_16", "wav"),
    "wav in 8 bits": ("WAV", "PCM_U8", "wav"),
    "wav in floats": ("WAV", "FLOAT", "wav"),
    "wav in µ-law": ("WAV", "ULAW", "wav"),
    "wav in ADPCM": ("WAV", "IMA_ADPCM", "wav"),
    "wav in GSM": ("WAV", "GSM610", "wav"),
    "extensible wav": ("WAVEX", "PCM_24", "wav"),
    "RF64": ("RF64", "PCM_16", "rf64"),
    "Wave64": ("W64", "PCM_16", "w64"),
    "Wave64 in 24 bits": ("W64", "PCM_24", "w64"),
    "AIFF": ("AIFF", "PCM_16", "aiff"),
    "AIFC in floats": ("AIFF", "FLOAT", "aifc"),
    "AIFC in µ-law": ("AIFF", "ULAW", "aif"),
    "AU": ("AU", "PCM_16", "au"),
    "AU in µ-law": ("AU", "ULAW", "au"),
    "CAF": ("CAF", "PCM_16", "caf"),
    "SPHERE": ("NIST", "PCM_16", "sph"),
    "SPHERE in µ-law": ("NIST", "ULAW", "sph"),
    "AVR": ("AVR", "PCM_16", "avr"),
    "MAT4": ("MAT4", "PCM_16", "mat"),
    "MAT5": ("MAT5", "FLOAT", "mat"),
    "MPC2K": ("MPC2K", "PCM_16", "snd"),
    "WVE": ("WVE", "ALAW", "wve"),
    "HTK": ("HTK", "PCM_16", "htk"),
    "SDS": ("SDS", "PCM_16", "sds"),
    "VOC": ("VOC", "PCM_16", "voc"),
    "8SVX": ("SVX", "PCM_16", "svx"),
    "Ogg Vorbis": ("OGG", "VORBIS", "ogg"),
    "Opus": ("OGG", "OPUS", "opus"),
    "FLAC": ("FLAC", "PCM_16", "flac"),
    "MP3": ("MP3", "MPEG_LAYER_III", "mp3"),
}


def file_case(
    name: str, file: str, content: bytes, answer: str | int | None, note: str = ""
) -> Case:
    """Return the case of a file with this content.

    `answer` is a regular expression of the refusal, or the number of samples to read (None: any),
    and `note` is part of what is said of its header.
    """
    give = reading(file, content, note)
    if isinstance(answer, str):
        return Case(name, give, answer)
    return Case(name, give, answer=answer)


def reading(file: str, content: bytes, note: str = "") -> Callable[[Path], int]:
    """Return a function that writes a file into a folder and returns how many samples are read."""

    def give(folder: Path) -> int:
        path = folder / file
        path.write_bytes(content)
        header = read_header(path)
        assert note in header.note
        return len(read_audio(path, header.rate, convert=True))

    return give


def sound(frames: int = FRAMES, channels: int = 1) -> np.ndarray:
    """Return noise of which ``(frames, channels)`` are never silent."""
    return np.random.default_rng(0).uniform(-0.3, 0.3, (frames, channels))


def written(kind: str, samples: np.ndarray | None = None) -> bytes:
    """Return the bytes of a file of one of the `SIZED` formats."""
    container, subtype, _ = SIZED[kind]
    stream = io.BytesIO()
    audio = sound() if samples is None else samples
    rate = 8000 if container == "WVE" else RATE  # the only one that it has
    soundfile.write(stream, audio, rate, format=container, subtype=subtype)
    return stream.getvalue()


def cut_off(kind: str) -> bytes:
    """Return the first half of a file."""
    content = written(kind)
    return content[: len(content) // 2]


def wav(
    data: bytes, announced: int | None = None, riff: int | None = None, behind: bytes = b""
) -> bytes:
    """Return a 16-bit wav file whose sizes may be wrong."""
    announced = len(data) if announced is None else announced
    riff = 36 + len(data) + len(behind) if riff is None else riff
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + form
    return head + struct.pack("<4sI", b"data", announced) + data + behind


def as_floats(samples: np.ndarray, bits: int = 32) -> bytes:
    """Return a wav file of floats."""
    stream = io.BytesIO()
    soundfile.write(
        stream, samples, RATE, format="WAV", subtype="FLOAT" if bits == 32 else "DOUBLE"
    )
    return stream.getvalue()


def with_one(samples: np.ndarray, value: float) -> np.ndarray:
    """Return the samples with one that is damaged."""
    changed = samples.copy()
    changed[len(changed) // 2] = value
    return changed


def in_order(container: str, order: str) -> bytes:
    """Return the bytes of a file with numbers of 32 bits in one of the two byte orders."""
    stream = io.BytesIO()
    soundfile.write(stream, sound(channels=2), RATE, "PCM_32", order, container)
    return stream.getvalue()
