"""Directories that ``save_pretrained`` of Hugging Face Transformers wrote: description and weights.

Only data is read. Code that a directory may hold is never looked at, and of a pickle only tensors
are loaded.
"""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sentemo.core import structured
from sentemo.core.errors import SentemoError
from sentemo.upstreams.source import Source
from sentemo.upstreams.weights import read_weights

if TYPE_CHECKING:
    import torch

CONFIG = "config.json"
SAFETENSORS = ".safetensors"
SAFE, PICKLED = "model" + SAFETENSORS, "pytorch_model.bin"
INDEX = ".index.json"  # of weights in several files, the shards
WEIGHTS = (SAFE, SAFE + INDEX, PICKLED, PICKLED + INDEX)  # in the order of preference
DOWNLOAD = "Download the whole model again."

Saved = TypeVar("Saved", bound="SavedSource")


def is_saved(folder: Path) -> bool:
    """Return whether a directory holds a description as ``save_pretrained`` writes it."""
    return (folder / CONFIG).is_file()


def model_type(folder: Path) -> str | None:
    """Return the type of a model, such as ``whisper`` or ``hubert``; None where none is named."""
    return read_json(folder / CONFIG).get("model_type")


@dataclass(frozen=True)
class SavedSource(Source):
    """A directory of Hugging Face, whose `weights_file` is one file or the index of several."""

    where: str = ""

    @classmethod
    def in_folder(cls: type[Saved], folder: Path, where: str) -> Saved:
        """Return the model in a directory, after a look at all of its files.

        Raises
        ------
        SentemoError
            When there is a description without weights, a shard is missing, or a file is not
            whole.
        """
        found = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
        if found is None:
            raise SentemoError(
                f"{where}: it has a {CONFIG} and no weights ({', '.join(WEIGHTS)}). {DOWNLOAD}"
            )
        source = cls(folder / CONFIG, weights_file=found, where=where)
        for file in source._weights_files(found):
            _require_whole(file, where)
        return source

    def files(self, weights_file: Path) -> list[Path]:
        """Return all files that the model consists of."""
        return [self.config_file, *self._weights_files(weights_file)]

    def described(self) -> dict[str, Any]:
        """Return the content of ``config.json``."""
        return read_json(self.config_file)

    def stored_weights(self, weights_file: Path) -> Iterator[tuple[str, "torch.Tensor"]]:
        """Yield all weights under the names that they have in the files."""
        for file in self._weights_files(weights_file):
            yield from _read(file, self.where).items()

    def _weights_files(self, weights_file: Path) -> list[Path]:
        if not weights_file.name.endswith(INDEX):
            return [weights_file]
        shards = read_json(weights_file).get("weight_map")
        if not isinstance(shards, dict) or not shards:
            raise SentemoError(f"{self.where}: {weights_file.name} names no shards. {DOWNLOAD}")
        # An index names files beside it, and no others.
        return [weights_file.with_name(name) for name in sorted(_names(shards.values()))]


def _names(paths: Iterable[Any]) -> set[str]:
    return {Path(str(path)).name for path in paths}


def read_json(path: Path) -> dict[str, Any]:
    """Read a description.

    Raises
    ------
    SentemoError
        When it is no mapping in JSON.
    """
    return structured.read_json(path, dict[str, Any], DOWNLOAD)


def _require_whole(file: Path, where: str) -> None:
    """Raise a `SentemoError` unless a file of weights is there and is not cut off.

    Of safetensors, the header says where the file ends; zip archives, as torch writes them, have
    their table at the end.
    """
    if not file.is_file():
        raise SentemoError(f"{where}: {file.name} is missing. {DOWNLOAD}")
    if file.suffix == SAFETENSORS:
        from safetensors import safe_open

        with _damage_as_error(file, where), safe_open(file, framework="np"):
            return
    with file.open("rb") as stream:
        is_archive = stream.read(2) == b"PK"
    if is_archive and not zipfile.is_zipfile(file):
        raise SentemoError(f"{where}: {file.name} is cut off. {DOWNLOAD}")


def _read(file: Path, where: str) -> dict[str, "torch.Tensor"]:
    """Read a file of weights by name."""
    if file.suffix != SAFETENSORS:
        return read_weights(file)
    from safetensors.torch import load_file

    with _damage_as_error(file, where):
        return load_file(file)


@contextmanager
def _damage_as_error(file: Path, where: str) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise SentemoError(
            f"{where}: {file.name} cannot be read as weights ({error}). {DOWNLOAD}"
        ) from error
