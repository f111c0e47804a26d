"""Recordings as they are given on a command line: files, folders, the standard input."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from sentemo.core.errors import SentemoError, library_reason
from sentemo.core.files import files_below
from sentemo.core.printable import printable
from sentemo.data.audio import AUDIO_ENDINGS, FOREIGN_ENDINGS
from sentemo.inference.recordings import Recording

STDIN = "-"
BLOCK = 4 << 20  # bytes read at a time; the first ones hold a header, whatever tags it has
LARGEST_INPUT = 4 << 30  # bytes that the header of a WAV can count


def find_recordings(given: Sequence[str]) -> Iterator[str]:
    """Name the recordings, those of folders too; a folder without any stands for itself."""
    endings = AUDIO_ENDINGS | FOREIGN_ENDINGS
    for name in given:
        if not os.path.isdir(name):  # unlike that of Path, it takes any name
            yield name
            continue
        inside = list(files_below(Path(name)))
        audio = [str(path) for path in inside if path.suffix.lower() in endings]
        if not audio:
            yield name
        if len(audio) < len(inside):
            kinds = Counter(path.suffix.lower() or "no ending" for path in inside)
            others = [f"{n} {kind}" for kind, n in sorted(kinds.items()) if kind not in endings]
            passed = f"{len(inside) - len(audio)} other files passed over ({', '.join(others)})"
            print(f"{printable(name)}: {printable(passed)}", file=sys.stderr)
        yield from audio


@contextmanager
def opened(name: str, open_file: Callable[[str], Recording]) -> Iterator[Recording]:
    """Open a recording, which may be the standard input.

    Raises
    ------
    SentemoError
        When it cannot be read, or is a folder or no name at all.
    """
    if not name or os.path.isdir(name):
        endings = " ".join(sorted(AUDIO_ENDINGS))
        raise SentemoError(f"no recordings in it ({endings})" if name else "an empty name")
    if name != STDIN:
        yield open_file(name)
        return
    with NamedTemporaryFile(suffix=".audio") as copy:  # libsndfile seeks, and a pipe cannot
        _copy_standard_input(copy)
        try:
            yield open_file(copy.name)
        except SentemoError as error:
            raise SentemoError(str(error).replace(copy.name, STDIN)) from error


def _copy_standard_input(copy: IO[bytes]) -> None:
    """Copy the standard input, which may have no end and be no audio.

    Raises
    ------
    SentemoError
        When it is larger than any WAV, or its first part has no header that libsndfile knows.
    """
    size = 0
    while block := sys.stdin.buffer.read(BLOCK):
        size += copy.write(block)
        copy.flush()
        if size == len(block) == BLOCK:
            _require_known(Path(copy.name))
        if size > LARGEST_INPUT:
            raise SentemoError(f"-: longer than {LARGEST_INPUT >> 30} GiB; give a file.")


def _require_known(beginning: Path) -> None:
    import soundfile

    try:
        soundfile.info(str(beginning))
    except soundfile.LibsndfileError as error:
        raise SentemoError(f"-: unreadable audio ({error.error_string})") from None


def why(error: Exception, name: str) -> str:
    """Return the reason for which a recording cannot be used, without its name."""
    if not isinstance(error, SentemoError | OSError):
        return f"{type(error).__name__}: {library_reason(error)}"
    return str(error).removeprefix(f"{name}: ")
