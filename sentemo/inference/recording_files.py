"""Recordings as they are given on a command line: files, folders, the standard input."""

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from sentemo.core.errors import SentemoError
from sentemo.core.files import files_below
from sentemo.core.printable import printable
from sentemo.data.audio import AUDIO_ENDINGS, FOREIGN_ENDINGS
from sentemo.inference.recordings import Recording

STDIN = "-"


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
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        try:
            yield open_file(copy.name)
        except SentemoError as error:
            raise SentemoError(str(error).replace(copy.name, STDIN)) from error


def why(error: Exception, name: str) -> str:
    """Return the reason for which a recording cannot be used, without its name."""
    return str(error).removeprefix(f"{name}: ")
