"""Packed models: a zip of ESPnet's packer, the folder it was unpacked into, or a published tag.

``meta.yaml`` names each packed file by its role. A packed model is not trusted: file names must
stay inside its folder, and YAML is read as data.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentemo.core.archive import cache_folder, is_inside, unpack
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError

META = "meta.yaml"  # ESPnet's packer writes it beside the packed files


class PackedModel:
    """The files of a packed model.

    Parameters
    ----------
    folder
        Folder with ``meta.yaml``.
    where
        The model as the user named it, for messages.

    Raises
    ------
    SentemoError
        When the folder has no ``meta.yaml``, or one that is not a mapping.
    """

    def __init__(self, folder: Path, where: str) -> None:
        self.folder = folder
        self._where = where
        meta = read_config(existing(folder / META, where))
        self._named = {**_mapping(meta.get("yaml_files")), **_mapping(meta.get("files"))}

    @classmethod
    def of_archive(cls, archive: Path, where: str) -> "PackedModel":
        """Unpack a zip into the cache, once; the model may lie in a subfolder."""
        folder = unpack(archive)
        found = sorted(folder.rglob(META), key=lambda path: len(path.parts))
        return cls(found[0].parent if found else folder, where)

    def roles(self) -> list[str]:
        """Return the roles of all packed files, sorted."""
        return sorted(self._named)

    def has(self, role: str) -> bool:
        """Tell whether the file of a role is there; a model that ships may leave files out."""
        name = self._named.get(role)
        return isinstance(name, str) and self._inside(name).is_file()

    def leaves_out(self, role: str) -> bool:
        """Tell whether the file of a role is named, and not there."""
        return isinstance(self._named.get(role), str) and not self.has(role)

    def require(self, *roles: str, task: str) -> list[Path]:
        """Return the files of these roles.

        Parameters
        ----------
        task
            The task that needs them, such as ASR, for the message.

        Raises
        ------
        SentemoError
            When ``meta.yaml`` does not name a role, or its file is missing or outside the folder.
        """
        for role in roles:
            if not isinstance(self._named.get(role), str):
                raise SentemoError(
                    f"{self._where}: its {META} names no {role}, so this is not an {task} model. "
                    f"It names {', '.join(self.roles()) or 'nothing'}."
                )
        return [existing(self._inside(self._named[role]), self._where) for role in roles]

    def _inside(self, name: str) -> Path:
        """Return the path of a file; the packer may have recorded an absolute one."""
        relative = name.lstrip("/")
        if not is_inside(relative):
            raise SentemoError(f"{self._where}: {name!r} lies outside the packed model.")
        return self.folder / relative


def existing(path: Path, where: str) -> Path:
    """Return the path of a file, insisting that the file exists."""
    if not path.is_file():
        raise SentemoError(f"{where}: {path.name} is missing (expected at {path}).")
    return path


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def fetch(tag: str, where: str) -> Path:
    """Download a published model with ESPnet's model zoo, once.

    Raises
    ------
    SentemoError
        When the tag looks like a path, or cannot be fetched.
    """
    if tag.startswith(("/", ".", "~")) or tag.endswith((".zip", ".pth")) or tag.count("/") > 1:
        raise SentemoError(f"{where}: no such file or folder.")
    try:
        from espnet_model_zoo.downloader import ModelDownloader
    except ImportError:
        raise SentemoError(
            f"{where}: no such file or folder. To fetch it from the Hugging Face Hub: pip install "
            "huggingface_hub; as a tag of ESPnet's model zoo: pip install espnet_model_zoo."
        ) from None
    try:
        return Path(ModelDownloader(cache_folder() / "zoo").download(tag))
    except (OSError, ValueError, RuntimeError, LookupError, AssertionError) as error:
        raise SentemoError(
            f"{where}: no such file or folder, and no tag that could be fetched ({error}). Without "
            "a network, give a directory or a zip archive that was downloaded before."
        ) from error
