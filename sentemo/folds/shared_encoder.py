"""A frozen encoder whose work processes share: each encodes a part of every batch."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import to_device
from torch.utils.data import DataLoader, Dataset

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
