"""Mean and standard deviation of the states, with nothing learnt: the decoder of a linear probe."""

import torch

from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.decoders.pooling import mean_and_variance

SMALLEST_VARIANCE = 1e-12  # below it, a difference of states is rounding


class StatisticsPooling(AbsSentimentDecoder):
    """Maps states to their mean and standard deviation over time (Snyder et al. 2018).

    Parameters
    ----------
    input_size
        Size of the encoder's states.

    Attributes
    ----------
    mean, deviation
        Of the embeddings that the head learnt from, ``(2 * input_size,)`` each: a folder of other
        recordings is brought to them when a model is adapted. Nothing here is standardised by them.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, input_size: int) -> None:
        super().__init__()
        self._output_size = 2 * input_size
        self.register_buffer("mean", torch.zeros(self._output_size))
        self.register_buffer("deviation", torch.ones(self._output_size))

    def output_size(self) -> int:
        """Return the size of the embedding: twice the input size."""
        return self._output_size

    def forward(
        self, encoder_out: torch.Tensor, encoder_out_lens: torch.Tensor
    ) -> tuple[torch.Tensor, None]:
        """Embed ``(batch, frames, features)``; see `AbsSentimentDecoder.forward`."""
        mean, variance = mean_and_variance(encoder_out, encoder_out_lens).chunk(2, dim=-1)
        return torch.cat([mean, variance.clamp(min=SMALLEST_VARIANCE).sqrt()], dim=-1), None
