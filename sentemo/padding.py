"""Padding that neither convolutions nor statistics see."""

import torch
from espnet.nets.pytorch_backend.nets_utils import make_pad_mask


def valid_frames(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Which frames of ``(batch, frames, features)`` are no padding: ``(batch, frames)``."""
    return ~make_pad_mask(lengths, maxlen=x.size(1)).to(x.device)


def zero_padding(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Zero the padding of ``(batch, frames, features)``."""
    return x.masked_fill(~valid_frames(x, lengths).unsqueeze(2), 0.0)
