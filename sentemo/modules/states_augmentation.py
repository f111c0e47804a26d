"""Augmentation of encoder states, for decoders that learn from kept states."""

import torch

from sentemo.core.errors import SentemoError


class StatesAugmentation(torch.nn.Module):
    """Masks stretches of time and adds noise to encoder states, in training.

    SpecAugment changes the encoder's input, and so needs the encoder in every epoch; this does not.
    It is meant for standardised states, whose mean is zero and whose deviation is one.

    Parameters
    ----------
    time_masks, time_mask_width
        Number of masks, and their largest width in states (inclusive). A masked state is zero.
    noise
        Deviation of the normal noise that is added to every feature.

    Raises
    ------
    SentemoError
        When a number is negative.
    """

    def __init__(self, time_masks: int = 0, time_mask_width: int = 0, noise: float = 0.0) -> None:
        super().__init__()
        if min(time_masks, time_mask_width, noise) < 0:
            raise SentemoError(
                "model_conf.states_augmentation: its numbers are zero or more, and these are "
                f"{time_masks}, {time_mask_width} and {noise}."
            )
        self.time_masks, self.time_mask_width, self.noise = time_masks, time_mask_width, noise

    def forward(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        """Change ``(batch, frames, …)`` states with so many valid frames, in training only."""
        if not self.training:
            return states
        if self.noise:
            noise = torch.empty_like(states).normal_(generator=generator)
            states = states + self.noise * noise
        for _ in range(self.time_masks):
            states = states.masked_fill(self._mask(states, lengths, generator), 0.0)
        return states

    def _mask(
        self, states: torch.Tensor, lengths: torch.Tensor, generator: torch.Generator | None
    ) -> torch.Tensor:
        """Draw a stretch of valid frames of every utterance; True where it is masked."""
        device = states.device
        draws = torch.rand(2, len(states), generator=generator, device=device)
        lengths = lengths.to(device)
        widths = (draws[0] * (lengths.clamp(max=self.time_mask_width) + 1)).long()
        starts = (draws[1] * (lengths - widths + 1)).long()
        frames = torch.arange(states.size(1), device=device)[None]
        masked = (frames >= starts[:, None]) & (frames < (starts + widths)[:, None])
        return masked.reshape(*masked.shape, *[1] * (states.dim() - 2))
