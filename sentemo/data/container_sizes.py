"""Where the samples of an audio file are, and how many, as the header of its container has it.

One function for each container: wav and RF64 (RIFF), AIFF and 8SVX (IFF), Wave64, CAF, AU, SPHERE
(Kaldi's and Switchboard's .sph) and VOC. Only the heads of the chunks are read.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO

UNKNOWN_SIZE = 0x7F000000  # programs that write to a pipe announce about this many bytes, or more
MOST_CHUNKS = 10_000  # of a sane file
SPHERE_BYTES = 65536  # most bytes of a SPHERE header
RIFF_GUID = bytes.fromhex("726966662e91cf11a5d628db04c10000")
PLAIN = (1, 3, 0xFFFE)  # codings of a wav file that have a block per frame
WAVE_GUID_END = bytes.fromhex("f3acd3118cd100c04f8edb8a")


@dataclass(frozen=True)
class Samples:
    """Place of the samples in a file, in bytes.

    Attributes
    ----------
    start
        Where they start.
    announced
        Their size as the header has it; None where it says that they go on to the end.
    end_of_chunks
        Where the last chunk behind the samples ends, as far as they can be followed.
    container_end
        Where the file ends, as its header has it.
    frames
        Samples per channel, of formats whose reader does not look at the size.
    """

    start: int
    announced: int | None
    end_of_chunks: int
    container_end: int
    frames: int | None = None


Reader = Callable[[BinaryIO, int], Samples | None]


def find_samples(stream: BinaryIO, size: int, readers: Mapping[bytes, Reader]) -> Samples | None:
    """Find the samples in a file of `size` bytes; None where its format does not say.

    Parameters
    ----------
    readers
        Reader of the sizes, by the first bytes of a file.

    A header that ends early says nothing either, and libsndfile refuses it.
    """
    magic = stream.read(max(map(len, readers)))
    stream.seek(0)
    for start, read in readers.items():
        if magic.startswith(start):
            with suppress(struct.error):
                return read(stream, size)
    return None


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    start: int  # of the content, in bytes from the start of the file
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


def _chunks(stream: BinaryIO, first: int, size: int, head: str, pad: int) -> Iterator[_Chunk]:
    """Follow the chunks from byte `first`, as long as their names are text and they fit.

    A chunk that is longer than the file is the last one. `head` is the `struct` format of its name
    and its size, and chunks start at multiples of `pad`, or without padding.
    """
    position = first
    for _ in range(MOST_CHUNKS):
        if position >= size:
            return
        for start in dict.fromkeys([position + -position % pad, position]):
            stream.seek(start)
            raw = stream.read(struct.calcsize(head))
            if len(raw) == struct.calcsize(head):
                name, length = struct.unpack(head, raw)
                if _is_name(name):
                    break
        else:
            return
        # The sizes of Wave64 count the head of the chunk too.
        content = length - len(raw) if len(name) == len(RIFF_GUID) else length
        if content < 0:
            return
        yield _Chunk(name, start + len(raw), content)
        position = start + len(raw) + content


def _is_name(name: bytes) -> bool:
    if len(name) == len(RIFF_GUID):
        return name[4:] in (RIFF_GUID[4:], WAVE_GUID_END)
    return all(32 <= character < 127 for character in name)


def _chunked(
    chunks: Iterator[_Chunk], data: bytes, size: int, container_end: int
) -> tuple[Samples | None, dict[bytes, _Chunk]]:
    """Find the samples among the chunks, and return the chunks before them by name."""
    before: dict[bytes, _Chunk] = {}
    found: _Chunk | None = None
    end = 0
    for chunk in chunks:
        if found is not None:
            if chunk.end <= size + 1:  # the padding behind the last chunk is often left out
                end = chunk.end
        elif chunk.name == data:
            found, end = chunk, chunk.end
        else:
            before[chunk.name] = chunk
    if found is None:
        return None, before
    return Samples(found.start, found.size, end, container_end), before


def _container_end(announced: int, size: int) -> int:
    """Return where a container ends; its size may be unknown or unfinished."""
    return announced if 16 < announced <= size else size


def _riff(stream: BinaryIO, size: int, order: str = "<") -> Samples | None:
    (length,) = struct.unpack(f"{order}4xI4x", stream.read(12))
    chunks = _chunks(stream, 12, size, f"{order}4sI", 2)
    samples, before = _chunked(chunks, b"data", size, _container_end(8 + length, size))
    if samples is None or samples.announced is None or samples.announced < UNKNOWN_SIZE:
        return samples
    announced = None
    if b"ds64" in before:
        stream.seek(before[b"ds64"].start)
        length, announced = struct.unpack("<QQ", stream.read(16))
    if announced is None or announced >= 1 << 60:
        return _to_the_end(samples, size)
    start = samples.start
    behind = _chunks(stream, start + announced, size, "<4sI", 2)
    ends = [chunk.end for chunk in behind if chunk.end <= size + 1]
    end = max([start + announced, *ends])
    return Samples(start, announced, end, _container_end(8 + length, size))


def _to_the_end(samples: Samples, size: int) -> Samples:
    return Samples(samples.start, None, size, size)


def _iff(stream: BinaryIO, size: int) -> Samples | None:
    length, kind = struct.unpack(">4xI4s", stream.read(12))
    data = b"BODY" if kind in (b"8SVX", b"16SV") else b"SSND"
    chunks = _chunks(stream, 12, size, ">4sI", 2)
    samples, _ = _chunked(chunks, data, size, _container_end(8 + length, size))
    if samples is None or samples.announced is None or data == b"BODY":
        return samples
    if samples.announced >= UNKNOWN_SIZE:
        return _to_the_end(samples, size)
    before = 8  # bytes in the chunk of AIFF before the samples: offset and block size
    announced = max(0, samples.announced - before)
    return Samples(samples.start + before, announced, samples.end_of_chunks, samples.container_end)


def _wave64(stream: BinaryIO, size: int) -> Samples | None:
    (length,) = struct.unpack("<16xQ16x", stream.read(40))
    chunks = _chunks(stream, 40, size, "<16sQ", 8)
    data = b"data" + WAVE_GUID_END
    samples, before = _chunked(chunks, data, size, _container_end(length, size))
    if samples is None or samples.announced is None or samples.announced >= 1 << 60:
        return samples and _to_the_end(samples, size)
    stream.seek(
        before[b"fmt " + WAVE_GUID_END].start if b"fmt " + WAVE_GUID_END in before else size
    )
    coding, block = struct.unpack("<H10xH", stream.read(14))
    plain = coding in PLAIN and block > 0
    return replace(samples, frames=samples.announced // block if plain else None)


def _caf(stream: BinaryIO, size: int) -> Samples | None:
    samples, _ = _chunked(_chunks(stream, 8, size, ">4sQ", 1), b"data", size, size)
    unknown = samples is not None and samples.announced == (1 << 64) - 1
    return _to_the_end(samples, size) if samples and unknown else samples


def _rifx(stream: BinaryIO, size: int) -> Samples | None:
    return _riff(stream, size, ">")


def _au(stream: BinaryIO, size: int, order: str = ">") -> Samples:
    start, announced = struct.unpack(f"{order}4xII", stream.read(12))
    unknown = announced >= UNKNOWN_SIZE
    end = size if unknown else start + announced
    return Samples(start, None if unknown else announced, end, end)


def _au_little_endian(stream: BinaryIO, size: int) -> Samples:
    return _au(stream, size, "<")


def _sphere(stream: BinaryIO, size: int) -> Samples | None:
    """Read the header of SPHERE files, which are named .sph or .wav, as in Switchboard."""
    text = stream.read(SPHERE_BYTES)
    length = re.match(rb"NIST_1A\s+(\d{1,5})\s", text)
    if length is None:
        return None
    head = text[: int(length[1])]
    found = dict(re.findall(rb"^(\w+) -(?:i|s\d*) (\S+)", head, re.MULTILINE))
    if b"," in found.get(b"sample_coding", b""):  # compressed: "pcm,embedded-shorten-v2.00"
        return None
    numbers = [found.get(name, b"1") for name in (b"channel_count", b"sample_n_bytes")]
    numbers.append(found.get(b"sample_count", b""))
    if not all(re.fullmatch(rb"\d{1,15}", number) for number in numbers):
        return None
    channels, width, frames = map(int, numbers)
    start, announced = int(length[1]), channels * width * frames
    return Samples(start, announced, start + announced, start + announced, frames)


def _voc(stream: BinaryIO, size: int) -> Samples | None:
    """Follow the blocks of a VOC file; all that are as long as they say are complete."""
    (position,) = struct.unpack("<20xH", stream.read(22))
    for _ in range(MOST_CHUNKS):
        stream.seek(position)
        kind = stream.read(1)
        length = int.from_bytes(stream.read(3), "little")
        start = position + 4
        if kind in (b"", b"\0"):
            return None
        if start + length > size:
            return Samples(start, length, start + length, size)
        position = start + length
    return None


# The first bytes of a file, and the reader of its sizes.
READERS: dict[bytes, Reader] = {
    b"RIFF": _riff,
    b"RF64": _riff,
    b"BW64": _riff,
    b"RIFX": _rifx,
    b"FORM": _iff,
    RIFF_GUID: _wave64,
    b"caff": _caf,
    b".snd": _au,
    b"dns.": _au_little_endian,
    b"NIST_1A": _sphere,
    b"Creative": _voc,
}
