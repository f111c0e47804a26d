"""Audio files: headers for quick checks, and samples at one rate and one channel.

A file with another rate or several channels is refused unless conversion was asked for. If the
classes were recorded differently, a silent conversion would let the rate predict the class.
"""

import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.core.files import require_regular
from sentemo.data.containers import check_container
from sentemo.data.foreign_files import foreign_kind
from sentemo.data.resampling import require_rate, resample_blocks
from sentemo.data.sound import is_silent, mean_of_channels, require_byte_order, require_full_scale

# Only folders are searched by ending; a file that is named is read whatever its name.
AUDIO_ENDINGS = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".sph"}
# Audio that libsndfile does not read: it is converted, or refused by name, but never passed over.
FOREIGN_ENDINGS = {".aac", ".amr", ".m4a", ".mp4", ".webm", ".wma", ".wv"}
FULL_SCALE = 32768  # 16-bit samples range from -FULL_SCALE to FULL_SCALE - 1
READ_AT_ONCE = 1 << 24  # samples of all channels together: 64 MB
LEVEL_AT_ONCE = 1 << 16  # samples per channel read at a time to measure their level
FAINTEST = 1e-12  # mean square, of a click in an hour of silence
BAR_DELAY = 5  # seconds before a progress bar appears, so that reading few files shows none
READER_THREADS = 8  # reading headers is limited by the disk, not by the processor
# Most samples that a FLAC header can count; libsndfile reports more if the header has no count.
MAX_SAMPLES = 1 << 36


@dataclass(frozen=True)
class AudioHeader:
    """An audio file's header: samples per second, channels, samples per channel.

    `note` is what is wrong in the header and does not matter, or "".
    """

    rate: int
    channels: int
    frames: int
    note: str = ""

    @property
    def duration(self) -> float:
        """Return the duration in seconds."""
        return self.frames / self.rate


def read_header(path: Path) -> AudioHeader:
    """Read one file's header.

    Raises
    ------
    SentemoError
        When the file is missing, truncated, cannot be read as audio, or holds no samples.
    """
    try:
        require_regular(path)
        found = check_container(Path(path))
        if found.problem:
            raise SentemoError(f"{path}: {found.problem}")
        info = soundfile.info(os.fsencode(path))
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error.error_string) from None
    except TypeError:  # raised for names that end in .raw
        raise _unreadable(path, "raw samples have no header") from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except ValueError:  # raised by Python
        raise SentemoError(f"{path}: missing audio (a zero byte in its name)") from None
    require_rate(info.samplerate, str(path))
    if info.frames == 0:
        raise SentemoError(f"{path}: empty audio (0 samples)")
    if info.frames >= MAX_SAMPLES:
        raise SentemoError(f"{path}: audio without a length in its header; convert it again")
    frames = info.frames if found.frames is None else min(info.frames, found.frames)
    return AudioHeader(info.samplerate, info.channels, frames, found.note)


def read_headers(paths: Iterable[Path]) -> dict[Path, AudioHeader | SentemoError]:
    """Read the headers of many files; a file that cannot be read gets its error instead."""

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


def without_errors(headers: Mapping[Path, AudioHeader | SentemoError]) -> dict[Path, AudioHeader]:
    """Return the headers of the files that could be read, out of those of `read_headers`."""
    return {path: found for path, found in headers.items() if isinstance(found, AudioHeader)}


