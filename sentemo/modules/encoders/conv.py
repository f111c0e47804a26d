"""Convolutional encoder: the CNN of the acoustic baselines (Lu et al. 2020, section 3.1)."""

from typing import ClassVar

import torch
from espnet2.asr.encoder.abs_encoder import AbsEncoder

from sentemo.core.errors import SentemoError
from sentemo.modules.padding import valid_frames, zero_padding


class ConvEncoder(AbsEncoder):
    """A stack of 1-D convolutions over time, each with a normalisation and a ReLU.

    The paper tunes the number of layers, filter sizes and strides, and publishes none of them.
    Beyond both ends of an utterance a convolution sees zeros, padded or not.

    Parameters
    ----------
    input_size
        Features per frame.
    num_layers, channels
        Number of convolutions, and number of filters of each.
    width
        Frames that a filter sees; an odd number, so that it has a middle.
    stride
        Number of frames that become one, in each layer.
    dropout
        Dropout after each layer, in training.
    norm
        ``layer`` normalises over the filters of each state; ``batch`` normalises each filter over
        all states of a batch, which preserves how loud an utterance is.

    Raises
    ------
    SentemoError
        When the width is even, or there is no such normalisation.
    """

    NORMS: ClassVar = {"layer": torch.nn.LayerNorm, "batch": torch.nn.BatchNorm1d}

    def __init__(
        self,
        input_size: int,
        num_layers: int = 3,
        channels: int = 128,
        width: int = 5,
        stride: int = 2,
        dropout: float = 0.0,
        norm: str = "layer",
    ) -> None:
        super().__init__()
        if width % 2 == 0:
            raise SentemoError(f"encoder_conf.width: {width} is even; a filter needs a middle.")
        if norm not in self.NORMS:
            raise SentemoError(f"encoder_conf.norm: {norm!r}; choose {' or '.join(self.NORMS)}.")
        sizes = [input_size, *[channels] * (num_layers - 1)]
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv1d(size, channels, width, stride, padding=width // 2) for size in sizes
        )
        self.norms = torch.nn.ModuleList(self.NORMS[norm](channels) for _ in sizes)
        self.dropout = torch.nn.Dropout(dropout)
        self.stride = stride
        self.channels = channels

    def output_size(self) -> int:
        """Return the size of a state: the filters of the last layer."""
        return self.channels

    def forward(
        self,
        xs_pad: torch.Tensor,
        ilens: torch.Tensor,
        prev_states: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Encode ``(batch, frames, features)``.

        Returns
        -------
        tuple
            States ``(batch, states, channels)`` with padding zeroed, the valid states of each
            utterance, and None. Each layer makes ``ceil(frames / stride)`` states.
        """
        x, lengths = zero_padding(xs_pad, ilens), ilens
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = convolution(x.transpose(1, 2)).transpose(1, 2)
            lengths = torch.div(lengths + self.stride - 1, self.stride, rounding_mode="floor")
            states = torch.zeros_like(x)
            valid = valid_frames(x, lengths)
            # The statistics are over valid states; padding stays zero.
            states[valid] = self.dropout(torch.relu(norm(x[valid])))
            x = states
        return x, lengths, None
