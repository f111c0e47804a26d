"""Audio files: quick headers for checks, samples at one rate and one channel for everything else.

A file of another rate or with several channels is refused unless conversion was asked for: where
the classes were recorded differently, a silent conversion lets the rate predict the class.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.data.resampling import resample

BAR_DELAY = 5  # seconds: who reads few files wants no bar
READER_THREADS = 8  # headers cost waiting for the disk, not computing
# What libsndfile notes about a wav file that ends early, and then silently reads as a shorter one.
_ENDS_EARLY = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)
MOST_SAMPLES = 1 << 36  # what a FLAC header can count; libsndfile says more where there is no count
_UNKNOWN_SIZE = 0x7FFF0000  # programs that write to a pipe announce about this many bytes, or more


@dataclass(frozen=True)
class AudioHeader:
    """What a file's header says: samples per second, channels, samples per channel."""

    rate: int
    channels: int
    frames: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.rate


def read_header(path: Path) -> AudioHeader:
    """Read one file's header.

    Raises
    ------
    SentemoError
        When the file is missing, truncated, cannot be read as audio, or holds no samples.
    """
    try:
        info = soundfile.info(str(path), verbose=True)
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error.error_string) from None
    except TypeError:  # of a name that ends in .raw
        raise _unreadable(path, "raw samples have no header") from None
    if info.frames == 0:
        raise SentemoError(f"{path}: empty audio (0 samples)")
    if info.frames >= MOST_SAMPLES:
        raise SentemoError(f"{path}: audio without a length in its header; convert it again")
    if match := _ENDS_EARLY.search(info.extra_info):
        announced, present = map(int, match.groups())
        if present < announced < _UNKNOWN_SIZE:
            raise SentemoError(f"{path}: truncated audio ({present} of {announced} bytes)")
    return AudioHeader(info.samplerate, info.channels, info.frames)


def read_headers(paths: Iterable[Path]) -> dict[Path, AudioHeader | SentemoError]:
    """Read many files' headers at once; a file that cannot be read gets its error instead."""

    def header_or_error(path: Path) -> AudioHeader | SentemoError:
        try:
            return read_header(path)
        except SentemoError as error:
            return error

    from tqdm import tqdm

    distinct = list(dict.fromkeys(paths))
    with ThreadPoolExecutor(READER_THREADS) as pool:
        found = pool.map(header_or_error, distinct)
        bar = tqdm(found, "audio headers", len(distinct), unit="file", delay=BAR_DELAY)
        return dict(zip(distinct, bar, strict=True))


def conversions(header: AudioHeader, rate: int, channel: int | None = None) -> list[str]:
    """Name what must be done for one channel at `rate` Hz; empty when nothing.

    Taking one `channel` out of several changes no sample, so it is no conversion.
    """
    needed = []
    if header.channels != 1 and channel is None:
        needed.append(f"downmixed from {header.channels} channels to 1")
    if header.rate != rate:
        needed.append(f"resampled from {header.rate} Hz to {rate} Hz")
    return needed


def read_audio(
    path: Path,
    rate: int,
    convert: bool = False,
    start: float | None = None,
    end: float | None = None,
    channel: int | None = None,
) -> np.ndarray:
    """Read a file, or its part from `start` to `end` seconds, as one channel at `rate` Hz.

    Parameters
    ----------
    channel
        Which one, from 0; None takes the only one, or with `convert` the mean of several.

    Returns
    -------
    numpy.ndarray
        ``(samples,)`` float32, full scale ±1.

    Raises
    ------
    SentemoError
        When the file is unreadable, ends early, holds no samples, holds NaN or infinity, or needs
        a conversion that `convert` does not allow.
    """
    header = read_header(path)
    needed = conversions(header, rate, channel)
    if needed and not convert:
        raise SentemoError(
            f"{path}: {header.rate} Hz, {header.channels} channel(s), wanted {rate} Hz mono; "
            "--convert_audio true resamples and downmixes"
        )
    first = round((start or 0.0) * header.rate)
    last = header.frames if end is None else min(round(end * header.rate), header.frames)
    if last <= first:
        raise SentemoError(f"{path}: no samples from {start} s to {end} s")
    try:
        samples, _ = soundfile.read(
            str(path), start=first, stop=last, dtype="float32", always_2d=True
        )
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error.error_string) from None
    if len(samples) < last - first:
        raise SentemoError(
            f"{path}: truncated audio ({len(samples)} of {last - first} samples can be read)"
        )
    if not np.isfinite(samples).all():
        raise SentemoError(f"{path}: samples that are NaN or infinite")
    mono = samples.mean(axis=1) if channel is None else samples[:, channel]
    return resample(mono, header.rate, rate) if header.rate != rate else mono


def _unreadable(path: Path, reason: str) -> SentemoError:
    with suppress(PermissionError):  # of its folder
        if not Path(path).exists():
            return SentemoError(f"{path}: missing audio")
    if not os.access(path, os.R_OK):
        return SentemoError(f"{path}: no permission to read it")
    return SentemoError(f"{path}: unreadable audio ({reason})")


def audio_fingerprint(paths: Iterable[Path]) -> str:
    """Digest of audio files' sizes and times; one that is missing or closed counts as such."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        try:
            stat = path.stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        except (FileNotFoundError, PermissionError):
            digest.update(f"{path} missing\n".encode())
    return digest.hexdigest()[:16]
