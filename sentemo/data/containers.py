"""How much audio a file's container announces, compared with what the file holds.

libsndfile reads a file that was cut short, or whose header was never finished, as if the rest were
all there is. The sizes in the header tell, and for Ogg the mark on the last page. FLAC, HTK, SDS
and MP3 with a Xing or Info header tell when they are decoded. Nothing tells where a file was cut
whose format has no size: IRCAM, PAF, PVF, SD2, XI of libsndfile, and MP3 without such a header.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sentemo.core.files import require_regular
from sentemo.data.container_sizes import READERS, Samples, find_samples
from sentemo.data.rare_containers import RARE_READERS

HEADER_BYTES = 44  # of a plain wav file; programs that count them too are wrong by this much
# What follows the samples and is no chunk may be a tag. More than this share of them is a part of
# the recording, or a second one.
MOST_BEHIND = 0.25
TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")
LOOKED_AT = 65536  # bytes read at a time
WRITE_AGAIN = (
    "Take it from its source again; of a wav file, sox --ignore-length FILE.wav FILE.flac reads all"
)


@dataclass(frozen=True)
class Completeness:
    """Result of `check_container`.

    Attributes
    ----------
    problem
        What is wrong, or "".
    note
        What is wrong and does not matter, or "".
    frames
        Samples per channel, where the reader would take what follows them for samples too.
    """

    problem: str = ""
    note: str = ""
    frames: int | None = None


def check_container(path: Path) -> Completeness:
    """Compare the sizes in a file's header with the file; files of other formats are complete.

    Raises
    ------
    SentemoError
        When it is a pipe or a device.
    OSError
        When it cannot be read.
    """
    require_regular(path)
    size = path.stat().st_size
    with path.open("rb") as stream:
        if stream.read(4) == b"OggS":
            return Completeness(_ogg_problem(stream, size))
        stream.seek(0)
        samples = find_samples(stream, size, {**READERS, **RARE_READERS})
        return _compare(stream, samples, size) if samples else Completeness()


def _compare(stream: BinaryIO, samples: Samples, size: int) -> Completeness:
    present, announced = max(0, size - samples.start), samples.announced
    if announced is None:
        return Completeness()
    missing = announced - present
    if missing > HEADER_BYTES:
        return Completeness(f"truncated audio ({present} of {announced} bytes)")
    if missing > 0:
        return Completeness(note=f"its header announces up to {HEADER_BYTES} bytes too many")
    behind = size - max(samples.end_of_chunks, samples.start + announced)
    if announced == 0 and behind > HEADER_BYTES:
        return Completeness(
            f"unfinished header: it announces 0 bytes of audio, and {behind} follow. {WRITE_AGAIN}"
        )
    inside = behind - max(0, size - samples.container_end)
    if (inside > HEADER_BYTES or behind > announced * MOST_BEHIND) and _is_content(
        stream, size - behind
    ):
        return Completeness(
            f"its header announces {announced} bytes of audio, but {behind} more follow that are "
            f"neither samples nor a known chunk. {WRITE_AGAIN}"
        )
    return Completeness(frames=samples.frames)


def _is_content(stream: BinaryIO, position: int) -> bool:
    """Tell whether what follows is neither padding nor a tag."""
    stream.seek(position)
    some = stream.read(LOOKED_AT)
    return any(some) and not some.lstrip(b"\0").startswith(TAGS)


def _ogg_problem(stream: BinaryIO, size: int) -> str:
    """Return what is wrong with the last page of an Ogg file, which is marked as the last one."""
    last = _last_page(stream, size)
    stream.seek(last)
    page = stream.read(27 + 255)
    if len(page) >= 27:
        flags, segments = page[5], page[26]
        end = last + 27 + segments + sum(page[27 : 27 + segments])
        if end <= size and len(page) >= 27 + segments and flags & 4:
            return ""
    return "truncated audio (its last page is missing)"


def _last_page(stream: BinaryIO, size: int) -> int:
    """Return the position of the last page of an Ogg file, searched from its end."""
    end = size
    while end > 0:
        start = max(0, end - LOOKED_AT)
        stream.seek(start)
        found = stream.read(end - start + 4).rfind(b"OggS\0")
        if found >= 0:
            return start + found
        end = start
    return 0
