"""An ASR checkpoint taken over: its configuration, its statistics, its weights, all of them."""

import argparse
import shutil
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sentemo.errors import SentemoError
from sentemo.training.experiment import TRAINED
from sentemo.training.inputs import STATS_NAME

if TYPE_CHECKING:
    import torch

PARTS = ("frontend", "normalize", "preencoder", "encoder")


class Upstream:
    """An ASR experiment directory whose encoder is reused.

    Parameters
    ----------
    directory
        Holds `config.yaml` and the weights of the best epoch.

    Raises
    ------
    SentemoError
        When the directory is no finished ASR experiment of ours.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        config_file = directory / "config.yaml"
        if not config_file.is_file():
            raise SentemoError(
                f"--asr_model {directory}: no config.yaml in it. Give the experiment directory "
                "of a finished ASR training, like egs/librispeech/exp/asr_ctc_small."
            )
        self.config: dict[str, Any] = yaml.safe_load(config_file.read_text(encoding="utf-8"))

    @cached_property
    def feature_type(self) -> str:
        """How the features were extracted that the encoder was trained on."""
        feature_type = self.config.get("feature_type")
        if feature_type is None:
            raise SentemoError(
                f"{self.directory}/config.yaml: no feature_type. Only encoders trained by this "
                "project on its own fbank features can be reused so far."
            )
        return feature_type

    @cached_property
    def weights_file(self) -> Path:
        """The weights of the best epochs, by the ASR experiment's own criterion.

        Raises
        ------
        SentemoError
            When its training is not finished.
        """
        from sentemo.training.checkpoint import best_weights

        if not (self.directory / TRAINED).is_file():
            raise SentemoError(
                f"{self.directory}: its training is not finished. Run its pretrain stage again, "
                "it goes on from the last completed epoch."
            )
        return best_weights(self.directory, self.config["best_model_criterion"])

    def inherit(self, args: argparse.Namespace) -> None:
        """Write the encoder's configuration into `args`; copy its statistics into our experiment.

        Raises
        ------
        SentemoError
            When the features at hand are not those of the checkpoint.
        """
        if args.feature_type != self.feature_type:
            raise SentemoError(
                f"--asr_model {self.directory} was trained on {self.feature_type} features, "
                f"these are {args.feature_type}. Extract {self.feature_type} (stage feats)."
            )
        args.input_size = self.config["input_size"]
        for part in PARTS:
            setattr(args, part, self.config.get(part))
            setattr(args, f"{part}_conf", dict(self.config.get(f"{part}_conf") or {}))
        if "stats_file" in args.normalize_conf:
            copy = Path(args.output_dir) / STATS_NAME
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.directory / STATS_NAME, copy)
            args.normalize_conf["stats_file"] = str(copy)

    def load_weights(self, model: "torch.nn.Module") -> None:
        """Copy the weights of every inherited part, and insist that none is missing or left over.

        Raises
        ------
        SentemoError
            Naming the parameters that are missing, unexpected or of another shape.
        """
        ours = model.state_dict()
        theirs = {
            name: value for name, value in self._weights().items() if name.split(".")[0] in PARTS
        }
        expected = {name for name in ours if name.split(".")[0] in PARTS}
        wrong = [f"missing: {name}" for name in sorted(expected - theirs.keys())]
        wrong += [f"unexpected: {name}" for name in sorted(theirs.keys() - expected)]
        wrong += [
            f"shape: {name} is {tuple(theirs[name].shape)}, should be {tuple(ours[name].shape)}"
            for name in sorted(expected & theirs.keys())
            if theirs[name].shape != ours[name].shape
        ]
        if wrong:
            raise SentemoError(
                f"{self.weights_file} does not fit its own config.yaml:\n  " + "\n  ".join(wrong)
            )
        model.load_state_dict(theirs, strict=False)

    def _weights(self) -> dict[str, "torch.Tensor"]:
        from sentemo.training.checkpoint import load_weights

        return load_weights(self.weights_file)
