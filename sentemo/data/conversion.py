"""Conversion by sox of recordings that libsndfile cannot read, such as AMR and WavPack.

Only these formats need sox: wav, flac, mp3, ogg, sph and many others are read directly.
"""

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import soundfile

from sentemo.core.errors import Problems
from sentemo.core.file_names import file_name
from sentemo.core.files import atomic_dir
from sentemo.core.markers import Marker
from sentemo.core.processes import worker_count
from sentemo.data.audio import MAX_SAMPLES, READER_THREADS
from sentemo.data.foreign_files import foreign_kind
from sentemo.data.preparation import require_replaceable
from sentemo.data.tables import write_table

SOURCES = "sources.scp"  # the converted files; a folder with this file may be replaced
PLAYLISTS = (".m3u", ".pls")  # sox would read the files that they list, even from the network
WITHOUT_SOX = (
    "libsndfile cannot read them, but the sox program may: apt-get install sox libsox-fmt-all, "
    "conda install -c conda-forge sox, or brew install sox; its Python package: pip install sox. "
    "Or convert them to FLAC or WAV yourself. Then run the same command again."
)
BEYOND_SOX = (
    "Convert these files to FLAC or WAV yourself, for instance with ffmpeg -i FILE FILE.flac, or "
    "leave them out. A file that sox warns about, for instance as it guesses the rate, counts as "
    "unreadable."
)


def convert_unreadable(
    recordings: Mapping[str, Path], dest: Path, nj: int | None = 1
) -> dict[str, Path]:
    """Convert recordings that libsndfile cannot read to FLAC, keeping their rate and channels.

    Parameters
    ----------
    recordings
        Audio files by id.
    dest
        Folder of the converted files. It is written atomically, only if there are any, and replaces
        an earlier one.
    nj
        Number of sox processes at a time; None runs one per available core.

    Returns
    -------
    dict
        The new file of each recording that was converted.

    Raises
    ------
    SentemoError
        Naming all files that are missing, that need sox while it is not installed, or that sox
        cannot read without a warning.
    """
    dest = Path(dest)
    sources = find_unreadable(recordings)
    if not sources:
        return {}
    # Each file is converted once, though the two channels of a file may be two recordings.
    names = {path: f"{file_name(quote(name, safe=''))}.flac" for name, path in sources.items()}
    files = {name: Path(os.path.abspath(dest / names[path])) for name, path in sources.items()}
    state = {name: [str(path), *_size_and_time(path)] for name, path in sources.items()}
    marker = Marker(dest / ".done.json", [], state)
    if marker.is_current() and all(file.is_file() for file in files.values()):
        return files
    _require_sox(dest, sources)
    require_replaceable(dest, SOURCES)
    with atomic_dir(dest) as aside:
        _convert(dest, {path: aside / name for path, name in names.items()}, nj)
        write_table(aside / SOURCES, {name: os.path.abspath(p) for name, p in sources.items()})
    marker.write()
    return files


def _size_and_time(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def find_unreadable(recordings: Mapping[str, Path]) -> dict[str, Path]:
    """Return the recordings that libsndfile cannot read.

    Raises
    ------
    SentemoError
        Naming all files that are missing, that may not be read, or that sox cannot read either.
    """
    with ThreadPoolExecutor(READER_THREADS) as pool:
        readable = dict(zip(recordings, pool.map(_is_readable, recordings.values()), strict=True))
    found = {name: path for name, path in recordings.items() if not readable[name]}
    problems = Problems("recordings")
    for name, path in found.items():
        if not path.is_file():
            problems.add("missing audio", name, str(path))
        elif not os.access(path, os.R_OK):
            problems.add("no permission to read it", name, str(path))
        elif kind := foreign_kind(path):
            problems.add("no audio, or audio that needs ffmpeg", name, f"{path}: {kind}")
    problems.raise_if_any("Correct these paths, or leave these recordings out.")
    return found


def _is_readable(path: Path) -> bool:
    # `read_header` would also refuse truncated files, which sox would convert as they are.
    try:
        soundfile.info(os.fsencode(path))
    except (soundfile.LibsndfileError, TypeError):  # TypeError: the name ends in .raw
        return False
    return True


def _require_sox(dest: Path, sources: Mapping[str, Path]) -> None:
    missing = "the sox program" if shutil.which("sox") is None else ""
    if not missing:  # the package warns on import if the program is missing
        try:
            import sox  # noqa: F401
        except ImportError:
            missing = "the Python package sox"
    problems = Problems(str(dest))
    for name, path in sources.items() if missing else ():
        problems.add(f"needs {missing}, which is not installed", name, str(path))
    problems.raise_if_any(WITHOUT_SOX)


def _convert(dest: Path, files: Mapping[Path, Path], nj: int | None) -> None:
    from tqdm import tqdm

    with ThreadPoolExecutor(worker_count(nj)) as pool:
        found = pool.map(_convert_one, files, files.values())
        messages = list(tqdm(found, total=len(files), desc="converting", unit="file"))
    problems = Problems(str(dest))
    for source, message in zip(files, messages, strict=True):
        if message:
            problems.add("unreadable audio", str(source), message)
    problems.raise_if_any(BEYOND_SOX)


def _convert_one(source: Path, dest: Path) -> str:
    """Convert a file, and return the problem that sox found, or "" if there was none."""
    from sox.core import sox

    if source.suffix.lower() in PLAYLISTS:
        return "a list of files, not audio"
    # sox gives a leading dash or bar a meaning, so paths are absolute; and it takes brackets for a
    # pattern, hence --no-glob.
    paths = os.path.abspath(source), os.path.abspath(dest)
    status, _, message = sox(["sox", "-D", "-V2", "--no-glob", paths[0], "-t", "flac", paths[1]])
    if status or message:
        return " ".join((message or f"sox ended with status {status}").split())
    # FLAC without samples has no length in its header, which libsndfile reports as a huge one.
    return "" if 0 < soundfile.info(paths[1]).frames < MAX_SAMPLES else "no samples"
