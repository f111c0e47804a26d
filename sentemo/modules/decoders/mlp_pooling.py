"""Multi-layer perceptron on each frame, then pooling: a sentiment decoder of Lu et al. 2020."""

from collections.abc import Sequence
from itertools import pairwise

import torch

from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.decoders.pooling import POOLINGS, pooled_size, require_pooling
from sentemo.modules.linear import FrameLinear


class MLPPoolingDecoder(AbsSentimentDecoder):
    """Maps each frame by itself, then pools over time (Lu et al., section 2.2).

    Parameters
    ----------
    input_size
        Size of the encoder's states.
    units
        Units of each layer. The default has those of the base model, in its BLSTM (2 × 64) and in
        its attention (8 × 32), as section 3.3 asks.
    pooling
        ``mean``, ``max``, or ``mean_std``: mean and standard deviation, which the paper does not
        have.
    dropout
        Dropout on the decoder's input and on the embedding, in training.

    Raises
    ------
    SentemoError
        When there is no such pooling.
    """

    def __init__(
        self,
        input_size: int,
        units: Sequence[int] = (128, 256),
        pooling: str = "mean",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        require_pooling(pooling, "mean", "max", "mean_std")
        self.pool = POOLINGS[pooling]
        self.dropout = torch.nn.Dropout(dropout)
        sizes = [input_size, *units]
        layers = [
            (FrameLinear(size, following), torch.nn.ReLU()) for size, following in pairwise(sizes)
        ]
        self.layers = torch.nn.Sequential(*(module for layer in layers for module in layer))
        self._output_size = pooled_size(sizes[-1], pooling)

    def output_size(self) -> int:
        """Return the size of the embedding: the last layer's units, twice with ``mean_std``."""
        return self._output_size

    def forward(
        self, encoder_out: torch.Tensor, encoder_out_lens: torch.Tensor
    ) -> tuple[torch.Tensor, None]:
        """Embed ``(batch, frames, features)``; see `AbsSentimentDecoder.forward`."""
        states = self.layers(self.dropout(encoder_out))
        return self.dropout(self.pool(states, encoder_out_lens)), None
