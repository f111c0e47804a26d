"""Padding that neither convolutions nor statistics see."""

import torch
from espnet.nets.pytorch_backend.nets_utils import make_pad_mask


def zero_padding(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Zero the padding of ``(batch, frames, features)``."""
    return x.masked_fill(make_pad_mask(lengths, x, 1).to(x.device), 0.0)
