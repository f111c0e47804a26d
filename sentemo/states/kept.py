"""Kept states as folds and probes read them; see `sentemo.states.index` for the files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from sentemo.core.errors import SentemoError
from sentemo.states.index import (
    AGAIN,
    INDEX,
    POOLED,
    WINDOWS,
    layer_name,
    lengths_by_shard,
    load_shard,
    read_index,
    read_lengths,
    rows_in_file,
    shard_file,
)
from sentemo.states.pooling import pool_together
from sentemo.training.inputs import StateRows

BATCH_SIZE = 16  # of similar length; more would be padded more, and need more memory

Batch = tuple[list[str], torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class _Place:
    """Shard of an utterance, its row there, and its states' first row and number."""

    shard: int
    row: int
    first: int
    count: int


class KeptStates:
    """The states in a directory, which all folds, processes and experiments share.

    Parameters
    ----------
    directory
        Directory that `sentemo.states.keeping.keep_states` wrote.

    Raises
    ------
    SentemoError
        When the directory is missing or incomplete.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._index = read_index(directory)
        if not self._index.get("kept"):
            raise SentemoError(f"{directory}: no kept states here (no sound {INDEX}). {AGAIN}")
        self._files: dict[tuple[str, int], np.ndarray] = {}

    @property
    def layers(self) -> list[str]:
        """Names of the layers, in the order of the pooled states."""
        return self._index["layers"]

    @property
    def size(self) -> int:
        """Number of features of a state."""
        return self._index["size"]

    @property
    def frame_shift(self) -> float:
        """Seconds from one state to the next."""
        return self._index["frame_shift"]

    def name_of(self, layer: str) -> str:
        """Return the name of a layer; ``last`` is the last number where that is the output.

        Raises
        ------
        SentemoError
            When the upstream has no such layer.
        """
        return layer_name(layer, self.layers, str(self.directory))

    def num_states(self, utterances: Sequence[str]) -> np.ndarray:
        """Return the number of states of each utterance."""
        return np.array([self._place(utt).count for utt in utterances])

    def pooled(self, utterances: Sequence[str], layers: Sequence[str]) -> np.ndarray:
        """Return mean and deviation of some layers, ``(utterances, layers, 2, size)`` float32."""
        columns = [self.layers.index(self.name_of(layer)) for layer in layers]
        found = np.empty((len(utterances), len(layers), 2, self.size), np.float32)
        for row, utt in enumerate(utterances):
            place = self._place(utt)
            found[row] = self._file(POOLED, place.shard)[place.row, columns]
        return found

    def statistics(
        self, utterances: Sequence[str], layers: Sequence[str]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation over all states of some utterances.

        Returns
        -------
        mean, deviation
            Each ``(layers, size)``.
        """
        pooled = self.pooled(utterances, layers)
        together = pool_together(pooled, self.num_states(utterances))
        return together[:, 0], together[:, 1]

    def states(self, utt: str, layer: str) -> np.ndarray:
        """Return the states of an utterance, ``(states, size)``, in half precision on disk."""
        place = self._place(utt)
        of_shard = self._file(self.name_of(layer), place.shard)
        return of_shard[place.first : place.first + place.count]

    def rows_above(self, layer: int) -> StateRows:
        """Return where the input of the layers above one lies, of all utterances.

        Raises
        ------
        SentemoError
            When the states of this layer are not kept with their windows.
        """
        name = f"{WINDOWS}{layer}"
        if name not in self._index["kept"]:
            raise SentemoError(
                f"{self.directory}: the input of layers above {layer} is not kept. {AGAIN}"
            )
        rows: dict[str, str] = {}
        counts: dict[str, int] = {}
        names = iter(self._lengths)
        for shard, own in enumerate(self._counts, start=1):
            first, path = 0, shard_file(self.directory, name, shard)
            for count in rows_in_file(self._index, name, own):
                utt = next(names)
                rows[utt], counts[utt] = f"{path} {first} {count}", count
                first += count
        return StateRows(rows, counts, self._lengths, self.size)

    def padded(
        self, utterances: Sequence[str], layers: Sequence[str]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the states of some utterances as a model's `encode` returns them.

        Returns
        -------
        states, lengths
            ``(batch, states, size)`` of one layer, ``(batch, states, layers, size)`` of several;
            and the valid states, ``(batch,)``.
        """
        lengths = torch.tensor([self._place(utt).count for utt in utterances])
        of_layers = [
            pad_sequence(
                [
                    torch.from_numpy(self.states(utt, layer).astype(np.float32))
                    for utt in utterances
                ],
                batch_first=True,
            )
            for layer in layers
        ]
        return of_layers[0] if len(layers) == 1 else torch.stack(of_layers, dim=2), lengths

    def batches(self, utterances: Sequence[str], layers: Sequence[str]) -> Iterator[Batch]:
        """Yield ids, states and lengths of batches, utterances of similar length together."""
        by_length = sorted(utterances, key=lambda utt: (self._place(utt).count, utt))
        for start in range(0, len(by_length), BATCH_SIZE):
            names = by_length[start : start + BATCH_SIZE]
            yield names, *self.padded(names, layers)

    @cached_property
    def _lengths(self) -> dict[str, int]:
        return read_lengths(self.directory, self._index)

    @cached_property
    def _counts(self) -> list[Sequence[int]]:
        return lengths_by_shard(self._index, list(self._lengths.values()))

    @cached_property
    def _places(self) -> dict[str, _Place]:
        names, places = iter(self._lengths), {}
        for shard, counts in enumerate(self._counts, start=1):
            first = 0
            for row, count in enumerate(counts):
                places[next(names)] = _Place(shard, row, first, count)
                first += count
        return places

    def _place(self, utt: str) -> _Place:
        try:
            return self._places[utt]
        except KeyError:
            raise SentemoError(f"{self.directory}: no states of utterance {utt}. {AGAIN}") from None

    def _file(self, name: str, shard: int) -> np.ndarray:
        if (name, shard) not in self._files:
            if name not in self._index["kept"]:
                raise SentemoError(f"{self.directory}: layer {name} is not kept. {AGAIN}")
            counts = self._counts[shard - 1]
            self._files[name, shard] = load_shard(self.directory, self._index, name, shard, counts)
        return self._files[name, shard]
