"""Restartable stages: files that appear whole or not at all, and markers that name their inputs."""

import copy
import hashlib
import json
import os
import re
import shlex
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from sentemo.errors import NO_ROOM, NoRoomError, of_a_file

DAY = 24 * 3600  # seconds
SHARED_SECONDS, LOOK_SECONDS = 60, 0.2  # until all machines see a file, at the latest


@contextmanager
def naming_full_disks(path: Path, aside: Path | None = None) -> Iterator[None]:
    """Say of what is written within, where there is no room for it, that `path` could not be.

    Errors that know their own file name that one, as if what lies `aside` were in place.

    Raises
    ------
    NoRoomError
        Instead of the operating system's error.
    """
    try:
        yield
    except (OSError, NoRoomError) as error:
        if isinstance(error, OSError) and error.errno not in NO_ROOM:
            raise
        message = str(of_a_file(error, path) if isinstance(error, OSError) else error)
        raise NoRoomError(message.replace(str(aside or path), str(path))) from error


@contextmanager
def atomic_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Write `path` aside and rename it into place, so that no reader ever sees half of it.

    Raises
    ------
    SentemoError
        When there is no room; what was there before stays.
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


def copy_file(source: Path, dest: Path) -> None:
    """Copy a file; see `atomic_file`."""
    with open(source, "rb") as original, atomic_file(dest, "wb") as stream:
        shutil.copyfileobj(original, stream)


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON that people read too; see `atomic_file`."""
    with atomic_file(path) as stream:
        json.dump(value, stream, indent=1, ensure_ascii=False)


@contextmanager
def atomic_dir(path: Path) -> Iterator[Path]:
    """Fill a directory aside and rename it into place, replacing what was there before.

    Raises
    ------
    SentemoError
        When there is no room; what was there before stays.
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
    """Name what this process writes; others on the machines that share this disk have their own."""
    return path.with_name(f".{path.name}.{socket.gethostname()}-{os.getpid()}.{kind}")


def _remove_leftovers(path: Path) -> None:
    """Remove what killed processes left aside; those that still run keep theirs.

    Of another machine's processes nobody here knows; theirs stay for a day.
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
    except FileNotFoundError:  # done with, just now
        return False


def is_running(pid: int) -> bool:
    """Whether another process of this number lives on this machine, and is not ending already."""
    if pid == os.getpid():
        return False  # an earlier process of the same number
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())  # gone with the process's memory
    return True


def appears(path: Path) -> bool:
    """Wait until a file that another machine has written is seen here, and say whether it is."""
    given_up = time.monotonic() + SHARED_SECONDS
    while not path.exists() and time.monotonic() < given_up:
        if path.parent.exists():
            list(path.parent.iterdir())  # a file system of the network looks again
        time.sleep(LOOK_SECONDS)
    return path.exists()


def fingerprint(path: Path) -> str:
    """Digest of a file's content, or of a directory's file names, sizes and times."""
    path = Path(path)
    digest = hashlib.sha256()
    if path.is_dir():
        for file in files_below(path):
            stat = file.stat()
            digest.update(f"{file.relative_to(path)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    else:
        with open(path, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:16]


def files_below(*folders: Path) -> Iterator[Path]:
    """Walk through folders, sorted, also through links: discs are often linked into one folder.

    What several paths lead to is visited once. A folder that may not be read is an error.
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


class Marker:
    """A stage's done-marker: it stands only beside finished output, and names what that came from.

    Parameters
    ----------
    path
        The marker, usually ``<output>/.done.<stage>.json``.
    inputs
        Files or directories that the output depends on.
    options
        JSON-able settings that the output depends on.
    output
        A file that the stage writes; a marker whose output was deleted does not count.
    """

    def __init__(
        self,
        path: Path,
        inputs: Sequence[Path],
        options: Mapping[str, Any],
        output: Path | None = None,
    ) -> None:
        self.path = Path(path)
        self._output = output
        self._state = {
            # Relative, so that a clone that moves keeps its finished stages.
            "inputs": {os.path.relpath(p, self.path.parent): fingerprint(p) for p in inputs},
            "options": json.loads(json.dumps(dict(options))),
        }

    def is_current(self) -> bool:
        """Whether the stage finished before with these very inputs and options."""
        has_output = self._output is None or self._output.exists()
        return has_output and self.path.exists() and not self.differences()

    def named(self, name: str, output: Path | None = None) -> "Marker":
        """Return a marker of the same state, as it was read first, under another name."""
        other = copy.copy(self)
        other.path, other._output = self.path.with_name(name), output
        return other

    def differences(self) -> list[str]:
        """What changed since the marker was written, one line each."""
        done = json.loads(self.path.read_text(encoding="utf-8"))
        changes = []
        for kind in ("inputs", "options"):
            before, now = done[kind], self._state[kind]
            changes += [
                f"{name}: {before.get(name)} → {now.get(name)}"
                for name in sorted(before.keys() | now.keys())
                if before.get(name) != now.get(name)
            ]
        return changes

    def write(self) -> None:
        """Declare the stage finished."""
        done = {**self._state, "command": command_line(), "finished": time.ctime()}
        write_json(self.path, done)


def command_line() -> str:
    """Return the running command as one would type it here: modules by name, relative paths."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    program = ["python", "-m", spec.name] if spec else ["python", sys.argv[0]]
    arguments = [os.path.relpath(a) if os.path.isabs(a) else a for a in sys.argv[1:]]
    return shlex.join([*program, *arguments])
