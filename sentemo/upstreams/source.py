"""The files of a checkpoint, and how they are read."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.config import read_config
from sentemo.upstreams.weights import read_weights

if TYPE_CHECKING:
    import torch


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

    def read_config(self) -> dict[str, Any]:
        """Return the checkpoint's configuration, in ESPnet's form."""
        return read_config(self.config_file)

    def files(self, weights_file: Path) -> list[Path]:
        """Return all files that the checkpoint consists of, for its digest."""
        return [self.config_file, weights_file]

    @property
    def recogniser_files(self) -> list[Path]:
        """Return what recognition through Transformers needs beside the weights; mostly nothing."""
        return []

    def read_weights(self, path: Path) -> dict[str, "torch.Tensor"]:
        """Return the weights in a file of the checkpoint, under ESPnet's names."""
        return read_weights(path)
