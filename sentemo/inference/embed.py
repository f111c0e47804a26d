"""The command `sentemo embed`: states or pooled vectors of files and folders, as arrays."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.core.errors import LAYOUT, USAGE, SentemoError, file_error, require_streams
from sentemo.core.printable import printable
from sentemo.data.audio import AudioHeader, read_headers
from sentemo.inference.array_files import (
    ARK,
    NPZ,
    ArrayWriter,
    array_writer,
    require_names,
    require_writable,
)
from sentemo.inference.recording_files import STDIN, find_recordings, opened, why

if TYPE_CHECKING:
    from sentemo.inference.embedding import Embedder

SOME_FAILED = 1  # exit status
OUTPUT = "embeddings"  # default name of the output


@dataclass(frozen=True)
class EmbedOptions:
    """Options of the command, by the names that they have on the command line.

    Attributes
    ----------
    model
        See `sentemo.inference.embedding.find_upstream`.
    files
        Recordings, folders of recordings, or ``-`` for the standard input.
    layer
        A number, ``last`` or ``all``; None means all, and is an error without pooling.
    pooling, half, device
        See `Embedder`.
    format
        ``npz``: one file; ``npy``: a file for each recording; ``ark``: Kaldi's ark and scp.
    output
        File of format npz, or folder of the others; None means ``embeddings.npz`` or
        ``embeddings``.
    window
        Window that Whisper hears, see `Upstream`.
    overwrite
        Whether an earlier output is replaced.
    """

    model: str
    files: Sequence[str]
    layer: str | None = None
    pooling: str = "mean_std"
    format: str = NPZ
    output: Path | None = None
    window: str = ""
    half: bool = False
    device: str = "cpu"
    overwrite: bool = False

    @property
    def place(self) -> Path:
        """Path of the output."""
        return self.output or Path(f"{OUTPUT}.npz" if self.format == NPZ else OUTPUT)

    def check(self) -> None:
        """Check the options that no model and no file is needed for.

        Raises
        ------
        SentemoError
            When options contradict each other, or the output is there already.
        """
        if self.pooling == "none" and self.layer in (None, "all"):
            raise SentemoError("--pooling none keeps the states of one layer: give --layer N")
        if self.half and self.format == ARK:
            raise SentemoError("--half: Kaldi's matrices have no half precision; choose npz or npy")
        require_writable(self.place, self.format, self.overwrite)


def embed(options: EmbedOptions) -> int:
    """Write the arrays of all files; errors go to the standard error.

    Returns
    -------
    int
        The exit status: 0 when every file was encoded, `SOME_FAILED` when some could not be,
        `USAGE` when the options or the model are wrong.
    """
    try:
        require_streams()
        options.check()
        files = list(find_recordings(options.files))
        names = ids_of(files)
        require_names(names, options.format)
        embedder = _load(options)
    except (SentemoError, OSError) as error:
        print(f"error: {printable(str(error), LAYOUT)}", file=sys.stderr)
        return USAGE
    try:
        with array_writer(options.place, options.format) as writer:
            written = _write_all(embedder, dict(zip(names, files, strict=True)), writer)
    except (SentemoError, OSError) as error:
        reason = error if isinstance(error, SentemoError) else file_error(error, options.place)
        print(f"error: {printable(str(reason), LAYOUT)}", file=sys.stderr)
        return SOME_FAILED
    _say(f"{options.place}: {written} of {len(files)} recordings")
    return 0 if written == len(files) else SOME_FAILED


def ids_of(files: Sequence[str]) -> list[str]:
    """Return an id for each recording: the name without its ending, where no two have the same.

    Else the ids are paths from the folder that all recordings are in.

    Raises
    ------
    SentemoError
        When two recordings have the same path but for the ending.
    """
    paths = [Path("stdin" if name == STDIN else os.path.abspath(name)) for name in files]
    stems = [printable(path.stem) for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    common = os.path.commonpath([os.path.abspath(path.parent) for path in paths])
    found: dict[str, str] = {}
    for path, name in zip(paths, files, strict=True):
        inside = printable(Path(os.path.relpath(path, common)).with_suffix("").as_posix())
        if inside in found:
            raise SentemoError(
                f"{found[inside]} and {name} would have the same id, {inside}. Give each recording "
                "once, and rename one of two that differ in the ending only."
            )
        found[inside] = name
    print(f"some recordings have the same name: ids are paths in {common}", file=sys.stderr)
    return list(found)


def _load(options: EmbedOptions) -> "Embedder":
    from sentemo.inference.embedding import ALL, Embedder, find_upstream

    upstream = find_upstream(options.model, options.window)
    return Embedder(upstream, options.layer or ALL, options.pooling, options.half, options.device)


def _write_all(embedder: "Embedder", files: dict[str, str], writer: ArrayWriter) -> int:
    """Write the arrays of all recordings that have some; return their number.

    Raises
    ------
    SentemoError
        When there is none.
    """
    written: dict[str, str] = {}
    with _progress(list(files.values())) as advance:
        for key, name in files.items():
            try:
                with opened(name, embedder.open) as recording:
                    values = embedder(recording)
            except Exception as error:  # of any library; it is the error of this file alone
                _say(f"error: {name}: {why(error, name)}", is_error=True)
            else:
                writer.add(key, values)
                written[key] = name
                shape = " × ".join(map(str, values.shape))
                _say(f"{name}  {recording.duration:.1f} s  {key}: {shape}")
            advance(name)
    if not written:
        raise SentemoError("no recording could be encoded, so nothing was written")
    writer.describe({**embedder.description, "recordings": written})
    return len(written)


@contextmanager
def _progress(files: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """Show the seconds that are done and the time left; yield what to call after each file."""
    from tqdm import tqdm

    headers = read_headers(Path(name) for name in files if name != STDIN)
    seconds = {
        str(path): header.duration
        for path, header in headers.items()
        if isinstance(header, AudioHeader)
    }
    total = round(sum(seconds.values()))
    with tqdm(total=total, desc="embedding", unit="s of audio", disable=None) as bar:
        yield lambda name: bar.update(round(seconds.get(name, 0.0), 1))


def _say(line: str, is_error: bool = False) -> None:
    """Print a line above the progress; whether anybody reads it does not matter to the arrays."""
    from tqdm import tqdm

    try:
        tqdm.write(printable(line), file=sys.stderr if is_error else sys.stdout)
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
