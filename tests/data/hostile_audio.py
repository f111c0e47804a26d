"""Audio that is not what it claims: makers of small files, each with the right answer."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soundfile

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
    "VOC": ("VOC", "PCM_16", "voc"),
    "8SVX": ("SVX", "PCM_16", "svx"),
    "AVR": ("AVR", "PCM_16", "avr"),
    "MAT4": ("MAT4", "PCM_16", "mat"),
    "MAT5": ("MAT5", "FLOAT", "mat"),
    "MPC2K": ("MPC2K", "PCM_16", "snd"),
    "WVE": ("WVE", "ALAW", "wve"),
    "HTK": ("HTK", "PCM_16", "htk"),
    "SDS": ("SDS", "PCM_16", "sds"),
    "Ogg Vorbis": ("OGG", "VORBIS", "ogg"),
    "Opus": ("OGG", "OPUS", "opus"),
    "FLAC": ("FLAC", "PCM_16", "flac"),
    "MP3": ("MP3", "MPEG_LAYER_III", "mp3"),
}
CUT = r"truncated|unreadable|empty audio"


@dataclass(frozen=True)
class Case:
    """A file to read: its name, its content, and the answer.

    `answer` is a regular expression of the refusal, or the number of samples to read (None: any).
    """

    name: str
    file: str
    content: bytes
    answer: str | int | None
    note: str = ""


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


def wav(
    data: bytes, announced: int | None = None, riff: int | None = None, behind: bytes = b""
) -> bytes:
    """Return a 16-bit wav file whose sizes may be wrong."""
    announced = len(data) if announced is None else announced
    riff = 36 + len(data) + len(behind) if riff is None else riff
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + form
    return head + struct.pack("<4sI", b"data", announced) + data + behind


def cut_short() -> Iterator[Case]:
    """Make files of every format that end early."""
    for kind, (_, _, ending) in SIZED.items():
        whole = written(kind)
        yield Case(f"{kind}, whole", f"x.{ending}", whole, None)
        for share in (0.3, 0.6, 0.95):
            content = whole[: int(share * len(whole))]
            yield Case(f"{kind}, {share:.0%} of it", f"x.{ending}", content, CUT)
        yield Case(f"{kind}, header only", f"x.{ending}", whole[:60], r"audio")
    for order in ("BIG", "LITTLE"):
        for container in ("MAT4", "MAT5"):
            whole = in_order(container, order)
            name = f"{container} of two channels, {order.lower()} endian"
            yield Case(name, "x.mat", whole, FRAMES)
            yield Case(f"{name}, without its end", "x.mat", whole[:-100], CUT)
    for kind in ("Ogg Vorbis", "Opus"):
        whole = written(kind)
        last = whole.rfind(b"OggS")
        yield Case(f"{kind}, without its last page", "x.ogg", whole[:last], CUT)


def in_order(container: str, order: str) -> bytes:
    """Return the bytes of a file with numbers of 32 bits in one of the two byte orders."""
    stream = io.BytesIO()
    soundfile.write(stream, sound(channels=2), RATE, "PCM_32", order, container)
    return stream.getvalue()


def wrong_sizes() -> Iterator[Case]:
    """Make files with unfinished or slightly wrong headers, and with something behind the audio."""
    pcm = (sound()[:, 0] * 32767).astype("<i2").tobytes()
    size, junk = len(pcm), np.random.default_rng(1).bytes(1000)
    more, little = "bytes too many", b"LIST" + struct.pack("<I", 4) + b"INFO"
    yield Case("wav, sizes never written", "x.wav", wav(pcm, 0, 0), "unfinished header")
    yield Case("wav, data size never written", "x.wav", wav(pcm, 0), "unfinished header")
    yield Case("wav, no samples at all", "x.wav", wav(b""), "empty audio")
    yield Case("wav, no samples and a chunk", "x.wav", wav(b"", behind=little), "empty audio")
    for extra in (1, 8, 36, 44):
        name = f"wav, data size {extra} too large"
        yield Case(name, "x.wav", wav(pcm, size + extra, 36 + size + extra), FRAMES, more)
    yield Case("wav, data size 45 too large", "x.wav", wav(pcm, size + 45), "truncated")
    for share in (0.2, 0.5, 0.9):
        announced = int(share * size) // 2 * 2
        content = wav(pcm, announced)
        yield Case(f"wav, data size {share:.0%} of what follows", "x.wav", content, "more follow")
    half = size // 4 * 2
    yield Case("wav, both sizes half", "x.wav", wav(pcm, half, 36 + half), "more follow")
    for unknown in (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF - 36):
        yield Case(f"wav, of a pipe ({unknown:#x})", "x.wav", wav(pcm, unknown, unknown), FRAMES)
    yield Case("wav, garbage behind it", "x.wav", wav(pcm) + junk, FRAMES)
    yield Case("wav, a tag behind it", "x.wav", wav(pcm) + b"ID3\3" + 40 * junk, FRAMES)
    yield Case("wav, padded with zeros", "x.wav", wav(pcm) + bytes(60000), FRAMES)
    yield Case("wav, a chunk behind it", "x.wav", wav(pcm, behind=little), FRAMES)
    yield Case("wav, one behind the other", "x.wav", wav(pcm) + wav(pcm), "more follow|No 'RIFF'")
    for kind in ("AIFF", "AU", "SPHERE", "Wave64", "RF64", "Ogg Vorbis", "Opus"):
        ending = SIZED[kind][2]
        yield Case(f"{kind}, garbage behind it", f"x.{ending}", written(kind) + junk, FRAMES)
    yield from _wrong_sizes_of_others(size)


def _wrong_sizes_of_others(size: int) -> Iterator[Case]:
    more = "more follow"
    sphere, au, aiff = written("SPHERE"), bytearray(written("AU")), bytearray(written("AIFF"))
    few = sphere.replace(b"sample_count -i 9001", b"sample_count -i 4500")
    yield Case("SPHERE, half as many samples announced", "x.sph", few, more)
    many = sphere.replace(b"sample_count -i 9001", b"sample_count -i 9022")
    yield Case("SPHERE, 42 bytes too many announced", "x.sph", many, FRAMES, "bytes too many")
    none = sphere.replace(b"sample_count -i 9001", b"sample_count -i 0   ")
    yield Case("SPHERE, no samples announced", "x.sph", none, "unfinished header")
    for name, announced, answer in (
        ("half its size", size // 4 * 2, more),
        ("no size", 0, "unfinished header"),
        ("of a pipe", 0xFFFFFFFF, FRAMES),
        ("44 bytes too many", size + 44, FRAMES),
    ):
        au[8:12] = struct.pack(">I", announced)
        yield Case(f"AU, {name}", "x.au", bytes(au), answer)
    place = aiff.index(b"SSND") + 4
    for name, announced, answer in (
        ("half its size", 8 + size // 4 * 2, more),
        ("no size", 8, "unfinished header"),
        ("44 bytes too many", size + 8 + 44, FRAMES),
    ):
        aiff[place : place + 4] = struct.pack(">I", announced)
        yield Case(f"AIFF, {name}", "x.aiff", bytes(aiff), answer)
    yield from _wrong_sizes_in_64_bits(size)


def _wrong_sizes_in_64_bits(size: int) -> Iterator[Case]:
    rf64, w64 = bytearray(written("RF64")), bytearray(written("Wave64"))
    place = rf64.index(b"ds64") + 16
    for name, announced in (("half its size", size // 4 * 2), ("no size", 0)):
        rf64[place : place + 8] = struct.pack("<Q", announced)
        answer = "more follow" if announced else "unfinished header"
        yield Case(f"RF64, {name}", "x.rf64", bytes(rf64), answer)
    place = w64.index(b"data") + 16
    for name, announced in (("half its size", size // 4 * 2), ("no size", 0)):
        w64[place : place + 8] = struct.pack("<Q", announced + 24)
        answer = "more follow" if announced else "unfinished header"
        yield Case(f"Wave64, {name}", "x.w64", bytes(w64), answer)


def wrong_samples() -> Iterator[Case]:
    """Make files whose samples are on another scale, or whose channels leave nothing."""
    audio = sound()
    on_scale = {"16-bit": audio * 32768, "24-bit": audio * 2**23, "32-bit": audio * 2**31}
    for name, samples in on_scale.items():
        yield Case(f"floats on the {name} scale", "x.wav", as_floats(samples), "a peak of .*32768")
        stereo = np.repeat(samples, 2, axis=1)
        yield Case(f"the same in two channels ({name})", "x.wav", as_floats(stereo), "a peak of")
    yield Case(
        "floats of 64 bits on the 16-bit scale", "x.wav", as_floats(audio * 32768, 64), "peak"
    )
    yield Case("the same in AIFC", "x.aifc", written("AIFC in floats", audio * 32768), "a peak of")
    for peak in (1.05, 1.9, 3.5):
        loud = audio * peak / np.abs(audio).max()
        yield Case(f"a peak of {peak}, of a loud mix", "x.wav", as_floats(loud), FRAMES)
    for odd, answer in ((1e30, "a peak of 1e"), (-200.0, "a peak of 200"), (np.nan, "NaN")):
        yield Case(f"a lone {odd:g}", "x.wav", as_floats(with_one(audio, odd)), answer)
    for odd in (np.inf, -np.inf):
        yield Case(f"a lone {odd:g}", "x.wav", as_floats(with_one(audio, odd)), "infinite")
    smooth = np.cumsum(audio - audio.mean(), axis=0)
    smooth *= 0.3 / np.abs(smooth).max()
    pcm = (smooth[:, 0] * 32767).astype(np.int16)
    yield Case("smooth sound", "x.wav", wav(pcm.astype("<i2").tobytes()), FRAMES)
    yield Case("its bytes swapped", "x.wav", wav(pcm.astype(">i2").tobytes()), "other order")
    noise = (audio[:, 0] * 32767).astype(">i2").tobytes()
    yield Case("noise, its bytes swapped, is noise", "x.wav", wav(noise), FRAMES)
    yield from _channels(audio)


def _channels(audio: np.ndarray) -> Iterator[Case]:
    cancel = "channels cancel each other"
    other = np.random.default_rng(2).uniform(-0.3, 0.3, audio.shape)
    for name, second, answer in (
        ("the same", audio, FRAMES),
        ("another sound", other, FRAMES),
        ("silent", 0 * audio, FRAMES),
        ("a third of it in the other polarity", -audio / 3, FRAMES),
        ("in the other polarity", -audio, cancel),
        ("in the other polarity, a little louder", -1.05 * audio, cancel),
        ("in the other polarity, with noise", -audio + 0.05 * other, cancel),
    ):
        content = written("wav", np.concatenate([audio, second], axis=1))
        yield Case(f"second channel: {name}", "x.wav", content, answer)
    pairs = written("wav", np.concatenate([audio, -audio, other, -other], axis=1))
    yield Case("four channels that cancel in pairs", "x.wav", pairs, cancel)


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


def something_else() -> Iterator[Case]:
    """Make files that bear the name of a recording and hold something else."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 60134\n"
    page = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>"
    annex = b"/annex/objects/SHA256E-s60134--00.wav\n"
    mp4 = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0" + bytes(400)
    for ending in ("wav", "flac", "mp3", "ogg", "sph", "opus", "aiff"):
        yield Case(f"pointer of Git LFS (.{ending})", f"x.{ending}", pointer, "git lfs pull")
        yield Case(f"pointer of git-annex (.{ending})", f"x.{ending}", annex, "git annex get")
        yield Case(f"web page (.{ending})", f"x.{ending}", page, "a web page")
        yield Case(f"web page of an old server (.{ending})", f"x.{ending}", b"\n\n <HTML>", "a web")
        yield Case(f"empty file (.{ending})", f"x.{ending}", b"", r"empty file \(0 bytes\)")
        yield Case(f"zeros (.{ending})", f"x.{ending}", bytes(20000), "nothing but zeros")
        yield Case(f"MP4 (.{ending})", f"x.{ending}", mp4, r"ffmpeg -i .*x\.\w+ .*x\.flac")
        yield Case(f"zip (.{ending})", f"x.{ending}", b"PK\3\4" + bytes(90), "zip archive")
        yield Case(f"text (.{ending})", f"x.{ending}", b"angry\nhappy\n" * 50, "unreadable")
    for ending in ("m4a", "mp4"):
        yield Case(f".{ending}", f"x.{ending}", mp4, "MP4 or M4A, which needs ffmpeg")
    yield Case(".webm", "x.webm", b"\x1a\x45\xdf\xa3" + bytes(90), "WebM .* ffmpeg -i")
    wma = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
    yield Case(".wma", "x.wma", wma, "WMA .* ffmpeg -i")
