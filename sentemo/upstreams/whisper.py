"""Whisper as an upstream: a directory of Hugging Face, or the first layers that are built in."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import SentemoError
from sentemo.data.features import SAMPLE_RATE, raw_type
from sentemo.upstreams.quantised import read_quantised
from sentemo.upstreams.saved import CONFIG, SavedSource
from sentemo.upstreams.weights import single_precision

if TYPE_CHECKING:
    import torch

BUILT_IN = "built-in"
BUILT_IN_FOLDER = Path(__file__).parent / "built_in"
BUILT_IN_WEIGHTS = BUILT_IN_FOLDER / "whisper_base.safetensors"
PREFIXES = ("model.encoder.", "encoder.")  # of the whole recogniser, and of its bare model
WHOLE = "WhisperForConditionalGeneration"  # `architectures` of a model with its decoder
TOKENIZER, GENERATION = "tokenizer.json", "generation_config.json"


@dataclass(frozen=True)
class WhisperSource(SavedSource):
    """A directory with a Whisper model, whose encoder is taken over with all of its layers."""

    def read_config(self) -> dict[str, Any]:
        """Return the configuration of frontend and encoder in ESPnet's form."""
        theirs = self.described()
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
        for name, values in self.stored_weights(path):
            for prefix in PREFIXES:
                if name.startswith(prefix):
                    own = name.removeprefix(prefix)
                    found[f"encoder.{own}"] = single_precision(values)
                    break
        return found

    @property
    def recogniser_files(self) -> list[Path]:
        """Return what recognition needs beside the weights, in the directory of a whole model."""
        folder = self.config_file.parent
        tokenizer, generation = folder / TOKENIZER, folder / GENERATION
        if WHOLE not in (self.described().get("architectures") or ()) or not tokenizer.is_file():
            return []
        return [tokenizer, *([generation] if generation.is_file() else [])]


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
    return BuiltInSource(BUILT_IN_FOLDER / CONFIG, weights_file=BUILT_IN_WEIGHTS)
