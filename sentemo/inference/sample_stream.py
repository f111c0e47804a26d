"""Samples that arrive as bytes: raw ones, or those behind the header of a WAV."""

import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.resampling import require_rate

BLOCK = 1 << 16  # bytes read at most at a time
MOST_HEADER = 1 << 20  # bytes in which the samples of a WAV begin
UNFINISHED = 0x7FFF0000  # bytes; what a header announces where its length is not known yet is more
MOST_CHANNELS = 64
POLL = 0.05  # seconds between two looks at a growing file
# By the names of ffmpeg and, with the same letters, of numpy.
ENCODINGS = {
    **{"u8": "u1", "s16le": "<i2", "s16be": ">i2", "s32le": "<i4", "s32be": ">i4"},
    **{"f32le": "<f4", "f32be": ">f4", "f64le": "<f8", "f64be": ">f8"},
}
PACKED_24 = "s24le"  # which numpy has no type for
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # encodings of a WAV
WAV_ENCODINGS = {
    **{(PCM, 8): "u8", (PCM, 16): "s16le", (PCM, 24): PACKED_24, (PCM, 32): "s32le"},
    **{(FLOAT, 32): "f32le", (FLOAT, 64): "f64le"},
}
OTHER_FORMATS = {
    **{b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3", b"\xff\xfb": "MP3", b"FORM": "AIFF"},
    **{b"\x1aE\xdf\xa3": "Matroska or WebM", b".snd": "AU", b"caff": "CAF", b"RF64": "RF64"},
}

Read = Callable[[], bytes]  # returns what is there, and b"" at the end


@dataclass(frozen=True)
class SampleFormat:
    """Format of raw samples.

    Attributes
    ----------
    rate
        Samples per second of each channel.
    encoding
        One of `ENCODINGS`, or `PACKED_24`.
    channels
        Number of channels, whose samples take turns.
    """

    rate: int = 16000
    encoding: str = "s16le"
    channels: int = 1

    @classmethod
    def parse(cls, text: str) -> "SampleFormat":
        """Read ``RATE``, ``RATE,ENCODING`` or ``RATE,ENCODING,CHANNELS``, such as 8000,s16le,2.

        Raises
        ------
        SentemoError
            When it is nothing of the kind.
        """
        given = text.split(",")
        rate, encoding, channels = [*given, *("", "s16le", "1")[len(given) :]][:3]
        known = (*ENCODINGS, PACKED_24)
        are_numbers = all(one.isdecimal() and len(one) < 10 for one in (rate, channels))
        if len(given) > 3 or not are_numbers:
            raise SentemoError(f"--raw {text}: it is RATE,ENCODING,CHANNELS, such as 8000,s16le,2")
        if encoding not in known:
            raise SentemoError(f"--raw {text}: known encodings are {', '.join(known)}")
        found = cls(int(rate), encoding, int(channels))
        found.require_usable(f"--raw {text}")
        return found

    def require_usable(self, where: str) -> None:
        """Insist on a rate of speech, and on a number of channels that a recording has."""
        require_rate(self.rate, where)
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise SentemoError(f"{where}: {self.channels} channels, 1 to {MOST_CHANNELS} are heard")

    @property
    def frame(self) -> int:
        """Number of bytes of one sample of all channels."""
        width = 3 if self.encoding == PACKED_24 else np.dtype(ENCODINGS[self.encoding]).itemsize
        return width * self.channels

    def decode(self, data: bytes) -> np.ndarray:
        """Return ``(samples, channels)`` of whole frames, in their own type but for 24 bits."""
        if self.encoding != PACKED_24:
            flat = np.frombuffer(data, ENCODINGS[self.encoding])
            return flat.astype(flat.dtype.newbyteorder("=")).reshape(-1, self.channels)
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return wide.view("<i4").reshape(-1, self.channels)


class SampleStream:
    """Samples of a stream that has no end yet, block by block as they arrive.

    Parameters
    ----------
    read
        Returns the next bytes, as soon as there are some.
    raw
        Format of samples without a header; None takes 16-bit mono at 16 kHz for it.
    is_growing
        Whether the length in a header may be behind the file, as its writer goes on.

    Raises
    ------
    SentemoError
        When there is nothing, another format than WAV or raw samples, a WAV of another encoding or
        without samples, or a WAV beside a format of raw samples.
    """

    def __init__(
        self, read: Read, raw: SampleFormat | None = None, is_growing: bool = False
    ) -> None:
        self._read, self._held = read, b""
        self._left: int | None = None  # bytes of samples to come, where that is known
        self.bytes_left_over = 0
        beginning = self._peek(12)
        if not beginning:
            raise SentemoError("empty: no samples arrived")
        if beginning[:4] == b"RIFF" and beginning[8:] == b"WAVE":
            if raw is not None:
                raise SentemoError("a WAV, whose header says its format: leave --raw out")
            self.format = self._read_header(is_growing)
            return
        for magic, name in OTHER_FORMATS.items() if raw is None else ():
            if beginning.startswith(magic):
                raise SentemoError(
                    f"{name}, which cannot be followed; a WAV and raw samples can: "
                    "ffmpeg -i INPUT -f wav - | sentemo predict --follow -"
                )
        self.format = raw or SampleFormat()

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield blocks ``(samples, channels)`` as they arrive.

        At the end, `bytes_left_over` says how many bytes were no whole sample.
        """
        data, rest = self._held or self._read(), b""
        self._held = b""
        while data:
            rest += self._of_samples(data)
            if whole := len(rest) - len(rest) % self.format.frame:
                yield self.format.decode(rest[:whole])
                rest = rest[whole:]
            data = b"" if self._left == 0 else self._read()
        self.bytes_left_over = len(rest)

    def _of_samples(self, data: bytes) -> bytes:
        """Return the bytes without what follows the samples, such as tags."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        return data

    def _peek(self, size: int) -> bytes:
        """Return the next bytes, fewer where the stream ends, and leave them there."""
        while len(self._held) < size and (more := self._read()):
            self._held += more
        return self._held[:size]

    def _take(self, size: int) -> bytes:
        found = self._peek(size)
        if len(found) < size:
            raise SentemoError("it ends within the header of a WAV")
        self._held = self._held[size:]
        return found

    def _read_header(self, is_growing: bool) -> SampleFormat:
        """Read the header of a WAV up to its samples, and return their format."""
        self._take(12)
        described, passed = None, 0
        while passed < MOST_HEADER:
            name, size = struct.unpack("<4sI", self._take(8))
            if name == b"data":
                if described is None:
                    break
                if 0 < size < UNFINISHED and not is_growing:
                    self._left = size
                return described
            size += size % 2
            passed += 8 + size
            content = self._take(size) if passed < MOST_HEADER else b""
            if name == b"fmt " and len(content) >= 16:
                described = _wav_format(content)
        raise SentemoError("a WAV whose header names no format and no samples")


def _wav_format(content: bytes) -> SampleFormat:
    """Read the chunk of a WAV that names its format."""
    encoding, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[:16])
    if encoding == EXTENSIBLE and len(content) >= 26:
        (encoding,) = struct.unpack("<H", content[24:26])
    if (encoding, bits) not in WAV_ENCODINGS:
        raise SentemoError(
            f"a WAV of encoding {encoding} in {bits} bits, which cannot be followed; PCM and "
            "floats can: ffmpeg -i INPUT -f s16le -ar 16000 -ac 1 - | sentemo predict --follow -"
        )
    found = SampleFormat(rate, WAV_ENCODINGS[encoding, bits], channels)
    found.require_usable("a WAV")
    return found


def read_standard_input() -> bytes:
    """Return what is there on the standard input, and wait for it where nothing is."""
    return sys.stdin.buffer.read1(BLOCK)  # type: ignore[union-attr]


def reader_of(path: Path, patience: float) -> Read:
    """Return a function that reads what is added to a file.

    Its end is where nothing was added for `patience` seconds.

    Raises
    ------
    OSError
        When the file cannot be opened.
    """
    stream = path.open("rb", buffering=0)

    def read() -> bytes:
        waited = 0.0
        while not (found := stream.read(BLOCK)) and waited < patience:
            time.sleep(POLL)
            waited += POLL
        return found

    return read
