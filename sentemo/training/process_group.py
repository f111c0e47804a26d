"""The processes of one training: who does which share, and what they tell each other."""

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from espnet2.torch_utils.device_funcs import to_device
from torch import distributed

Item = TypeVar("Item")


class ProcessGroup:
    """The processes that torch.distributed connects; one alone where it does not.

    Attributes
    ----------
    rank, size
        The number of this process, from 0, and of all.
    """

    def __init__(self) -> None:
        connected = distributed.is_initialized()
        self.rank = distributed.get_rank() if connected else 0
        self.size = distributed.get_world_size() if connected else 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes what all have in common."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """Return this process's share, as ESPnet takes it of a batch: every `size`-th item."""
        return items[self.rank :: self.size]

    def all_gather(self, value: Item) -> list[Item]:
        """Return the values of all processes, in their order."""
        if self.size == 1:
            return [value]
        found: list[Any] = [None] * self.size
        distributed.all_gather_object(found, to_device(value, "cpu"))  # not to another's GPU
        return found

    def collect(self, share: Sequence[Item]) -> list[Item]:
        """Return the items of all shares, in the order in which `share` divided them."""
        shares = self.all_gather(share)
        return [shares[n % self.size][n // self.size] for n in range(sum(map(len, shares)))]

    def collect_states(
        self, states: torch.Tensor, lengths: torch.Tensor, count: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the states of a whole batch, in its order; no gradient goes back.

        Parameters
        ----------
        states, lengths
            Of this process's share, ``(share, frames, …)`` and ``(share,)``. Who has less of the
            batch than the others may give anything for it.
        count
            Utterances in the batch.
        """
        if self.size == 1:
            return states, lengths
        rows = -(-count // self.size)
        lengths = self._interleaved(_padded(lengths.to(states.device), (rows,)), count)
        frames = int(lengths.max())
        whole = _padded(states[:, :frames], (rows, frames, *states.shape[2:]))
        return self._interleaved(whole, count), lengths

    def _interleaved(self, share: torch.Tensor, count: int) -> torch.Tensor:
        """Of shares of the same shape ``(rows, …)``, the first rows of all, then the second."""
        shares = [torch.empty_like(share) for _ in range(self.size)]
        distributed.all_gather(shares, share)
        return torch.stack(shares, dim=1).flatten(0, 1)[:count]

    def wait(self) -> None:
        """Wait until all are here."""
        if self.size > 1:
            distributed.barrier()


def _padded(values: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Add zeros behind the values, up to a shape."""
    whole = values.new_zeros(shape)
    whole[tuple(map(slice, values.shape))] = values
    return whole
