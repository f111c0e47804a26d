"""What a frozen encoder makes of each utterance without SpecAugment, computed once and kept."""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from espnet2.torch_utils.device_funcs import to_device
from torch.nn.utils.rnn import pad_sequence

from sentemo.stages import atomic_dir

STATES, INDEX = "states.f32", "states.json"
BATCH_SIZE = 64  # of decoders alone

progress = logging.getLogger("sentemo.progress")


class CleanStates:
    """Encoder states in one memory-mapped file, which all folds and processes share.

    Parameters
    ----------
    directory
        Written by `compute`.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        index = json.loads((directory / INDEX).read_text(encoding="utf-8"))
        self._rows: dict[str, tuple[int, int]] = {
            utt: (first, count) for utt, first, count in index["utterances"]
        }
        self._states = np.memmap(directory / STATES, np.float32, "r", shape=tuple(index["shape"]))

    @classmethod
    def compute(
        cls,
        directory: Path,
        key: str,
        model: torch.nn.Module,
        batches: Iterable[tuple[list[str], dict[str, torch.Tensor]]],
    ) -> "CleanStates":
        """Encode every batch, unless that is done; whole or not at all.

        Parameters
        ----------
        key
            Names what the states are made of; those of another key are computed anew.
        model, batches
            The model, on its device, and pairs of utterance ids and batch.
        """
        index = directory / INDEX
        if not index.is_file() or json.loads(index.read_text(encoding="utf-8"))["key"] != key:
            progress.info(f"{directory}: encoding every utterance once, without SpecAugment")
            model.eval()
            with atomic_dir(directory) as aside, open(aside / STATES, "wb") as stream:
                rows, frames, shape = [], 0, ()
                for utt, states in _encode(model, batches):
                    stream.write(states.tobytes())
                    rows.append((utt, frames, len(states)))
                    frames, shape = frames + len(states), states.shape[1:]
                found = {"key": key, "shape": [frames, *shape], "utterances": rows}
                (aside / INDEX).write_text(json.dumps(found), encoding="utf-8")
        return cls(directory)

    def batches(
        self, utterances: Sequence[str]
    ) -> Iterator[tuple[list[str], torch.Tensor, torch.Tensor]]:
        """Pad the states of some utterances together, those of similar length.

        Yields
        ------
        names, states, lengths
            ``(batch, frames, features)``, with all layers as the model's `encode` returns them,
            and ``(batch,)``.
        """
        by_length = sorted(utterances, key=lambda utt: (self._rows[utt][1], utt))
        for start in range(0, len(by_length), BATCH_SIZE):
            names = by_length[start : start + BATCH_SIZE]
            yield names, *self.padded(names)

    def padded(self, utterances: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return states and lengths of some utterances; see `batches`."""
        states = [self._of(utt) for utt in utterances]
        lengths = torch.tensor([len(state) for state in states])
        return pad_sequence(states, batch_first=True), lengths

    def _of(self, utt: str) -> torch.Tensor:
        first, count = self._rows[utt]
        return torch.from_numpy(np.array(self._states[first : first + count]))


@torch.no_grad()
def _encode(
    model: torch.nn.Module, batches: Iterable[tuple[list[str], dict[str, Any]]]
) -> Iterator[tuple[str, np.ndarray]]:
    device = next(model.parameters()).device
    for names, batch in batches:
        on_device = to_device(batch, device)
        states, lengths = model.encode(on_device["speech"], on_device["speech_lengths"])
        for name, state, length in zip(names, states, lengths.tolist(), strict=True):
            yield name, state[:length].float().cpu().numpy()
