"""Normalisation of an utterance by itself, and of encoder states by a training side."""

import numpy as np
import torch
from espnet2.layers.utterance_mvn import UtteranceMVN, utterance_mvn

from sentemo.modules.padding import zero_padding


class MaskedUtteranceMVN(UtteranceMVN):
    """ESPnet's `UtteranceMVN` with padding left out of the variance.

    ESPnet (202511) subtracts the mean from the padding too and then counts it, so that an
    utterance is divided by more in a batch than alone. Alone, both give the same bits.
    """

    def forward(
        self, x: torch.Tensor, ilens: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Normalise a batch.

        Parameters
        ----------
        x
            ``(batch, frames, features)``; padding is set to zero.
        ilens
            Valid frames, ``(batch,)``; without them, all.
        """
        variance_follows = self.norm_means and self.norm_vars
        norm_vars = self.norm_vars and not variance_follows
        x, lengths = utterance_mvn(x, ilens, self.norm_means, norm_vars, self.eps)
        x = zero_padding(x, lengths)
        if variance_follows:
            count = lengths.to(x.device, x.dtype).view(-1, 1, 1)
            variance = x.pow(2).sum(dim=1, keepdim=True) / count
            x = x / variance.sqrt().clamp(min=self.eps)
        return x, lengths


class StatesNormalisation(torch.nn.Module):
    """Standardises every feature of encoder states by the mean and deviation of a training side.

    Features of large models differ in scale a thousandfold, which decoders learn badly from. The
    statistics are a part of the weights, as every fold has its own.

    Parameters
    ----------
    shape
        Shape of a state: ``(features,)``, or ``(layers, features)`` where several layers are read.
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(shape))

    def set_statistics(self, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Set mean and deviation; a feature that never changes stays at zero."""
        self.mean.copy_(torch.from_numpy(mean).reshape(self.mean.shape))
        scale = 1 / np.where(deviation > 0, deviation, np.inf)
        self.scale.copy_(torch.from_numpy(scale).reshape(self.scale.shape))

    def forward(self, states: torch.Tensor, layer: torch.Tensor | None = None) -> torch.Tensor:
        """Standardise ``(batch, frames, …)`` states of the shape.

        Parameters
        ----------
        layer
            Index of the only layer that the states have, ``(batch, frames, features)``; None where
            they have all.
        """
        if layer is None:
            return (states - self.mean) * self.scale
        mean, scale = (of.index_select(0, layer.reshape(1)) for of in (self.mean, self.scale))
        return (states - mean) * scale
