"""The processes of one training: shares of the work, and exchange of values."""

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from espnet2.torch_utils.device_funcs import to_device
from torch import distributed

Item = TypeVar("Item")


class ProcessGroup:
    """The processes that torch.distributed connects; a single one if it is not initialised.

    Attributes
    ----------
    rank
        Number of this process, from 0.
    size
        Number of processes.
    """

    def __init__(self) -> None:
        connected = distributed.is_initialized()
        self.rank = distributed.get_rank() if connected else 0
        self.size = distributed.get_world_size() if connected else 1

    @property
    def is_first(self) -> bool:
        """Tell whether this process writes the files that all have in common."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """Return this process's share: every `size`-th item, as ESPnet divides a batch."""
        return items[self.rank :: self.size]

    def all_gather(self, value: Item) -> list[Item]:
        """Return the values of all processes, in their order."""
        if self.size == 1:
            return [value]
        found: list[Any] = [None] * self.size
        distributed.all_gather_object(found, to_device(value, "cpu"))  # not on our GPU
        return found

    def collect(self, share: Sequence[Item]) -> list[Item]:
        """Return the items of all shares, in the order in which `share` divided them."""
        shares = self.all_gather(share)
        return [shares[n % self.size][n // self.size] for n in range(sum(map(len, shares)))]

    def collect_states(
        self, states: torch.Tensor, lengths: torch.Tensor, count: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the states of a whole batch, in its order, without a gradient.

        Parameters
        ----------
        states, lengths
            States of this process's share, ``(share, frames, …)`` and ``(share,)``. A process with
            fewer utterances than the others may give anything for the missing one.
        count
            Number of utterances in the batch.
        """
        if self.size == 1:
            return states, lengths
        rows = -(-count // self.size)
        lengths = self._interleaved(_padded(lengths.to(states.device), (rows,)), count)
        frames = int(lengths.max())
        whole = _padded(states[:, :frames], (rows, frames, *states.shape[2:]))
        return self._interleaved(whole, count), lengths

    def _interleaved(self, share: torch.Tensor, count: int) -> torch.Tensor:
        """Return the first rows of all shares ``(rows, …)``, then the second rows, and so on."""
        shares = [torch.empty_like(share) for _ in range(self.size)]
        distributed.all_gather(shares, share)
        return torch.stack(shares, dim=1).flatten(0, 1)[:count]

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            distributed.barrier()


def _padded(values: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Append zeros to the values, up to a shape."""
    whole = values.new_zeros(shape)
    whole[tuple(map(slice, values.shape))] = values
    return whole
