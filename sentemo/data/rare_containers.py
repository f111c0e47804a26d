"""Where the samples of rare audio formats are, and how many, as their headers have it.

AVR, MAT4 and MAT5 (Matlab, as libsndfile writes them), MPC2K, WVE and XI. The headers are described
in the sources of libsndfile.
"""

import struct
from typing import BinaryIO

from sentemo.data.container_sizes import Reader, Samples

MAT4_BYTES = {0: 8, 1: 4, 2: 4, 3: 2, 4: 2, 5: 1}  # of a number, by the tens digit of its type
LONGEST_NAME = 1000  # bytes of the name of a matrix
MATRIX = 14  # type of an element of MAT5


def _exactly(start: int, announced: int) -> Samples:
    return Samples(start, announced, start + announced, start + announced)


def _avr(stream: BinaryIO, size: int) -> Samples:
    stereo, bits, frames = struct.unpack(">12xHH10xI", stream.read(30))
    return _exactly(128, frames * (bits // 8) * (2 if stereo else 1))


def _mpc2k(stream: BinaryIO, size: int) -> Samples:
    stereo, frames = struct.unpack("<21xB4xI", stream.read(30))
    return _exactly(42, frames * 2 * (1 + stereo))


def _wve(stream: BinaryIO, size: int) -> Samples:
    (announced,) = struct.unpack(">18xI", stream.read(22))
    return _exactly(32, announced)


def _xi(stream: BinaryIO, size: int) -> Samples | None:
    """Read the size of the only sample; libsndfile itself writes 0, which says nothing."""
    count, announced = struct.unpack("<296xHI", stream.read(302))
    return _exactly(298 + 40 * count, announced) if count == 1 and announced else None


def _mat4(stream: BinaryIO, size: int, order: str = "<") -> Samples | None:
    """Follow two matrices: the sample rate, and the samples."""
    samples = None
    for _ in range(2):
        kind, rows, columns, _, name = struct.unpack(f"{order}5I", stream.read(20))
        width = MAT4_BYTES.get(kind // 10 % 10)
        if width is None or name > LONGEST_NAME:
            return None
        start = stream.tell() + name
        samples = _exactly(start, rows * columns * width)
        stream.seek(start + rows * columns * width)
    return samples


def _mat4_big_endian(stream: BinaryIO, size: int) -> Samples | None:
    return _mat4(stream, size, ">")


def _mat5(stream: BinaryIO, size: int) -> Samples | None:
    """Follow two matrices; in the second one flags, shape and name are before the samples."""
    (mark,) = struct.unpack("126x2s", stream.read(128))
    order = {b"IM": "<", b"MI": ">"}.get(mark)
    if order is None:
        return None
    rate, length = _element(stream, order)
    stream.seek(length, 1)
    matrix, _ = _element(stream, order)
    if rate != MATRIX or matrix != MATRIX:
        return None
    for _ in range(3):
        _, length = _element(stream, order)
        stream.seek(length + -length % 8, 1)
    _, length = _element(stream, order)
    return _exactly(stream.tell(), length)


def _element(stream: BinaryIO, order: str) -> tuple[int, int]:
    """Return type and size of an element of MAT5; the content of a small one is in its head."""
    kind, length = struct.unpack(f"{order}II", stream.read(8))
    return (kind & 0xFFFF, 0) if kind >> 16 else (kind, length)


# The first bytes of a file, and the reader of its sizes.
RARE_READERS: dict[bytes, Reader] = {
    b"2BIT": _avr,
    b"\1\4": _mpc2k,
    b"ALawSoundFile**": _wve,
    b"Extended Instrument: ": _xi,
    struct.pack("<III", 0, 1, 1): _mat4,
    struct.pack(">III", 1000, 1, 1): _mat4_big_endian,
    b"MATLAB 5.0 MAT-file": _mat5,
}
