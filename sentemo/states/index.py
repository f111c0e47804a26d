"""States of a frozen upstream that are kept on disk, in half precision and memory-mapped.

A directory of states holds ``states.json``, the table ``utt2num_states``, and shards of some
utterances each: ``pooled.<shard>.npy``, mean and standard deviation of every layer over an
utterance, ``(utterances, layers, 2, features)``; and for each layer that is kept whole
``layer_<name>.<shard>.npy``, ``(states, features)``. A layer above which others are trained is kept
with all that these read, the silence of Whisper's windows too, as ``layer_windows_of_<name>``. The
module `keeping` writes it.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from sentemo.core.errors import SentemoError, library_reason
from sentemo.core.files import fingerprint
from sentemo.core.structured import read_json
from sentemo.data.tables import read_table
from sentemo.models.layer_settings import LAST

INDEX, LENGTHS = "states.json", "utt2num_states"
POOLED = "pooled"
AGAIN = "Run stage feats again."
WINDOWS = "windows_of_"  # before the name of a layer: its states with those of silence
WINDOW_STATES = 1500  # in Whisper's window of 30 s


def shard_file(directory: Path, name: str, shard: int) -> Path:
    """Return the file of a layer, or of `POOLED`, in one shard."""
    return directory / f"{name if name == POOLED else f'layer_{name}'}.{shard:05d}.npy"


class _Described(TypedDict):
    """Content of ``states.json`` that is always there; ``shards`` are numbers of utterances."""

    upstream: str
    window: str
    model: str
    features: str
    layers: list[str]
    size: int
    frame_shift: float
    shards: list[int]
    kept: list[str]


class Index(_Described, total=False):
    """Content of ``states.json``.

    ``lengths`` is the digest of the table `LENGTHS`; ``silence`` the number of states that silence
    has in a window behind an utterance, at most.
    """

    lengths: str
    silence: int


def read_index(directory: Path) -> dict[str, Any]:
    """Return what ``states.json`` says; nothing where it is missing or damaged."""
    try:
        return dict(read_json(directory / INDEX, Index))
    except (OSError, SentemoError):
        return {}


def read_lengths(directory: Path, index: dict[str, Any]) -> dict[str, int]:
    """Return the number of states of each utterance, in the order of the shards.

    Raises
    ------
    SentemoError
        When the table is missing or damaged.
    """
    path = directory / LENGTHS
    try:
        found = {utt: int(number) for utt, number in read_table(path).items()}
    except (OSError, ValueError, SentemoError) as error:
        raise SentemoError(f"{path}: damaged or missing. {AGAIN}") from error
    is_sound = len(found) == sum(index["shards"]) and min(found.values(), default=1) > 0
    if not is_sound or index.get("lengths", digest := fingerprint(path)) != digest:
        raise SentemoError(f"{path}: damaged (not as it was written). {AGAIN}")
    return dict(sorted(found.items()))


def lengths_by_shard(index: dict[str, Any], lengths: Sequence[int]) -> list[Sequence[int]]:
    """Divide the numbers of states among the shards."""
    ends = np.cumsum([0, *index["shards"]]).tolist()
    return [lengths[start:end] for start, end in pairwise(ends)]


def rows_in_file(index: dict[str, Any], name: str, lengths: Sequence[int]) -> list[int]:
    """Return the number of rows that each utterance has in the file of a layer.

    Parameters
    ----------
    lengths
        Numbers of their own states.
    """
    if not (name.startswith(WINDOWS) and index["silence"]):
        return list(lengths)
    before = [(count - 1) // WINDOW_STATES * WINDOW_STATES for count in lengths]
    return [
        start + min(count - start + index["silence"], WINDOW_STATES)
        for start, count in zip(before, lengths, strict=True)
    ]


def load_shard(
    directory: Path, index: dict[str, Any], name: str, shard: int, lengths: Sequence[int]
) -> np.ndarray:
    """Map the file of a layer, or of `POOLED`, in one shard, without reading it.

    Parameters
    ----------
    lengths
        Number of states of each utterance of the shard.

    Raises
    ------
    SentemoError
        When it is missing, cut short, or holds other states than these.
    """
    path = shard_file(directory, name, shard)
    found = load_array(path)
    wanted: tuple[int, ...] = (sum(rows_in_file(index, name, lengths)), index["size"])
    if name == POOLED:
        wanted = (len(lengths), len(index["layers"]), 2, index["size"])
    if found.dtype != np.float16 or found.shape != wanted:
        held = f"{found.dtype} {found.shape}, wanted float16 {wanted}"
        raise SentemoError(f"{path}: damaged ({held}). {AGAIN}")
    return found


def load_array(path: Path) -> np.ndarray:
    """Map an npy file, without reading it.

    Raises
    ------
    SentemoError
        When it is missing or damaged.
    """
    try:
        found = np.load(path, mmap_mode="r")
        if isinstance(found, np.ndarray):
            return found
        found.close()
        reason = "an archive"
    except Exception as error:  # numpy raises errors of six kinds for what is no array
        reason = library_reason(error)
    raise SentemoError(f"{path}: damaged or missing ({reason}). {AGAIN}")


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
