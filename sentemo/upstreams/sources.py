"""Search for an upstream: an experiment, a weights file, a zip, a directory, a published name."""

import os
from collections.abc import Callable
from pathlib import Path

from sentemo.core import plugins
from sentemo.core.errors import SentemoError
from sentemo.core.packed import META, PackedModel, existing
from sentemo.modules.huggingface import WHISPER, require_speech_encoder, require_transformers
from sentemo.upstreams.hub import fetch_published
from sentemo.upstreams.huggingface import HuggingFaceSource
from sentemo.upstreams.saved import WEIGHTS, SavedSource, is_saved, model_type
from sentemo.upstreams.source import Source
from sentemo.upstreams.whisper import BUILT_IN, WhisperSource, built_in_source

UPSTREAM_OPTION = "--upstream"
SEED = "{seed}"  # in the path of an upstream: one pre-training for each seed of a study

# Returns the source of an upstream, from its name and from the words of messages; None of another.
Finder = Callable[[str, str], Source | None]
_finders: list[Finder] = []


def register_upstream(finder: Finder) -> Finder:
    """Register upstreams of a kind of your own, from a module that ``--plugin`` names.

    The function is asked before ours. It gets what ``--upstream`` says, and the words with which
    messages begin; it returns a `Source`, or None where the upstream is not of its kind.
    """
    _finders.append(finder)
    return finder


def find_source(upstream: str, option: str = UPSTREAM_OPTION) -> Source:
    """Find the files that the option ``--upstream`` means.

    Parameters
    ----------
    upstream
        An experiment directory of ours or of ESPnet, or one of its weights files; a zip of
        ESPnet's packer, or the folder that it was unpacked into; a directory that Hugging Face
        Transformers wrote; a name on the Hugging Face Hub or a tag of ESPnet's model zoo, like
        ``<user>/<model>``; ``built-in``; or what a plugin knows, see `register_upstream`.
    option
        The option that named it, for messages.

    Raises
    ------
    SentemoError
        When there is nothing of the kind, or a tag cannot be fetched.
    """
    path, where = Path(upstream), f"{option} {upstream}".lstrip()
    plugins.load()
    for finder in _finders:
        if source := finder(upstream, where):
            return source
    if upstream == BUILT_IN:
        return built_in_source()
    if not path.exists():
        path = fetch_published(upstream, where)
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
    is_path = upstream not in ("", BUILT_IN) and (path.exists() or SEED in upstream)
    return os.path.abspath(path) if is_path else upstream


def of_seed(upstream: str, seed: int) -> str:
    """Return the upstream that a study takes over with this seed."""
    return upstream.replace(SEED, str(seed))


def model_name(upstream: str) -> str:
    """Name a model for people: a weights file by its experiment too."""
    path = Path(os.path.abspath(upstream))
    return f"{path.parent.name}_{path.stem}" if path.suffix == ".pth" else path.name


def _in_folder(folder: Path, where: str) -> Source:
    if (folder / "config.yaml").is_file():
        return Source(folder / "config.yaml")
    if (folder / META).is_file():
        return _packed(PackedModel(folder, where))
    if is_saved(folder):
        return _saved(folder, where)
    if weights := [name for name in WEIGHTS if (folder / name).is_file()]:
        raise SentemoError(
            f"{where}: it has {weights[0]} and no config.json, which describes the model. Download "
            "the whole model again."
        )
    raise SentemoError(
        f"{where}: no config.yaml in it. Give the experiment directory of an ASR training, like "
        "egs/librispeech/exp/asr_ctc_small, or a directory of a Hugging Face model."
    )


def _saved(folder: Path, where: str) -> SavedSource:
    kind = model_type(folder)
    if kind == WHISPER:
        return WhisperSource.in_folder(folder, where)
    require_speech_encoder(kind, where)
    require_transformers(where)
    return HuggingFaceSource.in_folder(folder, where)


def _packed(model: PackedModel) -> Source:
    config_file, weights_file = model.require("asr_train_config", "asr_model_file", task="ASR")
    return Source(config_file, root=model.folder, weights_file=weights_file)
