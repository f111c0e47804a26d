"""Whisper as an upstream: a directory of Hugging Face, or the first layers that are built in."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import SentemoError
from sentemo.core.packed import existing
from sentemo.data.features import SAMPLE_RATE, raw_type
from sentemo.upstreams.quantised import read_quantised
from sentemo.upstreams.source import Source
from sentemo.upstreams.weights import read_weights

if TYPE_CHECKING:
    import torch

BUILT_IN = "built-in"
BUILT_IN_FOLDER = Path(__file__).parent / "built_in"
CONFIG = "config.json"
SINGLE, SHARDS, PICKLED = "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"
PREFIXES = ("model.encoder.", "encoder.")  # of the whole recogniser, and of its bare model


def is_whisper(folder: Path) -> bool:
    """Return whether a directory is one of Whisper as Hugging Face Transformers writes it."""
    return (folder / CONFIG).is_file() and _described(folder).get("model_type") == "whisper"


@dataclass(frozen=True)
class WhisperSource(Source):
    """A directory with a Whisper model, whose encoder is taken over with all of its layers."""

    @classmethod
    def in_folder(cls, folder: Path, where: str) -> "WhisperSource":
        """Return the model in a directory.

        Raises
        ------
        SentemoError
            When there is a description without weights, or without a part of them.
        """
        for name in (SINGLE, SHARDS, PICKLED):
            if (folder / name).is_file():
                for file in _weights_files(folder / name):
                    existing(file, where)
                return cls(folder / CONFIG, weights_file=folder / name)
        raise SentemoError(
            f"{where}: it has a {CONFIG} and no weights ({SINGLE}, {SHARDS} or {PICKLED}). "
            "Download the whole model."
        )

    def read_config(self) -> dict[str, Any]:
        """Return the configuration of frontend and encoder in ESPnet's form."""
        theirs = _described(self.config_file.parent)
        try:
            frontend = {"n_mels": theirs["num_mel_bins"]}
            encoder = {
                "output_size": theirs["d_model"],
                "num_layers": theirs["encoder_layers"],
                "heads": theirs["encoder_attention_heads"],
                "units": theirs["encoder_ffn_dim"],
            }
        except KeyError as error:
            raise SentemoError(f"{self.config_file}: {error} is missing in it") from error
        return {
            "feature_type": raw_type(SAMPLE_RATE),
            "frontend": "whisper_log_mel",
            "frontend_conf": frontend,
            "encoder": "whisper_layers",
            "encoder_conf": encoder,
        }

    def read_weights(self, path: Path) -> dict[str, "torch.Tensor"]:
        """Return the encoder's weights in single precision, under ESPnet's names."""
        found: dict[str, torch.Tensor] = {}
        for file in _weights_files(path):
            for name, values in _read(file).items():
                for prefix in PREFIXES:
                    if name.startswith(prefix):
                        found["encoder." + name.removeprefix(prefix)] = values.float()
                        break
        return found


@dataclass(frozen=True)
class BuiltInSource(WhisperSource):
    """The convolutions and first layers of Whisper base, which the package ships in 8 bits."""

    def read_weights(self, path: Path) -> dict[str, "torch.Tensor"]:
        """Return the encoder's weights in single precision; see `WhisperSource`."""
        import torch

        from sentemo.modules.encoders.whisper import positions

        weights = {
            f"encoder.{name}": torch.from_numpy(values)
            for name, values in read_quantised(path).items()
        }
        size = len(weights["encoder.conv1.weight"])
        return {**weights, "encoder.embed_positions.weight": positions(size)}


def built_in_source() -> BuiltInSource:
    """Return the upstream that the package ships."""
    weights = BUILT_IN_FOLDER / "whisper_base.safetensors"
    return BuiltInSource(BUILT_IN_FOLDER / CONFIG, weights_file=weights)


def _described(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SentemoError(f"{path}: not JSON ({error})") from error
    if not isinstance(found, dict):
        raise SentemoError(f"{path}: describes no model")
    return found


def _weights_files(path: Path) -> list[Path]:
    """Return the files of weights that a file is, or is the index of."""
    if path.name != SHARDS:
        return [path]
    try:
        named = json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()
        return [path.with_name(name) for name in sorted(set(named))]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise SentemoError(f"{path}: no index of files of weights ({error!r})") from error


def _read(path: Path) -> dict[str, "torch.Tensor"]:
    """Read a file of weights by name.

    Raises
    ------
    SentemoError
        When it is missing or damaged.
    """
    if path.suffix != ".safetensors":
        return read_weights(path)
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise SentemoError(f"{path}: cannot be read as weights ({error})") from error
