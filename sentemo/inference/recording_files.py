"""Recordings as they are given on a command line: files, folders, the standard input."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from sentemo.core.errors import SentemoError
from sentemo.core.files import files_below
from sentemo.core.printable import printable
from sentemo.data.audio import AUDIO_ENDINGS, FOREIGN_ENDINGS
from sentemo.inference.recordings import Recording

STDIN = "-"
BLOCK = 4 << 20  # bytes read at a time; the first ones hold a header, whatever tags it has
LARGEST_INPUT = 4 << 30  # bytes that the header of a WAV can count


def find_recordings(given: Sequence[str]) -> Iterator[str]:
    """Name the recordings, those of folders too.

    Raises
    ------
    SentemoError
        When a folder has none.
    """
    endings = AUDIO_ENDINGS | FOREIGN_ENDINGS
    for name in given:
        if not Path(name).is_dir():
            yield name
            continue
        inside = list(files_below(Path(name)))
        audio = [str(path) for path in inside if path.suffix.lower() in endings]
        if not audio:
            raise SentemoError(f"{name}: no recordings in it ({' '.join(sorted(AUDIO_ENDINGS))})")
        if len(audio) < len(inside):
            kinds = Counter(path.suffix.lower() or "no ending" for path in inside)
            others = [f"{n} {kind}" for kind, n in sorted(kinds.items()) if kind not in endings]
            passed = f"{len(inside) - len(audio)} other files passed over ({', '.join(others)})"
            print(f"{printable(name)}: {printable(passed)}", file=sys.stderr)
        yield from audio


@contextmanager
def opened(name: str, open_file: Callable[[str], Recording]) -> Iterator[Recording]:
    """Open a recording, which may be the standard input."""
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
    return str(error).removeprefix(f"{name}: ")
