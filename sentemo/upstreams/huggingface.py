"""Speech encoders of Hugging Face Transformers as an upstream: wav2vec 2.0, HuBERT, WavLM, …"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import SentemoError
from sentemo.data.features import SAMPLE_RATE, raw_rate, raw_type
from sentemo.modules.huggingface import EXTRACTORS, OF_SAMPLES
from sentemo.upstreams.saved import SavedSource, read_json
from sentemo.upstreams.weights import single_precision

if TYPE_CHECKING:
    import torch

EXTRACTOR, PROCESSOR = "preprocessor_config.json", "processor_config.json"
# Facts about a file or a head, not about the encoder; `auto_map` would name code.
LEFT_OUT = (
    "_name_or_path",
    "architectures",
    "auto_map",
    "dtype",
    "id2label",
    "label2id",
    "torch_dtype",
    "transformers_version",
)
# Weights beside the layers, which the encoder does without.
WITHOUT = ("masked_spec_embed", "adapter.", "intermediate_ffn.")


@dataclass(frozen=True)
class HuggingFaceSource(SavedSource):
    """A directory with an encoder of speech on samples, taken over with all of its layers."""

    def files(self, weights_file: Path) -> list[Path]:
        """Return all files that the model consists of."""
        folder = self.config_file.parent
        beside = [folder / name for name in (EXTRACTOR, PROCESSOR)]
        return [*super().files(weights_file), *(file for file in beside if file.is_file())]

    def read_config(self) -> dict[str, Any]:
        """Return the configuration of frontend and encoder in ESPnet's form."""
        theirs = {k: v for k, v in self.described().items() if k not in LEFT_OUT}
        extractor = self._extractor(theirs)
        return {
            "feature_type": raw_type(self._rate(extractor)),
            "frontend": "raw_samples",
            "frontend_conf": {},
            "encoder": "huggingface_layers",
            "encoder_conf": {"config": theirs, "extractor": extractor},
        }

    def read_weights(self, path: Path) -> dict[str, "torch.Tensor"]:
        """Return the encoder's weights in single precision, under ESPnet's names.

        A fine-tuned model has the encoder below a name, like ``wav2vec2.``, and its heads beside
        it; a bare model has the encoder's own names.
        """
        prefix = self.described()["model_type"].replace("-", "_") + "."
        stored = dict(self.stored_weights(path))
        if any(name.startswith(prefix) for name in stored):
            stored = {
                name.removeprefix(prefix): values
                for name, values in stored.items()
                if name.startswith(prefix)
            }
        return {
            f"encoder.model.{name}": single_precision(values)
            for name, values in stored.items()
            if not name.startswith(WITHOUT)
        }

    def _extractor(self, theirs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of what computes the model's input.

        Models on samples that were saved without them get those of all published ones of their
        kind: 16 kHz, each utterance at zero mean and unit variance. Where the convolutions
        normalise over the whole signal (``feat_extract_norm: group``), the scale makes no
        difference.

        Raises
        ------
        SentemoError
            When there are none for a model on energies, or those of another kind.
        """
        kind = EXTRACTORS[theirs["model_type"]]
        folder = self.config_file.parent
        found: Any = None
        if (
            folder / PROCESSOR
        ).is_file():  # newer versions of Transformers write it for recognisers
            found = read_json(folder / PROCESSOR).get("feature_extractor")
        if found is None and (folder / EXTRACTOR).is_file():
            found = read_json(folder / EXTRACTOR)
        if found is None and kind == OF_SAMPLES:
            found = {"sampling_rate": SAMPLE_RATE, "do_normalize": True}
        if found is None:
            raise SentemoError(
                f"{self.where}: {EXTRACTOR} is missing, which says how its input is computed. Copy "
                "it from the model that this one was trained from."
            )
        named = found.get("feature_extractor_type", kind)
        if named != kind:
            raise SentemoError(
                f"{self.where}: its {EXTRACTOR} is of a {named}, and a model of type "
                f"{theirs['model_type']} takes the input of a {kind}."
            )
        apart = ("feature_extractor_type", "processor_class", "auto_map")
        return {key: value for key, value in found.items() if key not in apart}

    def _rate(self, extractor: Mapping[str, Any]) -> int:
        rate = extractor.get("sampling_rate", SAMPLE_RATE)
        if not isinstance(rate, int) or raw_rate(f"raw{rate}") is None:
            raise SentemoError(f"{self.where}: {EXTRACTOR}: {rate!r} is no sampling rate")
        return rate
