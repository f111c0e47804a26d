"""Where an ASR checkpoint lies: an experiment directory, a weights file, a zip, a published tag."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sentemo.errors import SentemoError
from sentemo.upstream.archive import cache_folder, is_inside, unpack

META = "meta.yaml"  # what ESPnet's packer writes beside what it packs


@dataclass(frozen=True)
class Source:
    """The files of a checkpoint.

    Parameters
    ----------
    config_file
        ESPnet's ``config.yaml``.
    root
        Where the relative paths of a packed model's configuration start; None of an experiment
        directory, which says nothing about it.
    weights_file
        None where the experiment directory must say which of its weights are the best.
    """

    config_file: Path
    root: Path | None = None
    weights_file: Path | None = None


def find_source(asr_model: str) -> Source:
    """Find the files that the option ``--asr_model`` means.

    Parameters
    ----------
    asr_model
        An experiment directory of ours or of ESPnet, or one of its weights files; a zip of
        ESPnet's packer, or the folder that it was unpacked into; a tag of ESPnet's model zoo or of
        the Hugging Face Hub, like ``<user>/<model>``.

    Raises
    ------
    SentemoError
        When there is nothing of the kind, or a tag cannot be fetched.
    """
    path = Path(asr_model)
    if not path.exists():
        path = _fetch(asr_model)
    if path.is_dir():
        return _in_folder(path, asr_model)
    if path.suffix == ".pth":
        return Source(_existing(path.with_name("config.yaml"), asr_model), weights_file=path)
    if path.suffix.lower() == ".zip":
        return _packed(_above_meta(unpack(path)), asr_model)
    raise SentemoError(
        f"--asr_model {asr_model}: neither a folder nor a .pth or .zip file. Give the experiment "
        "directory of an ASR training, or an archive of espnet2.bin.pack, as a .zip."
    )


def model_name(asr_model: str) -> str:
    """Name a model for people: a weights file by its experiment too."""
    path = Path(os.path.abspath(asr_model))
    return f"{path.parent.name}_{path.stem}" if path.suffix == ".pth" else path.name


def _in_folder(folder: Path, asr_model: str) -> Source:
    if (folder / "config.yaml").is_file():
        return Source(folder / "config.yaml")
    if (folder / META).is_file():
        return _packed(folder, asr_model)
    raise SentemoError(
        f"--asr_model {asr_model}: no config.yaml in it. Give the experiment directory of an ASR "
        "training, like egs/librispeech/exp/asr_ctc_small."
    )


def _above_meta(folder: Path) -> Path:
    """Return where a packed model starts: an archive may hold it in a folder."""
    found = sorted(folder.rglob(META), key=lambda path: len(path.parts))
    return found[0].parent if found else folder


def _packed(folder: Path, asr_model: str) -> Source:
    meta = read_yaml(_existing(folder / META, asr_model))
    named = {**_mapping(meta.get("yaml_files")), **_mapping(meta.get("files"))}
    for role in ("asr_train_config", "asr_model_file"):
        if not isinstance(named.get(role), str):
            raise SentemoError(
                f"--asr_model {asr_model}: its {META} names no {role}, so this is no ASR model. "
                f"It names {', '.join(sorted(named)) or 'nothing'}."
            )
    config_file, weights_file = (
        _existing(_inside(folder, named[role], asr_model), asr_model)
        for role in ("asr_train_config", "asr_model_file")
    )
    return Source(config_file, root=folder, weights_file=weights_file)


def _inside(folder: Path, name: str, asr_model: str) -> Path:
    """Return the path of a packed model's file; the packer may have noted it as an absolute one.

    Raises
    ------
    SentemoError
        When it would lie outside the folder.
    """
    relative = name.lstrip("/")
    if not is_inside(relative):
        raise SentemoError(f"--asr_model {asr_model}: {name!r} lies outside the packed model.")
    return folder / relative


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


def _existing(path: Path, asr_model: str) -> Path:
    if not path.is_file():
        raise SentemoError(f"--asr_model {asr_model}: no {path.name} where it should be ({path}).")
    return path


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _fetch(tag: str) -> Path:
    """Download a published model with ESPnet's model zoo, once."""
    if tag.startswith(("/", ".", "~")) or tag.endswith((".zip", ".pth")) or tag.count("/") > 1:
        raise SentemoError(f"--asr_model {tag}: no such file or folder.")
    try:
        from espnet_model_zoo.downloader import ModelDownloader
    except ImportError:
        raise SentemoError(
            f"--asr_model {tag}: no such file or folder; to fetch it as a tag of ESPnet's model "
            "zoo or of the Hugging Face Hub, install espnet_model_zoo: pip install espnet_model_zoo"
        ) from None
    try:
        return Path(ModelDownloader(cache_folder() / "zoo").download(tag))
    except (OSError, ValueError, RuntimeError, LookupError, AssertionError) as error:
        raise SentemoError(
            f"--asr_model {tag}: no such file or folder, and as a tag could not be fetched "
            f"({error}). Without a network, give an experiment directory or a zip that was "
            "downloaded before."
        ) from error
