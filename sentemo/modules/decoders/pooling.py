"""Pooling of states over the valid frames (Lu et al. 2020, section 2.2)."""

import math

import torch

from sentemo.core.errors import SentemoError
from sentemo.modules.padding import valid_frames

SMALLEST_VARIANCE = 1e-6  # the root of zero has no gradient


def mean_over_time(states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Average ``(batch, frames, features)`` over its valid frames: ``(batch, features)``."""
    total = states.masked_fill(_padding(states, lengths), 0.0).sum(dim=1)
    return total / lengths.to(total)[:, None]


def max_over_time(states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Take each feature's largest value in the valid frames: ``(batch, features)``."""
    return states.masked_fill(_padding(states, lengths), -math.inf).amax(dim=1)


def mean_and_variance(states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return mean and variance over the valid frames (SA2SR, section 4.1).

    Maps ``(batch, frames, features)`` to ``(batch, 2 * features)``.
    """
    mean = mean_over_time(states, lengths)
    variance = mean_over_time((states - mean[:, None]).square(), lengths)
    return torch.cat([mean, variance], dim=-1)


def mean_and_deviation(states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return mean and standard deviation over the valid frames.

    This is statistics pooling (Snyder et al. 2018). Maps ``(batch, frames, features)`` to
    ``(batch, 2 * features)``.
    """
    mean, variance = mean_and_variance(states, lengths).chunk(2, dim=-1)
    return torch.cat([mean, (variance + SMALLEST_VARIANCE).sqrt()], dim=-1)


def last_of_both_directions(states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Take the final states of a bidirectional RNN: ``(batch, features)``.

    The forward direction ends at the last valid frame, the backward direction at the first.
    """
    forwards, backwards = states.chunk(2, dim=-1)
    rows = torch.arange(len(states), device=states.device)
    return torch.cat([forwards[rows, lengths.to(rows) - 1], backwards[:, 0]], dim=-1)


POOLINGS = {
    "mean": mean_over_time,
    "max": max_over_time,
    "mean_std": mean_and_deviation,
    "last": last_of_both_directions,
}


def pooled_size(size: int, pooling: str) -> int:
    """Return the number of features after pooling `size` features."""
    return 2 * size if pooling == "mean_std" else size


def require_pooling(pooling: str, *known: str, key: str = "decoder_conf.pooling") -> None:
    """Raise a `SentemoError` unless a pooling is known.

    Parameters
    ----------
    key
        Key of the configuration that names the pooling, for the message.
    """
    if pooling not in known:
        raise SentemoError(f"{key}: {pooling!r}; choose {' or '.join(known)}")


def _padding(states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    return ~valid_frames(states, lengths).unsqueeze(2)
