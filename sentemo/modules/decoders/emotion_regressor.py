"""Convolutions, a transformer block, mean and variance: the emotion regressor of SA2SR (2022)."""

import torch
from espnet.nets.pytorch_backend.transformer.attention import MultiHeadedAttention
from espnet.nets.pytorch_backend.transformer.encoder_layer import EncoderLayer
from espnet.nets.pytorch_backend.transformer.positionwise_feed_forward import (
    PositionwiseFeedForward,
)

from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.decoders.pooling import SMALLEST_VARIANCE, mean_and_variance, mean_over_time
from sentemo.modules.padding import valid_frames, zero_padding


class EmotionRegressor(AbsSentimentDecoder):
    """The emotion regressor of SA2SR up to its linear layer (section 4.1, Fig. 2).

    It has two convolutions (filters of 6 and 3 frames, strides of 3 and 2), normalisation of each
    utterance, a LeakyReLU, a transformer block, and mean and variance of its states. Two choices
    are ours, because the paper leaves them open:

    - Beyond both ends of an utterance a convolution sees as many zeros as half a filter has frames,
      so that an utterance of one frame has a state.
    - The block normalises after its parts, as the first transformer did (Vaswani et al. 2017), and
      has no positional encoding.

    Parameters
    ----------
    input_size
        Size of the encoder's states.
    units
        Filters of each convolution, and width of the block and of its feed-forward layer.
    heads
        Heads of the block's attention.
    negative_slope
        Slope of the LeakyReLU below zero; only the digit 5 is legible in the paper.
    dropout
        Dropout on the decoder's input, within the block, and on the embedding, in training.
    """

    def __init__(
        self,
        input_size: int,
        units: int = 64,
        heads: int = 4,
        negative_slope: float = 0.5,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropout = torch.nn.Dropout(dropout)
        self.convolutions = torch.nn.ModuleList(
            [MaskedConvolution(input_size, units, 6, 3), MaskedConvolution(units, units, 3, 2)]
        )
        self.activation = torch.nn.LeakyReLU(negative_slope)
        self.block = EncoderLayer(
            units,
            MultiHeadedAttention(heads, units, dropout),
            PositionwiseFeedForward(units, units, dropout),
            dropout,
            normalize_before=False,
        )

    def output_size(self) -> int:
        """Return the size of the embedding: mean and variance side by side."""
        return 2 * self.block.size

    def forward(
        self, encoder_out: torch.Tensor, encoder_out_lens: torch.Tensor
    ) -> tuple[torch.Tensor, None]:
        """Embed ``(batch, frames, features)``; see `AbsSentimentDecoder.forward`.

        No attention is returned: the block's is between states of six frames, not over frames.
        """
        x, lengths = self.dropout(encoder_out), encoder_out_lens
        for convolution in self.convolutions:
            x, lengths = convolution(x, lengths)
        x = self.activation(normalize_utterances(x, lengths))
        valid = valid_frames(x, lengths)
        x, _ = self.block(x, valid[:, None])
        self.block.self_attn.attn = None  # ESPnet keeps it with its graph, which cannot be copied
        return self.dropout(mean_and_variance(x, lengths)), None


class MaskedConvolution(torch.nn.Module):
    """1-D convolution over time that sees zeros in place of padding."""

    def __init__(self, input_size: int, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.width, self.stride, self.padding = width, stride, width // 2
        self.convolution = torch.nn.Conv1d(input_size, channels, width, stride, self.padding)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map ``(batch, frames, features)`` to ``(batch, states, channels)`` and valid states."""
        x = self.convolution(zero_padding(x, lengths).transpose(1, 2)).transpose(1, 2)
        # Frames from the start of the first filter to the last possible start.
        first_to_last = lengths + 2 * self.padding - self.width
        return x, torch.div(first_to_last, self.stride, rounding_mode="floor") + 1


def normalize_utterances(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Give each utterance's valid values of ``(batch, frames, features)`` mean 0 and variance 1.

    All features of an utterance share one mean and one variance, which is how the paper's "sample
    level" is read here. With statistics of each feature over time, the level of an utterance in
    that feature would be lost, and so would everything of an utterance of one frame.
    """
    x = x - mean_over_time(x, lengths).mean(dim=1)[:, None, None]
    variance = mean_over_time(x.square(), lengths).mean(dim=1)[:, None, None]
    return x / (variance + SMALLEST_VARIANCE).sqrt()
