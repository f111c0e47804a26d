"""Base of encoders that offer the states of all of their layers, and that can begin at one."""

from abc import abstractmethod

import torch
from espnet2.asr.encoder.abs_encoder import AbsEncoder

from sentemo.core.errors import SentemoError


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
    start_layer
        Layer whose states are its input, see `begin_above`; 0 where it begins with features.
    silence
        Number of states of silence that an utterance is heard with, at most; see `forward_to`.
    """

    num_layers: int
    finishes = False
    start_layer = 0
    silence = 0

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

    def forward_to(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor, layer: int
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Encode up to a layer, to all that the layers above it read.

        Returns
        -------
        states, counts
            One ``(states, output_size)`` for each utterance, and the number of its own states
            ``(batch,)``. Behind these may be states of the silence that it was heard with, see
            `WhisperFrontend`.
        """
        layers, counts = self.forward_layers(xs_pad, ilens)
        found = zip(layers[layer - 1], counts.tolist(), strict=True)
        return [states[:count] for states, count in found], counts

    def begin_above(self, layer: int, last: int) -> None:
        """Leave out the parts up to a layer, and the layers behind another one.

        From now on `forward_layers` takes states of `layer`, as `forward_to` returns them, with the
        numbers of the utterances' own states; it returns those of the layers from the next one to
        `last`. The parameters that are left keep their names.

        Raises
        ------
        SentemoError
            When the encoder has no layers that could begin by themselves.
        """
        raise SentemoError(
            f"tuning_conf: layers of {type(self).__name__} cannot be trained upon kept states, "
            "those of Whisper and of the speech encoders of Hugging Face can. Train the whole "
            "encoder, without tuning_conf."
        )

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


def leave_out(layers: torch.nn.ModuleList, before: int, behind: int) -> None:
    """Take the layers up to `before` and those behind `behind` out of a list; numbers stay."""
    for index in range(len(layers)):
        if index < before or index >= behind:
            layers[index] = torch.nn.Identity()
