"""Packed models, unpacked once into a cache folder and nowhere else."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_dir, fingerprint
from sentemo.core.locks import hold
from sentemo.core.schema import shown

MAX_MEMBERS = 10_000
LONGEST_NAME = 255  # bytes of a file's name
MAX_EXPANSION = 100  # unpacked bytes per packed byte: weights hardly shrink, zip bombs 1000-fold
DAMAGE_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def unpack(archive: Path) -> Path:
    """Unpack a zip archive into the cache, in a folder named after its content.

    An archive that was unpacked before is not unpacked again.

    Raises
    ------
    SentemoError
        When the file is not a zip archive or is damaged, or when a member would land outside its
        folder, is a link, or expands out of all proportion.
    """
    dest = cache_folder() / fingerprint(archive)
    with hold(dest.with_suffix(".lock"), f"unpacking {archive.name}", wait=True):
        if not dest.is_dir():
            with _damage_as_error(archive), zipfile.ZipFile(archive) as packed:
                _require_whole(packed)
                _check_members(archive, packed.infolist())
                with atomic_dir(dest) as aside:
                    packed.extractall(aside)
    return dest


def cache_folder() -> Path:
    """Return the folder of unpacked and downloaded models, below the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "sentemo" / "asr_models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_inside(member: str) -> bool:
    """Tell whether a member's name stays inside the folder that the archive is unpacked into."""
    path = PurePosixPath(member)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in member


def _require_whole(packed: zipfile.ZipFile) -> None:
    """Insist that the archive begins with its first member.

    PyTorch weights are zip archives too. In a truncated archive, the `zipfile` module may find the
    directory of the weights inside and take them for the whole archive.
    """
    if min((member.header_offset for member in packed.infolist()), default=0) > 0:
        raise zipfile.BadZipFile("it ends early")


def _check_members(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    problems = Problems(str(archive))
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if not is_inside(member.orig_filename):
            problems.add("outside the archive's folder", "member", repr(member.orig_filename))
        if any(len(os.fsencode(part)) > LONGEST_NAME for part in Path(member.filename).parts):
            problems.add("a name that no file can have", "member", shown(member.filename))
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            problems.add("neither file nor folder", "member", repr(member.filename))
    packed, unpacked = archive.stat().st_size, sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS:
        problems.add("too many members", str(len(members)), f"more than {MAX_MEMBERS}")
    if unpacked > MAX_EXPANSION * packed:
        problems.add("too large", f"{unpacked} bytes", f"more than {MAX_EXPANSION} × its size")
    problems.raise_if_any("The archive was not unpacked. Get the model again from its publisher.")


@contextmanager
def _damage_as_error(archive: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGE_ERRORS as error:
        raise SentemoError(
            f"{archive}: not a readable zip archive ({error or type(error).__name__}). If it was "
            "downloaded, it may have ended early: get it again."
        ) from error
