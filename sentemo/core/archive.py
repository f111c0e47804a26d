"""Packed models, unpacked once into a cache folder and nowhere else."""

import fcntl
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_dir, fingerprint

MOST_MEMBERS = 10_000
MOST_EXPANSION = 100  # unpacked bytes per packed byte; weights hardly shrink, bombs a thousandfold
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def unpack(archive: Path) -> Path:
    """Unpack a zip into the cache, in a folder named for its content; a second time costs nothing.

    Raises
    ------
    SentemoError
        When it is no zip or a damaged one, or has members that would land outside its folder, are
        links, or grow out of all proportion.
    """
    dest = cache_folder() / fingerprint(archive)
    with _lock(dest.with_suffix(".lock")):
        if not dest.is_dir():
            with _naming_damage(archive), zipfile.ZipFile(archive) as packed:
                _require_whole(packed)
                _check_members(archive, packed.infolist())
                with atomic_dir(dest) as aside:
                    packed.extractall(aside)
    return dest


def cache_folder() -> Path:
    """Where unpacked and downloaded models are kept: ``sentemo`` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "sentemo" / "asr_models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_inside(member: str) -> bool:
    """Whether a member's name stays below the folder that an archive is unpacked into."""
    path = PurePosixPath(member)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in member


def _require_whole(packed: zipfile.ZipFile) -> None:
    """Insist that an archive begins with its first member.

    Of one that ended early, the weights in it may be taken for the archive: they are a zip, too.
    """
    if min((member.header_offset for member in packed.infolist()), default=0) > 0:
        raise zipfile.BadZipFile("it ends early")


def _check_members(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    problems = Problems(str(archive))
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if not is_inside(member.orig_filename):
            problems.add("outside the archive's folder", "member", repr(member.orig_filename))
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            problems.add("neither file nor folder", "member", repr(member.filename))
    packed, unpacked = archive.stat().st_size, sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS:
        problems.add("too many members", str(len(members)), f"more than {MOST_MEMBERS}")
    if unpacked > MOST_EXPANSION * packed:
        problems.add("too large", f"{unpacked} bytes", f"more than {MOST_EXPANSION} × its size")
    problems.raise_if_any("Such an archive is not unpacked. Get the model from where it was made.")


@contextmanager
def _naming_damage(archive: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise SentemoError(
            f"{archive}: not a readable zip archive ({error or type(error).__name__}). If it was "
            "downloaded, it may have ended early: get it again."
        ) from error


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with open(path, "w", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
