"""Frame stacking: fewer, wider frames before the encoder."""

import torch
from espnet2.asr.preencoder.abs_preencoder import AbsPreEncoder

from sentemo.modules.padding import zero_padding


class FrameStacking(AbsPreEncoder):
    """Stacks every `stack` adjacent frames and skips the others (SA2SR, section 4.2).

    Parameters
    ----------
    input_size
        Features per frame.
    stack
        Frames per stacked frame, and the subsampling factor.
    """

    def __init__(self, input_size: int, stack: int = 3) -> None:
        super().__init__()
        self.input_size = input_size
        self.stack = stack

    def output_size(self) -> int:
        """Return the number of features per stacked frame."""
        return self.input_size * self.stack

    def forward(
        self, input: torch.Tensor, input_lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Stack frames; an utterance's last stacked frame is filled up with zeros.

        Parameters
        ----------
        input
            Normalised features, ``(batch, frames, features)``.
        input_lengths
            Valid frames, ``(batch,)``.

        Returns
        -------
        tuple
            ``(batch, ceil(frames / stack), features * stack)`` and the new lengths.
        """
        # A longer neighbour in the batch may have left other values there than zeros.
        input = zero_padding(input, input_lengths)
        fill = -input.size(1) % self.stack
        input = torch.nn.functional.pad(input, (0, 0, 0, fill))
        stacked = input.reshape(input.size(0), -1, self.output_size())
        return stacked, torch.div(input_lengths + self.stack - 1, self.stack, rounding_mode="floor")
