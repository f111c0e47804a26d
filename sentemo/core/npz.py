"""Arrays in npz files, which somebody else may have written: read as data, and bounded."""

import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import require_regular

LARGEST = 256 << 20  # bytes of all arrays of a file, unpacked
# What numpy and zipfile raise for damaged files.
DAMAGE = (
    *(OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, MemoryError, KeyError),
    *(SyntaxError, TypeError, RuntimeError, NotImplementedError, tokenize.TokenError),
)


def read_npz(path: Path, remedy: str, largest: int = LARGEST) -> dict[str, np.ndarray]:
    """Read all arrays of an npz file by name.

    Parameters
    ----------
    remedy
        What to do about a wrong file.
    largest
        Bytes that its arrays may have together.

    Raises
    ------
    SentemoError
        When it is damaged, holds Python objects, or has more than these bytes.
    """
    require_regular(path)
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > largest:
            raise ValueError(f"{size:,} bytes unpacked, more than {largest:,}")
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except DAMAGE as error:
        raise SentemoError(f"{path}: damaged ({error}). {remedy}") from error