def conversions(header: AudioHeader, rate: int, channel: int | None = None) -> list[str]:
    """Name the conversions that one channel at `rate` Hz needs; an empty list means none.

    Taking one `channel` out of several changes no sample, so it is not a conversion.
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
    header: AudioHeader | None = None,
) -> np.ndarray:
    """Read a file, or its part from `start` to `end` seconds, as one channel at `rate` Hz.

    Parameters
    ----------
    channel
        Channel to read, from 0. None reads the only channel, or with `convert` the mean of several.
    header
        What `read_header` says of the file; None reads it.

    Returns
    -------
    numpy.ndarray
        ``(samples,)`` float32, full scale ±1.

    Raises
    ------
    SentemoError
        When the file is unreadable, is truncated, has no samples or those that are no audio (see
        `sentemo.data.sound`), or needs a conversion that `convert` does not allow.
    """
    header = header or read_header(path)
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
        return resample_blocks(_mono_blocks(path, first, last, channel), header.rate, rate)
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error.error_string) from None
    except SentemoError as error:
        raise SentemoError(f"{path}: {error}") from None


def _mono_blocks(path: Path, first: int, last: int, channel: int | None) -> Iterator[np.ndarray]:
    """Yield samples of one channel, ``(samples,)``, reading so many that all channels fit memory.

    Raises
    ------
    SentemoError
        When the file ends early, or samples are no audio; without its name.
    """
    with soundfile.SoundFile(os.fsencode(path)) as file:
        if first:  # not every encoding can be searched
            file.seek(first)
        at_once = READ_AT_ONCE // file.channels
        integers = file.subtype.startswith("PCM_")  # which full scale is the limit of
        for begin in range(first, last, at_once):
            wanted = min(at_once, last - begin)
            samples = file.read(wanted, "float32", always_2d=True)
            if len(samples) < wanted:
                had = begin - first + len(samples)
                raise SentemoError(f"truncated audio ({had} of {last - first} samples can be read)")
            if not integers:
                require_full_scale(samples)
            require_byte_order(samples)
            # A column alone would keep all others in memory.
            yield mean_of_channels(samples) if channel is None else samples[:, channel].copy()


def sound_level(
    path: Path,
    start: float | None = None,
    end: float | None = None,
    channel: int | None = None,
) -> float | None:
    """Return the level of a part of a file, in dB under full scale; None where it is silent.

    It is the root of the mean square of all samples of all channels, without their constant
    offset. A part is silent if all of its channels are. Parameters are those of `read_audio`.

    Raises
    ------
    SentemoError
        When the file is unreadable, or its samples are no audio.
    """
    count, parts = 0, []
    try:
        with soundfile.SoundFile(os.fsencode(path)) as file:
            first = round((start or 0.0) * file.samplerate)
            last = file.frames if end is None else min(round(end * file.samplerate), file.frames)
            if first:  # not every encoding can be searched
                file.seek(min(first, file.frames))
            wanted = slice(None) if channel is None else slice(channel, channel + 1)
            for begin in range(first, last, LEVEL_AT_ONCE):
                size = min(LEVEL_AT_ONCE, last - begin)
                block = file.read(size, "float32", always_2d=True)[:, wanted]
                if not len(block):  # the header announced more, which stage feats refuses
                    break
                require_full_scale(block)
                count += len(block)
                values = block.astype(float)
                ends = values.min(axis=0), values.max(axis=0)
                parts.append([*ends, values.sum(axis=0), np.square(values).sum(axis=0)])
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error.error_string) from None
    except SentemoError as error:
        raise SentemoError(f"{path}: {error}") from None
    if not parts:
        return None
    lowest, highest, sums, energies = np.moveaxis(np.array(parts), 1, 0)
    if all(is_silent(ends) for ends in np.concatenate([lowest, highest]).T):
        return None
    powers = energies.sum(axis=0) / count - (sums.sum(axis=0) / count) ** 2
    return 10 * math.log10(max(powers.mean(), FAINTEST))


def to_int16(samples: np.ndarray) -> np.ndarray:
    """Round float samples, full scale ±1, to 16-bit integers, clipping those beyond full scale.

    Samples that were read from 16-bit audio become the same integers again.
    """
    return np.rint(samples * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def samples_digest(samples: np.ndarray) -> str:
    """Return a digest of audio ``(samples,)`` as 16-bit integers; it is the same for copies."""
    return hashlib.sha256(to_int16(samples).astype("<i2").tobytes()).hexdigest()


def _unreadable(path: Path, reason: str) -> SentemoError:
    try:
        if not Path(path).exists():
            return SentemoError(f"{path}: missing audio")
    except PermissionError:  # the folder may not be read
        pass
    except OSError as error:
        return SentemoError(f"{path}: {error.strerror}")
    if not os.access(path, os.R_OK):
        return SentemoError(f"{path}: no permission to read it")
    kind = foreign_kind(path) if os.path.isfile(path) else ""
    if os.path.isfile(path) and reason.startswith("File does not exist"):  # it does
        reason = "Format not recognised."
    return SentemoError(f"{path}: {kind or f'unreadable audio ({reason})'}")


def audio_fingerprint(paths: Iterable[Path]) -> str:
    """Return a digest of sizes and times of files; an unreadable file counts as missing."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        try:
            stat = path.stat()
            digest.update(os.fsencode(f"{path} {stat.st_size} {stat.st_mtime_ns}\n"))
        except (OSError, ValueError):  # no such file, or no name of one
            digest.update(os.fsencode(f"{path} missing\n"))
    return digest.hexdigest()[:16]


def at_peak(samples: np.ndarray, peak: float | None) -> np.ndarray:
    """Return audio ``(samples,)`` of which the loudest sample is `peak`; as it is where None."""
    return samples * (peak / np.abs(samples).max()) if peak else samples
