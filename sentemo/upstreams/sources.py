"""Search for an upstream: an experiment directory, a weights file, a zip, a published tag."""

import os
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.packed import META, PackedModel, existing, fetch
from sentemo.upstreams.source import Source
from sentemo.upstreams.whisper import BUILT_IN, WhisperSource, built_in_source, is_whisper

UPSTREAM_OPTION = "--upstream"


def find_source(upstream: str, option: str = UPSTREAM_OPTION) -> Source:
    """Find the files that the option ``--upstream`` means.

    Parameters
    ----------
    upstream
        An experiment directory of ours or of ESPnet, or one of its weights files; a zip of
        ESPnet's packer, or the folder that it was unpacked into; a tag of ESPnet's model zoo or of
        the Hugging Face Hub, like ``<user>/<model>``; a directory of Whisper as Hugging Face has
        it; or ``built-in``.
    option
        The option that named it, for messages.

    Raises
    ------
    SentemoError
        When there is nothing of the kind, or a tag cannot be fetched.
    """
    path, where = Path(upstream), f"{option} {upstream}".lstrip()
    if upstream == BUILT_IN:
        return built_in_source()
    if not path.exists():
        path = fetch(upstream, where)
    if path.is_dir():
        return _in_folder(path, where)
    if path.suffix == ".pth":
        return Source(existing(path.with_name("config.yaml"), where), weights_file=path)
    if path.suffix.lower() == ".zip":
        return _packed(PackedModel.of_archive(path, where))
    raise SentemoError(
        f"{where}: neither a folder nor a .pth or .zip file. Give the experiment "
        "directory of an ASR training, or an archive of espnet2.bin.pack, as a .zip."
    )


def located(upstream: str, folder: Path | None = None) -> str:
    """Make a path absolute, from a folder or from here; a name or tag stays as it is.

    Links are not followed: a checkpoint's other files lie beside the link.
    """
    path = Path(folder or ".", upstream)
    is_path = upstream not in ("", BUILT_IN) and path.exists()
    return os.path.abspath(path) if is_path else upstream


def model_name(upstream: str) -> str:
    """Name a model for people: a weights file by its experiment too."""
    path = Path(os.path.abspath(upstream))
    return f"{path.parent.name}_{path.stem}" if path.suffix == ".pth" else path.name


def _in_folder(folder: Path, where: str) -> Source:
    if (folder / "config.yaml").is_file():
        return Source(folder / "config.yaml")
    if (folder / META).is_file():
        return _packed(PackedModel(folder, where))
    if is_whisper(folder):
        return WhisperSource.in_folder(folder, where)
    raise SentemoError(
        f"{where}: no config.yaml in it. Give the experiment directory of an ASR "
        "training, like egs/librispeech/exp/asr_ctc_small."
    )


def _packed(model: PackedModel) -> Source:
    config_file, weights_file = model.require("asr_train_config", "asr_model_file", task="ASR")
    return Source(config_file, root=model.folder, weights_file=weights_file)
