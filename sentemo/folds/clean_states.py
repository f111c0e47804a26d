"""States of a frozen encoder without SpecAugment, computed once and kept on disk."""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from sentemo.core.files import atomic_dir, wait_until_visible
from sentemo.core.locks import hold
from sentemo.training.process_group import ProcessGroup

STATES, INDEX = "states.f32", "states.json"
BATCH_SIZE = 64  # for decoders, which need less memory than the encoder

progress = logging.getLogger("sentemo.progress")


class CleanStates:
    """Encoder states in one memory-mapped file, which all folds and processes share.

    Parameters
    ----------
    directory
        Directory that `compute` wrote.
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
        encoded: Iterable[tuple[list[str], torch.Tensor, torch.Tensor]],
        group: ProcessGroup,
    ) -> "CleanStates":
        """Encode every batch and keep the states, unless they are there; all of them or none.

        Parameters
        ----------
        key
            Digest of everything that determines the states; with another they are computed anew.
        encoded
            Names, states and lengths of each batch, encoded lazily.
        group
            Processes that encode together; the first of them writes.
        """
        # Experiments may begin at once, as seeds do: the first encodes, and the others wait.
        lock = directory.with_name(f".{directory.name}.lock")
        with hold(lock, "encoding", wait=True) if group.is_first else nullcontext():
            # Only the first looks, because nodes may see a network file system as it was before.
            if not group.all_gather(group.is_first and _is_there(directory, key))[0]:
                if group.is_first:
                    progress.info(
                        f"{directory}: encoding every utterance once, without SpecAugment"
                    )
                    _write(directory, key, encoded)
                else:
                    for _ in encoded:
                        pass
            group.wait()
        wait_until_visible(directory / INDEX)
        return cls(directory)

    def batches(
        self, utterances: Sequence[str]
    ) -> Iterator[tuple[list[str], torch.Tensor, torch.Tensor]]:
        """Return padded batches of the states of some utterances, those of similar length together.

        Yields
        ------
        names, states, lengths
            States ``(batch, frames, features)``, or with all layers as the model's `encode` returns
            them, and lengths ``(batch,)``.
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


def _is_there(directory: Path, key: str) -> bool:
    index = directory / INDEX
    return index.is_file() and json.loads(index.read_text(encoding="utf-8"))["key"] == key


def _write(
    directory: Path, key: str, encoded: Iterable[tuple[list[str], torch.Tensor, torch.Tensor]]
) -> None:
    with atomic_dir(directory) as aside, open(aside / STATES, "wb") as stream:
        rows, frames, shape = [], 0, ()
        for names, of_batch, lengths in encoded:
            for utt, padded, length in zip(names, of_batch, lengths.tolist(), strict=True):
                states = padded[:length].float().cpu().numpy()
                stream.write(states.tobytes())
                rows.append((utt, frames, len(states)))
                frames, shape = frames + len(states), states.shape[1:]
        found = {"key": key, "shape": [frames, *shape], "utterances": rows}
        (aside / INDEX).write_text(json.dumps(found), encoding="utf-8")
