"""Base of encoders that offer the states of all of their layers."""

from abc import abstractmethod

import torch
from espnet2.asr.encoder.abs_encoder import AbsEncoder


class LayeredEncoder(AbsEncoder):
    """An encoder with layers, by which an utterance gets the same states alone and in a batch.

    A subclass has `num_layers`, `output_size` and `forward_layers`; `finish` too, if its output is
    not the last layer's states.

    Attributes
    ----------
    num_layers
        Number of layers that `forward_layers` returns.
    finishes
        Whether `finish` changes the states of the last layer.
    """

    num_layers: int
    finishes = False

    @abstractmethod
    def forward_layers(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Encode ``(batch, frames, features)``, of which so many frames are valid.

        Returns
        -------
        tuple
            One ``(batch, states, output_size)`` for each layer, padding zeroed, and the valid
            states ``(batch,)``.
        """

    def finish(self, states: torch.Tensor) -> torch.Tensor:
        """Make the encoder's output of the last layer's states: these themselves, or normalised."""
        return states

    def forward(
        self,
        xs_pad: torch.Tensor,
        ilens: torch.Tensor,
        prev_states: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Encode as `forward_layers` does, to the encoder's output alone."""
        layers, lengths = self.forward_layers(xs_pad, ilens)
        return self.finish(layers[-1]), lengths, None
