"""Macro layers of convolution, pooling and bidirectional LSTMs (Lu et al. 2020, section 3.1)."""

from dataclasses import dataclass

import torch
from espnet.nets.pytorch_backend.transformer.subsampling import TooShortUttError

from sentemo.modules.encoders.blstm import BLSTM
from sentemo.modules.encoders.layered import LayeredEncoder
from sentemo.modules.padding import zero_padding


class ConvBLSTMEncoder(LayeredEncoder):
    """The encoder of Lu et al. (2020), section 3.1: 85 M parameters on 80 features.

    A macro layer is a 1-D convolution over time, a max-pooling that divides the frames, and
    bidirectional LSTM layers, each with a projection. Activations and normalisation are not
    published. Here layer normalisation follows convolutions and projections, where the paper's
    toolkit (Lingvo) has batch normalisation, so that an utterance's states depend on no other
    utterance. A ReLU follows convolutions only; after projections it made nine LSTM layers slower
    to learn. Beyond both ends of an utterance a convolution sees zeros, padded or not.

    Parameters
    ----------
    input_size
        Features per frame.
    num_macro_layers
        Number of macro layers.
    conv_channels, conv_width
        Filters of each convolution, and frames that a filter sees.
    pool_width
        Number of frames that become one, in each macro layer.
    num_blstm_layers, units
        LSTM layers per macro layer, and their hidden units per direction.
    projection_size
        Features after each LSTM layer.
    dropout
        Dropout after each projection, in training.
    """

    def __init__(
        self,
        input_size: int,
        num_macro_layers: int = 3,
        conv_channels: int = 512,
        conv_width: int = 5,
        pool_width: int = 2,
        num_blstm_layers: int = 3,
        units: int = 512,
        projection_size: int = 1536,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        convolution = _Convolution(conv_channels, conv_width, pool_width)
        blstm = _BLSTMStack(num_blstm_layers, units, projection_size, dropout)
        sizes = [input_size, *[projection_size] * (num_macro_layers - 1)]
        self.macro_layers = torch.nn.ModuleList(
            _MacroLayer(size, convolution, blstm) for size in sizes
        )
        self.num_layers = num_blstm_layers  # layers at the final frame rate
        self.subsampling = pool_width**num_macro_layers
        self.projection_size = projection_size

    def output_size(self) -> int:
        """Return the size of a state."""
        return self.projection_size

    def forward_layers(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Encode ``(batch, frames, features)``, and return every layer of the final frame rate.

        Returns
        -------
        tuple
            The outputs of the last macro layer's LSTM layers, each ``(batch, frames // subsampling,
            projection)`` with padding zeroed; and the valid states of each utterance.

        Raises
        ------
        TooShortUttError
            When an utterance has too few frames for one state.
        """
        self._check_lengths(ilens)
        x, lengths = zero_padding(xs_pad, ilens), ilens
        for macro_layer in self.macro_layers:
            outputs, lengths = macro_layer(x, lengths)
            x = outputs[-1]
        return outputs, lengths

    def _check_lengths(self, lengths: torch.Tensor) -> None:
        shortest, row = map(int, lengths.min(dim=0))
        if shortest < self.subsampling:
            raise TooShortUttError(
                f"utterance {row + 1} of {len(lengths)} in its batch has {shortest} frames; the "
                f"encoder makes one state of {self.subsampling}. Leave out utterances that short.",
                shortest,
                self.subsampling,
            )


@dataclass(frozen=True)
class _Convolution:
    """Sizes of a macro layer's convolution and max-pooling."""

    channels: int
    width: int
    pool_width: int


@dataclass(frozen=True)
class _BLSTMStack:
    """Sizes of a macro layer's LSTM layers."""

    num_layers: int
    units: int
    projection_size: int
    dropout: float


class _MacroLayer(torch.nn.Module):
    """Convolution, layer normalisation, ReLU, max-pooling, LSTM layers."""

    def __init__(self, input_size: int, convolution: _Convolution, blstm: _BLSTMStack) -> None:
        super().__init__()
        channels = convolution.channels
        self.conv = torch.nn.Conv1d(input_size, channels, convolution.width, padding="same")
        self.norm = torch.nn.LayerNorm(channels)
        self.pool = torch.nn.MaxPool1d(convolution.pool_width)
        self.pool_width = convolution.pool_width
        sizes = [channels, *[blstm.projection_size] * (blstm.num_layers - 1)]
        self.blstm = torch.nn.ModuleList(
            _ProjectedBLSTM(size, blstm.units, blstm.projection_size, blstm.dropout)
            for size in sizes
        )

    def forward(
        self, x: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Map ``(batch, frames, features)``, its padding zeroed, to each LSTM layer's output."""
        x = self.conv(x.transpose(1, 2)).transpose(1, 2)
        x = torch.relu(self.norm(x))
        x = self.pool(x.transpose(1, 2)).transpose(1, 2)
        lengths = torch.div(lengths, self.pool_width, rounding_mode="floor")
        outputs = []
        for blstm in self.blstm:
            x = blstm(x, lengths)
            outputs.append(x)
        return outputs, lengths


class _ProjectedBLSTM(torch.nn.Module):
    """Bidirectional LSTM, projection, layer normalisation."""

    def __init__(self, input_size: int, units: int, projection_size: int, dropout: float) -> None:
        super().__init__()
        self.blstm = BLSTM(input_size, 1, units)
        self.projection = torch.nn.Linear(self.blstm.output_size, projection_size)
        self.norm = torch.nn.LayerNorm(projection_size)
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.projection(self.blstm(x, lengths)))
        return zero_padding(self.dropout(x), lengths)
