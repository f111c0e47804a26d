"""Arrays by id on the disk: in one npz file, an npy file each, or an ark of Kaldi.

They are written one after another, so that many need no more memory, and appear under their name
when the last one is there.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_dir, atomic_file, write_json

NPZ, NPY, ARK = "npz", "npy", "ark"
FORMATS = (NPZ, NPY, ARK)
DESCRIPTION = "description"  # name of the array in an npz file
DESCRIPTION_FILE = "description.json"  # of folders
ARK_FILE, SCP_FILE = "embeddings.ark", "embeddings.scp"


class ArrayWriter(Protocol):
    """Writes arrays one by one, and in the end what describes them."""

    def add(self, name: str, values: np.ndarray) -> None:
        """Write the array of an id."""

    def describe(self, description: dict[str, Any]) -> None:
        """Write the description."""


def require_writable(path: Path, kind: str, overwrite: bool) -> None:
    """Insist that arrays may be written to a path.

    Raises
    ------
    SentemoError
        When something is there, and with `overwrite`, when it is not of the same format.
    """
    if not path.exists():
        return
    if not overwrite:
        raise SentemoError(f"{path}: exists already. Give another --output, or --overwrite.")
    ours = path.is_file() if kind == NPZ else (path / DESCRIPTION_FILE).is_file()
    if not ours:
        raise SentemoError(f"{path}: is not what --format {kind} wrote, and stays as it is.")


def require_names(names: Sequence[str], kind: str) -> None:
    """Insist that these ids are allowed in a format.

    Raises
    ------
    SentemoError
        See above.
    """
    for name in names:
        if kind == ARK and len(name.split()) != 1:
            raise SentemoError(
                f"a recording is called {name!r}, and an id of Kaldi has no space. Rename it, or "
                f"choose --format {NPZ}."
            )
        if kind == NPZ and name == DESCRIPTION:
            raise SentemoError(
                f"a recording is called {name!r}, the name of the description in an npz file. "
                f"Rename it, or choose --format {NPY}."
            )


@contextmanager
def array_writer(path: Path, kind: str) -> Iterator[ArrayWriter]:
    """Open the arrays at a path for writing; nothing appears there if this ends with an error.

    Parameters
    ----------
    path
        A file of format npz, a folder of the other formats.
    """
    if kind == NPZ:
        with atomic_file(path, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
            yield _Npz(archive)
        return
    with atomic_dir(path) as folder:
        if kind == NPY:
            yield _Npy(folder)
            return
        with open(folder / ARK_FILE, "wb") as ark, open(folder / SCP_FILE, "w") as scp:
            yield _Ark(folder, ark, scp, path.absolute() / ARK_FILE)


class _Npz:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, values: np.ndarray) -> None:
        # Without the time of day, the same arrays make the same file.
        member = zipfile.ZipInfo(f"{name}.npy")
        member.external_attr = 0o644 << 16
        with self._archive.open(member, "w", force_zip64=True) as stream:
            np.lib.format.write_array(stream, values, allow_pickle=False)

    def describe(self, description: dict[str, Any]) -> None:
        self.add(DESCRIPTION, np.array(json.dumps(description, ensure_ascii=False)))


class _Npy:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, values: np.ndarray) -> None:
        path = self._folder / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, values, allow_pickle=False)

    def describe(self, description: dict[str, Any]) -> None:
        write_json(self._folder / DESCRIPTION_FILE, description)


class _Ark(_Npy):
    def __init__(self, folder: Path, ark: IO[bytes], scp: IO[str], place: Path) -> None:
        super().__init__(folder)
        self._ark, self._scp, self._place = ark, scp, place

    def add(self, name: str, values: np.ndarray) -> None:
        import kaldiio

        offset = self._ark.tell() + len(f"{name} ".encode())
        kaldiio.save_ark(self._ark, {name: values})
        self._scp.write(f"{name} {self._place}:{offset}\n")
