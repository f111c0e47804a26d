"""Small files that swell, files without an end, and pipes that nobody writes into."""

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from hostile.audio_files import RATE, sound
from hostile.case import Case, command
from hostile.packed_models import judged
from sentemo.bin import predict, study, train_recordings
from sentemo.core.config import read_config
from sentemo.core.npz import read_npz
from sentemo.data.audio import read_audio, read_header
from sentemo.data.kaldi import read_data_dir
from sentemo.data.labels import read_labels
from sentemo.inference import SpeechEmotion
from sentemo.upstreams import Upstream
from sentemo.upstreams.statistics import require_statistics

ENDLESS = "a pipe or a device, not a file"


def bomb(path):
    """300 MB of zeros in 300 kB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f8", "fortran_order": False, "shape": (300 << 17,)}
        )
        with archive.open("mean.npy", "w", force_zip64=True) as member:
            member.write(header.getvalue())
            for _ in range(300):
                member.write(bytes(1 << 20))


def claims_too_much(path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mean.npy", header.getvalue())


def objects(path):
    np.savez(path, mean=np.array([{}], dtype=object))


def half(path):
    np.savez(path, mean=np.zeros(100))
    path.write_bytes(path.read_bytes()[:500])


def another_kind(path):
    path.write_text("<html>")


def archives() -> Iterator[Case]:
    """Yield arrays and archives that hold more than they seem to."""
    for make in (bomb, claims_too_much, objects, half, another_kind):
        name = make.__name__.replace("_", " ")
        yield Case(f"npz: {name}", partial(_npz, make), r"a\.npz: damaged \(.*Pack it again")
        head = partial(_head, make)
        yield Case(f"npz: {name}, as the head of a model", head, r"head\.npz: damaged")
        read = partial(_statistics, make)
        yield Case(f"npz: {name}, as statistics", read, "damaged|no statistics in it")
    yield Case("npy: of 2⁵⁰ values, as statistics", _npy, "no statistics in it")
    for name, fill, refusal in (
        ("100 MB of zeros", partial(_zeros, size=100 << 20), "too large"),
        ("20,000 members", _many, "too many members"),
        ("the same name twice", _twice, "twice|not a readable|names no|missing|config"),
        ("a link", _link, "neither file nor folder"),
        ("../../x", partial(_named, name="../../x"), "outside the archive's folder"),
        ("/etc/x", partial(_named, name="/etc/x"), "outside the archive's folder"),
        ("a backslash", partial(_named, name="a\\..\\..\\x"), "outside the archive's folder"),
        ("a name of 5,000 letters", partial(_named, name="x" * 5000), "."),
        ("a password", _locked, "not a readable zip archive"),
    ):
        for what, load in (("model", SpeechEmotion.from_pretrained), ("upstream", Upstream)):
            yield Case(f"zip, {what}: {name}", partial(_zip, fill, load), refusal)


def _npz(make: Callable[[Path], None], folder: Path) -> Any:
    make(folder / "a.npz")
    return read_npz(folder / "a.npz", "Pack it again.")


def _head(make: Callable[[Path], None], folder: Path) -> Any:
    make(folder / "a.npz")
    return judged(folder, head_npz=(folder / "a.npz").read_bytes())


def _statistics(make: Callable[[Path], None], folder: Path) -> Any:
    make(folder / "a.npz")
    return require_statistics(folder / "a.npz")


def _npy(folder: Path) -> Any:
    with open(folder / "a.npy", "wb") as stream:
        described = {"descr": "<f8", "fortran_order": False, "shape": (2, 1 << 49)}
        np.lib.format.write_array_header_1_0(stream, described)
    return require_statistics(folder / "a.npy")


def _zip(fill: Callable[[zipfile.ZipFile], None], load: Callable[[Path], Any], folder: Path) -> Any:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("meta.yaml", "files: {}")
        fill(archive)
    return load(folder / "a.zip")


def _zeros(archive: zipfile.ZipFile, size: int) -> None:
    archive.writestr("a", bytes(size))


def _many(archive: zipfile.ZipFile) -> None:
    for number in range(20_000):
        archive.writestr(str(number), "")


def _twice(archive: zipfile.ZipFile) -> None:
    for content in ("files: {}", "files: [1]"):
        archive.writestr("meta.yaml", content)


def _link(archive: zipfile.ZipFile) -> None:
    link = zipfile.ZipInfo("model.onnx")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(link, "/etc/passwd")


def _named(archive: zipfile.ZipFile, name: str) -> None:
    archive.writestr(name, "x")


def _locked(archive: zipfile.ZipFile) -> None:
    archive.writestr("secret", "x" * 100)
    member = archive.getinfo("secret")
    member.flag_bits |= 1


def endless() -> Iterator[Case]:
    """Yield devices, pipes and huge files in the place of each file that is read."""
    readers: dict[str, tuple[Callable[[Path], Any], str]] = {
        "configuration": (read_config, ENDLESS),
        "labels": (read_labels, ENDLESS),
        "wav.scp": (_as_table, "missing file"),
        "audio": (read_header, ENDLESS),
        "recording to judge": (lambda path: command(predict.main, path), ENDLESS),
        "model to judge with": (lambda path: command(predict.main, "--model", path, "x"), "."),
        "list of recordings": (lambda path: command(train_recordings.main, path), "."),
        "study": (_as_study, ENDLESS),
    }
    for what, (read, refusal) in readers.items():
        for device in ("/dev/zero", "/dev/urandom"):
            yield Case(f"{device} as {what}", lambda _, r=read, d=device: r(Path(d)), refusal)
        yield Case(f"a pipe as {what}", partial(_pipe, read), refusal)
        yield Case(f"a file of 1 TB as {what}", partial(_huge, read), ".")
    for device in ("/dev/zero", "/dev/urandom"):
        read = partial(_from_standard_input, device)
        yield Case(f"{device} as standard input", read, "-: .*unreadable audio")


def _as_table(path: Path) -> Any:
    for name in ("utt2spk", "wav.scp"):
        Path(name).symlink_to(path)
    return read_data_dir(Path())


def _as_study(path: Path) -> Any:
    options = ["--data", "d", "--dump", "d", "--folds", "f", "--exp", "e"]
    return command(study.main, "train", "--study", path, *options)


def _pipe(read: Callable[[Path], Any], folder: Path) -> Any:
    os.mkfifo(folder / "pipe.wav")
    return read(folder / "pipe.wav")


def _huge(read: Callable[[Path], Any], folder: Path) -> Any:
    with open(folder / "huge.wav", "wb") as stream:
        stream.truncate(1 << 40)
    return read(folder / "huge.wav")


def _from_standard_input(device: str, folder: Path) -> Any:
    os.dup2(os.open(device, os.O_RDONLY), 0)
    return command(predict.main, "-")


def large_audio() -> Iterator[Case]:
    """Yield small files that hold much audio: most of it is a hole."""
    for seconds, rate, channels in ((100, 384_000, 8), (400, 768_000, 1), (20, RATE, 1000)):
        name = f"{seconds} s of {channels} channels at {rate} Hz"
        yield Case(name, partial(_wide, seconds, rate, channels), answer=seconds * RATE)
    yield Case("40 minutes of silence to judge", _long_silence, "40:00.0 long")
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, 65535, RATE, 1, 2, 16
    )
    many = head + struct.pack("<4sI", b"data", 0)
    for name, content in (("65,535 channels", many), ("2³⁰ bytes", _announcing(1 << 30))):
        yield Case(f"a header of {name}", partial(_header, content), "unreadable|unfinished|trunc")


def _wide(seconds: int, rate: int, channels: int, folder: Path) -> int:
    """Return how many samples are read of a second of sound in one of several channels."""
    path = folder / "wide.rf64"
    loud = np.zeros((rate, channels), np.int16)
    loud[:, 0] = (sound(rate)[:, 0] * 32767).astype(np.int16)
    soundfile.write(path, loud, rate, format="RF64", subtype="PCM_16")
    _stretch(path, seconds * rate * channels * 2)
    return len(read_audio(path, RATE, convert=True))


def _stretch(path: Path, size: int) -> None:
    """Let the audio of an RF64 file have this size, with a hole at its end."""
    content = bytearray(path.read_bytes())
    place = content.index(b"ds64") + 8
    begin = content.index(b"data") + 8
    content[place : place + 16] = struct.pack("<QQ", begin + size - 8, size)
    path.write_bytes(content)
    os.truncate(path, begin + size)


def _long_silence(folder: Path) -> str:
    soundfile.write(folder / "a.flac", np.zeros(2400 * RATE, np.int16), RATE)
    return command(predict.main, folder / "a.flac")


def _announcing(size: int) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, sound(), RATE, format="WAV")
    content = bytearray(stream.getvalue())
    content[40:44] = struct.pack("<I", size)
    return bytes(content)


def _header(content: bytes, folder: Path) -> Any:
    (folder / "a.wav").write_bytes(content)
    return read_header(folder / "a.wav")
