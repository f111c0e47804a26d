"""Packed models: a zip of ESPnet's packer, the folder it was unpacked into, or a published tag.

What is packed is named by role in ``meta.yaml``. Nothing of it is trusted: names stay inside the
folder, YAML is data.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sentemo.core.archive import cache_folder, is_inside, unpack
from sentemo.core.errors import SentemoError

META = "meta.yaml"  # what ESPnet's packer writes beside what it packs


class PackedModel:
    """The files of a packed model.

    Parameters
    ----------
    folder
        That has ``meta.yaml``.
    where
        What the user called the model, for messages.

    Raises
    ------
    SentemoError
        When the folder has no ``meta.yaml``, or one that is no mapping.
    """

    def __init__(self, folder: Path, where: str) -> None:
        self.folder = folder
        self._where = where
        meta = read_yaml(existing(folder / META, where))
        self._named = {**_mapping(meta.get("yaml_files")), **_mapping(meta.get("files"))}

    @classmethod
    def of_archive(cls, archive: Path, where: str) -> "PackedModel":
        """Unpack a zip into the cache, once; the model may lie in a folder of it."""
        folder = unpack(archive)
        found = sorted(folder.rglob(META), key=lambda path: len(path.parts))
        return cls(found[0].parent if found else folder, where)

    def roles(self) -> list[str]:
        """What the packer called its files, in order."""
        return sorted(self._named)

    def require(self, *roles: str, task: str) -> list[Path]:
        """Return the files of these roles.

        Parameters
        ----------
        task
            Such as ASR, for the message.

        Raises
        ------
        SentemoError
            When ``meta.yaml`` does not name one, it lies outside the folder, or is not there.
        """
        for role in roles:
            if not isinstance(self._named.get(role), str):
                raise SentemoError(
                    f"{self._where}: its {META} names no {role}, so this is no {task} model. "
                    f"It names {', '.join(self.roles()) or 'nothing'}."
                )
        return [existing(self._inside(self._named[role]), self._where) for role in roles]

    def _inside(self, name: str) -> Path:
        """Return the path of a file, which the packer may have noted as an absolute one."""
        relative = name.lstrip("/")
        if not is_inside(relative):
            raise SentemoError(f"{self._where}: {name!r} lies outside the packed model.")
        return self.folder / relative


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping of a checkpoint as data.

    Raises
    ------
    SentemoError
        When it is no YAML, no mapping, or asks for Python objects.
    """
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SentemoError(f"{path}: not readable as YAML ({error})") from error
    if not isinstance(loaded, dict):
        raise SentemoError(f"{path}: not a mapping of names to values")
    return loaded


def existing(path: Path, where: str) -> Path:
    """Return a file's path, insisting that it is there."""
    if not path.is_file():
        raise SentemoError(f"{where}: no {path.name} where it should be ({path}).")
    return path


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def fetch(tag: str, where: str) -> Path:
    """Download a published model with ESPnet's model zoo, once.

    Raises
    ------
    SentemoError
        When it looks like a path, or cannot be fetched.
    """
    if tag.startswith(("/", ".", "~")) or tag.endswith((".zip", ".pth")) or tag.count("/") > 1:
        raise SentemoError(f"{where}: no such file or folder.")
    try:
        from espnet_model_zoo.downloader import ModelDownloader
    except ImportError:
        raise SentemoError(
            f"{where}: no such file or folder; to fetch it as a tag of ESPnet's model "
            "zoo or of the Hugging Face Hub, install espnet_model_zoo: pip install espnet_model_zoo"
        ) from None
    try:
        return Path(ModelDownloader(cache_folder() / "zoo").download(tag))
    except (OSError, ValueError, RuntimeError, LookupError, AssertionError) as error:
        raise SentemoError(
            f"{where}: no such file or folder, and as a tag could not be fetched "
            f"({error}). Without a network, give an experiment directory or a zip that was "
            "downloaded before."
        ) from error
