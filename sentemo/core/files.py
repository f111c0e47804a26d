"""Atomic writing of files and directories, and digests of their content."""

import hashlib
import json
import math
import os
import re
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sentemo.core.errors import NO_ROOM, NoRoomError, SentemoError, file_error
from sentemo.core.printable import is_utf8
from sentemo.core.processes import is_running

DAY = 24 * 3600  # seconds
LARGEST_TEXT = 1 << 30  # bytes of a table; whatever is larger is something else
# How long a file may take to become visible on all machines of a cluster, and how often to look.
SHARED_SECONDS, LOOK_SECONDS = 60, 0.2


@contextmanager
def naming_full_disks(path: Path, aside: Path | None = None) -> Iterator[None]:
    """Within this context, turn "no space left" errors into a `NoRoomError` that names the file.

    An error that does not name a file is taken to be about `path`. Where an error names the
    temporary path `aside`, the message names `path` instead.

    Raises
    ------
    NoRoomError
        In place of the error of the operating system.
    """
    try:
        yield
    except (OSError, NoRoomError) as error:
        if isinstance(error, OSError) and error.errno not in NO_ROOM:
            raise
        message = str(file_error(error, path) if isinstance(error, OSError) else error)
        raise NoRoomError(message.replace(str(aside or path), str(path))) from error


@contextmanager
def atomic_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Write a temporary file and rename it to `path`, so that no reader sees half a file.

    Raises
    ------
    SentemoError
        When the disk is full; an earlier file stays as it is.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    aside = _aside(path)
    try:
        with (
            naming_full_disks(path, aside),
            open(aside, mode, encoding=None if "b" in mode else "utf-8") as stream,
        ):
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def require_regular(path: Path, largest: float = math.inf) -> None:
    """Insist that a path leads to a file, not to a pipe or a device, which may have no end.

    Parameters
    ----------
    largest
        Bytes that such a file may have.

    Raises
    ------
    SentemoError
        See above. A file that is missing, or a folder, is an `OSError` when it is opened.
    """
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise SentemoError(f"{path}: a pipe or a device, not a file. Save its content in a file.")
    if found.st_size > largest:
        raise SentemoError(f"{path}: {found.st_size} bytes, and no such file has over {largest}.")


def read_bytes(path: Path, largest: int = LARGEST_TEXT) -> bytes:
    """Return the content of a file; see `require_regular`."""
    require_regular(path, largest)
    return Path(path).read_bytes()


def read_text(path: Path, largest: int = LARGEST_TEXT) -> str:
    """Return the content of a text file in UTF-8, with the line ends of Unix.

    Raises
    ------
    SentemoError
        See `require_regular`; also when it is not UTF-8.
    """
    try:
        text = read_bytes(path, largest).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SentemoError(f"{path}: not UTF-8 (byte {error.start + 1}).") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def copy_file(source: Path, dest: Path) -> None:
    """Copy a file atomically; see `atomic_file`."""
    with open(source, "rb") as original, atomic_file(dest, "wb") as stream:
        shutil.copyfileobj(original, stream)


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON, atomically; see `atomic_file`.

    Raises
    ------
    SentemoError
        When a number in it is not finite, which JSON cannot hold.
    """
    try:
        text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise SentemoError(f"{path}: not written, as a number in it is not finite.") from error
    if not is_utf8(text):  # names of files may have any bytes
        text = json.dumps(value, indent=1)
    with atomic_file(path) as stream:
        stream.write(text)


@contextmanager
def atomic_dir(path: Path) -> Iterator[Path]:
    """Yield a temporary directory to fill; it then replaces the directory at `path`.

    Raises
    ------
    SentemoError
        When the disk is full; an earlier directory stays as it is.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    aside, old = _aside(path), _aside(path, "old")
    try:
        with naming_full_disks(path, aside):
            aside.mkdir()
            yield aside
        if path.exists():
            path.rename(old)
        try:
            aside.rename(path)
        except OSError:
            old.rename(path)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _aside(path: Path, kind: str = "tmp") -> Path:
    """Return a temporary path beside `path` that no other process of any machine uses."""
    return path.with_name(f".{path.name}.{socket.gethostname()}-{os.getpid()}.{kind}")


def _remove_leftovers(path: Path) -> None:
    """Remove temporary files of killed processes; those of running processes stay.

    Whether a process of another machine still runs cannot be seen here, so its files stay a day.
    """
    pattern = re.compile(re.escape(f".{path.name}.") + r"(.+)-(\d+)\.(tmp|old)")
    for sibling in path.parent.iterdir():
        match = pattern.fullmatch(sibling.name)
        if match and _is_left(sibling, match[1], int(match[2])):
            if sibling.is_dir():
                shutil.rmtree(sibling, ignore_errors=True)
            else:
                sibling.unlink(missing_ok=True)


def _is_left(path: Path, host: str, process: int) -> bool:
    if host == socket.gethostname():
        return not is_running(process)
    try:
        return time.time() - path.stat().st_mtime > DAY
    except FileNotFoundError:  # its process has just finished
        return False


def wait_until_visible(path: Path) -> bool:
    """Wait until a file that another machine has written is visible here; return whether it is."""
    deadline = time.monotonic() + SHARED_SECONDS
    while not path.exists() and time.monotonic() < deadline:
        if path.parent.exists():
            list(path.parent.iterdir())  # listing makes a network file system refresh its cache
        time.sleep(LOOK_SECONDS)
    return path.exists()


def fingerprint(path: Path) -> str:
    """Return a digest of a file's content, or of a directory's file names, sizes and times."""
    path = Path(path)
    digest = hashlib.sha256()
    if path.is_dir():
        for file in files_below(path):
            stat = file.stat()
            line = f"{file.relative_to(path)} {stat.st_size} {stat.st_mtime_ns}\n"
            digest.update(os.fsencode(line))
    else:
        require_regular(path)
        with open(path, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:16]


def files_below(*folders: Path) -> Iterator[Path]:
    """Yield all files below the folders, sorted, following links.

    Corpus discs are often linked into one folder. A folder that several paths lead to is visited
    once. A folder that may not be read is an error.
    """

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    seen = set()
    for folder in folders:
        for here, inner, names in os.walk(folder, onerror=refuse, followlinks=True):
            if (real := os.path.realpath(here)) in seen:
                inner.clear()
                continue
            seen.add(real)
            inner.sort()
            yield from (file for name in sorted(names) if (file := Path(here, name)).is_file())
