"""Masks that keep padding out of convolutions and statistics."""

import torch


def valid_frames(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return a mask ``(batch, frames)`` of the frames of ``x`` that are not padding."""
    # ESPnet's own mask grows with the square of the frames in an exported model.
    return torch.arange(x.size(1), device=x.device) < lengths.to(x.device)[:, None]


def zero_padding(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return ``(batch, frames, features)`` with the padding set to zero."""
    return x.masked_fill(~valid_frames(x, lengths).unsqueeze(2), 0.0)
