"""Kept states as the input of a training: rows of array files, for ESPnet's data sets.

Importing this makes the data type `STATE_ROWS` known to ESPnet.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from espnet2.train.collate_fn import CommonCollateFn
from espnet2.train.dataset import DATA_TYPES

from sentemo.data.tables import read_table
from sentemo.training.inputs import NUM_STATES, STATE_ROWS


class StateRowsReader(Mapping[str, np.ndarray]):
    """Reads a table of `StateRows.scp`: states ``(states, size)`` by utterance."""

    def __init__(self, path: str) -> None:
        self._table = read_table(Path(path))

    @cached_property
    def _files(self) -> dict[str, np.ndarray]:
        return {}

    def __getitem__(self, utt: str) -> np.ndarray:
        path, first, count = self._table[utt].rsplit(" ", 2)
        if path not in self._files:
            self._files[path] = np.load(path, mmap_mode="r")
        return self._files[path][int(first) : int(first) + int(count)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


DATA_TYPES[STATE_ROWS] = {"func": StateRowsReader, "kwargs": [], "help": "rows of array files"}


class StatesCollateFn(CommonCollateFn):
    """Pads as its parent does; the lengths of kept states are those of the utterances' own."""

    def __call__(
        self, data: Collection[tuple[str, dict[str, np.ndarray]]]
    ) -> tuple[list[str], dict[str, torch.Tensor]]:
        """Return utterance ids and a batch."""
        names, batch = super().__call__(data)
        if NUM_STATES in batch:
            batch["speech_lengths"] = batch.pop(NUM_STATES)[:, 0]
            batch.pop(f"{NUM_STATES}_lengths", None)
        return names, batch
