"""States of a frozen upstream that are kept on disk, in half precision and memory-mapped.

A directory of states holds ``states.json``, the table ``utt2num_states``, and shards of some
utterances each: ``pooled.<shard>.npy``, mean and standard deviation of every layer over an
utterance, ``(utterances, layers, 2, features)``; and for each layer that is kept whole
``layer_<name>.<shard>.npy``, ``(states, features)``. The module `keeping` writes it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.structured import read_json
from sentemo.models.layer_settings import LAST

INDEX, LENGTHS = "states.json", "utt2num_states"
POOLED = "pooled"


def shard_file(directory: Path, name: str, shard: int) -> Path:
    """Return the file of a layer, or of `POOLED`, in one shard."""
    return directory / f"{name if name == POOLED else f'layer_{name}'}.{shard:05d}.npy"


def read_index(directory: Path) -> dict[str, Any]:
    """Return what ``states.json`` says; nothing where it is missing or unreadable."""
    try:
        return read_json(directory / INDEX, dict[str, Any])
    except (OSError, SentemoError):
        return {}


def damaged_files(directory: Path, name: str, shards: int) -> list[Path]:
    """Return the files of a layer, or of `POOLED`, that are missing or cut short."""
    found = []
    for shard in range(1, shards + 1):
        path = shard_file(directory, name, shard)
        try:
            np.load(path, mmap_mode="r")
        except (OSError, ValueError):
            found.append(path)
    return found


def layer_name(layer: str, layers: Sequence[str], where: str) -> str:
    """Return the name that a layer has; ``last`` is the last number where that is the output.

    Parameters
    ----------
    layers
        Names of the layers that there are.
    where
        What they are layers of, for the message.

    Raises
    ------
    SentemoError
        When there is no such layer.
    """
    if layer in layers:
        return layer
    if layer == LAST:
        return layers[-1]
    raise SentemoError(f"{where} has no layer {layer}: choose one of {', '.join(layers)}.")
