"""Padding that neither convolutions nor statistics see."""

import torch


def valid_frames(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Which frames of ``(batch, frames, features)`` are no padding: ``(batch, frames)``."""
    # Not ESPnet's mask, which grows with the square of the frames in an exported model.
    return torch.arange(x.size(1), device=x.device) < lengths.to(x.device)[:, None]


def zero_padding(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Zero the padding of ``(batch, frames, features)``."""
    return x.masked_fill(~valid_frames(x, lengths).unsqueeze(2), 0.0)
