"""Files with unfinished or slightly wrong headers, and with something behind the audio."""

import struct
from collections.abc import Iterator

import numpy as np

from hostile.audio_files import FRAMES, SIZED, file_case, sound, wav, written
from hostile.case import Case


def wrong_sizes() -> Iterator[Case]:
    """Make files with unfinished or slightly wrong headers, and with something behind the audio."""
    pcm = (sound()[:, 0] * 32767).astype("<i2").tobytes()
    size, junk = len(pcm), np.random.default_rng(1).bytes(1000)
    more, little = "bytes too many", b"LIST" + struct.pack("<I", 4) + b"INFO"
    yield file_case("wav, sizes never written", "x.wav", wav(pcm, 0, 0), "unfinished header")
    yield file_case("wav, data size never written", "x.wav", wav(pcm, 0), "unfinished header")
    yield file_case("wav, no samples at all", "x.wav", wav(b""), "empty audio")
    yield file_case("wav, no samples and a chunk", "x.wav", wav(b"", behind=little), "empty audio")
    for extra in (1, 8, 36, 44):
        name = f"wav, data size {extra} too large"
        yield file_case(name, "x.wav", wav(pcm, size + extra, 36 + size + extra), FRAMES, more)
    yield file_case("wav, data size 45 too large", "x.wav", wav(pcm, size + 45), "truncated")
    for share in (0.2, 0.5, 0.9):
        announced = int(share * size) // 2 * 2
        content = wav(pcm, announced)
        yield file_case(
            f"wav, data size {share:.0%} of what follows", "x.wav", content, "more follow"
        )
    half = size // 4 * 2
    yield file_case("wav, both sizes half", "x.wav", wav(pcm, half, 36 + half), "more follow")
    for unknown in (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF - 36):
        yield file_case(
            f"wav, of a pipe ({unknown:#x})", "x.wav", wav(pcm, unknown, unknown), FRAMES
        )
    yield file_case("wav, garbage behind it", "x.wav", wav(pcm) + junk, FRAMES)
    yield file_case("wav, a tag behind it", "x.wav", wav(pcm) + b"ID3\3" + 40 * junk, FRAMES)
    yield file_case("wav, padded with zeros", "x.wav", wav(pcm) + bytes(60000), FRAMES)
    yield file_case("wav, a chunk behind it", "x.wav", wav(pcm, behind=little), FRAMES)
    yield file_case(
        "wav, one behind the other", "x.wav", wav(pcm) + wav(pcm), "more follow|No 'RIFF'"
    )
    for kind in ("AIFF", "AU", "SPHERE", "Wave64", "RF64", "Ogg Vorbis", "Opus"):
        ending = SIZED[kind][2]
        yield file_case(f"{kind}, garbage behind it", f"x.{ending}", written(kind) + junk, FRAMES)
    yield from _wrong_sizes_of_others(size)


def _wrong_sizes_of_others(size: int) -> Iterator[Case]:
    more = "more follow"
    sphere, au, aiff = written("SPHERE"), bytearray(written("AU")), bytearray(written("AIFF"))
    few = sphere.replace(b"sample_count -i 9001", b"sample_count -i 4500")
    yield file_case("SPHERE, half as many samples announced", "x.sph", few, more)
    many = sphere.replace(b"sample_count -i 9001", b"sample_count -i 9022")
    yield file_case("SPHERE, 42 bytes too many announced", "x.sph", many, FRAMES, "bytes too many")
    none = sphere.replace(b"sample_count -i 9001", b"sample_count -i 0   ")
    yield file_case("SPHERE, no samples announced", "x.sph", none, "unfinished header")
    for name, announced, answer in (
        ("half its size", size // 4 * 2, more),
        ("no size", 0, "unfinished header"),
        ("of a pipe", 0xFFFFFFFF, FRAMES),
        ("44 bytes too many", size + 44, FRAMES),
    ):
        au[8:12] = struct.pack(">I", announced)
        yield file_case(f"AU, {name}", "x.au", bytes(au), answer)
    place = aiff.index(b"SSND") + 4
    for name, announced, answer in (
        ("half its size", 8 + size // 4 * 2, more),
        ("no size", 8, "unfinished header"),
        ("44 bytes too many", size + 8 + 44, FRAMES),
    ):
        aiff[place : place + 4] = struct.pack(">I", announced)
        yield file_case(f"AIFF, {name}", "x.aiff", bytes(aiff), answer)
    yield from _wrong_sizes_in_64_bits(size)


def _wrong_sizes_in_64_bits(size: int) -> Iterator[Case]:
    rf64, w64 = bytearray(written("RF64")), bytearray(written("Wave64"))
    place = rf64.index(b"ds64") + 16
    for name, announced in (("half its size", size // 4 * 2), ("no size", 0)):
        rf64[place : place + 8] = struct.pack("<Q", announced)
        answer = "more follow" if announced else "unfinished header"
        yield file_case(f"RF64, {name}", "x.rf64", bytes(rf64), answer)
    place = w64.index(b"data") + 16
    for name, announced in (("half its size", size // 4 * 2), ("no size", 0)):
        w64[place : place + 8] = struct.pack("<Q", announced + 24)
        answer = "more follow" if announced else "unfinished header"
        yield file_case(f"Wave64, {name}", "x.w64", bytes(w64), answer)
