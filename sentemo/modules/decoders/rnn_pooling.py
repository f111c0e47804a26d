"""Bidirectional LSTM, then pooling: a sentiment decoder of Lu et al. 2020."""

import torch

from sentemo.modules.averaging import StatesAveraging
from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.decoders.pooling import POOLINGS, pooled_size, require_pooling
from sentemo.modules.encoders.blstm import BLSTM


class RNNPoolingDecoder(AbsSentimentDecoder):
    """BLSTM, then pooling of its states over time (Lu et al., section 2.2).

    Parameters
    ----------
    input_size
        Size of the encoder's states.
    units
        LSTM units per direction; the base model has 64 (section 3.3).
    num_layers
        LSTM layers.
    pooling
        ``last`` takes the last forward state and the first backward state; ``mean``; ``max``; or
        ``mean_std``: mean and standard deviation, which the paper does not have.
    dropout
        Dropout on the decoder's input and on the embedding, in training.
    states_per_step
        Consecutive states that are averaged before the LSTM, see `StatesAveraging`.

    Raises
    ------
    SentemoError
        When there is no such pooling.
    """

    def __init__(
        self,
        input_size: int,
        units: int = 64,
        num_layers: int = 1,
        pooling: str = "mean",
        dropout: float = 0.0,
        states_per_step: int = 1,
    ) -> None:
        super().__init__()
        require_pooling(pooling, "last", "mean", "max", "mean_std")
        self._output_size = pooled_size(2 * units, pooling)
        self.pool = POOLINGS[pooling]
        self.averaging = StatesAveraging(states_per_step)
        self.dropout = torch.nn.Dropout(dropout)
        self.rnn = BLSTM(input_size, num_layers, units, dropout)

    def output_size(self) -> int:
        """Return the size of the embedding: both directions, twice with ``mean_std``."""
        return self._output_size

    def forward(
        self, encoder_out: torch.Tensor, encoder_out_lens: torch.Tensor
    ) -> tuple[torch.Tensor, None]:
        """Embed ``(batch, frames, features)``; see `AbsSentimentDecoder.forward`."""
        means, steps = self.averaging(encoder_out, encoder_out_lens)
        states = self.rnn(self.dropout(means), steps)
        return self.dropout(self.pool(states, steps)), None
