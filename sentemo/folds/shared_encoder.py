"""A frozen encoder that is shared: its work by processes, its file by experiments."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import to_device
from torch.utils.data import DataLoader, Dataset

from sentemo.core.best_epoch import ENCODER_FILE
from sentemo.models.ser import SpeechEmotionModel
from sentemo.training.process_group import ProcessGroup

Encoded = tuple[list[str], torch.Tensor, torch.Tensor]


class SharedEncoder:
    """Encodes batches; every process receives the states of the whole batch.

    Parameters
    ----------
    model
        Model with a frozen encoder, on its device.
    group
        Processes that encode the same batches together.
    """

    def __init__(self, model: SpeechEmotionModel, group: ProcessGroup) -> None:
        self.model, self.group = model, group

    def encode(
        self, batches: Sequence[Sequence[str]], dataset: Dataset, **loading: Any
    ) -> Iterator[Encoded]:
        """Load this process's share of each batch, encode it, and exchange the states.

        Parameters
        ----------
        batches
            Utterance ids.
        dataset, loading
            Arguments of the `DataLoader`.

        Yields
        ------
        names, states, lengths
            The whole batch in its order, as `SpeechEmotionModel.encode` returns it.
        """
        # With fewer utterances than processes, some processes encode one in vain.
        shares = [list(self.group.share(batch) or batch[:1]) for batch in batches]
        loaded = DataLoader(dataset, batch_sampler=shares, **loading)
        device = next(self.model.parameters()).device
        for whole, (names, batch) in zip(batches, loaded, strict=True):
            inputs = to_device(batch, device)
            with torch.no_grad():
                states, lengths = self.model.encode(
                    inputs["speech"], inputs["speech_lengths"], names
                )
            yield list(whole), *self.group.collect_states(states, lengths, len(whole))


def share_encoder(exp: Path, states: Path) -> None:
    """Keep one copy of an encoder for all experiments upon the same states, by a hard link.

    A file system without hard links keeps a copy for each.
    """
    file, shared = exp / ENCODER_FILE, states / ENCODER_FILE
    aside = file.with_name(f".{file.name}.link")
    with contextlib.suppress(OSError):
        if not shared.exists():
            os.link(file, shared)
        aside.unlink(missing_ok=True)
        os.link(shared, aside)
        aside.replace(file)
        aside.unlink(missing_ok=True)  # if both were one file already, nothing was renamed
