"""Averages of consecutive states: a recurrent decoder's steps, fewer than the encoder's."""

import torch

from sentemo.core.errors import SentemoError
from sentemo.modules.padding import valid_frames, zero_padding


class StatesAveraging(torch.nn.Module):
    """Averages every ``count`` consecutive states, and spreads attention over them again.

    The encoder of Lu et al. (2020) emits a state every 80 ms (section 3.1: three poolings of
    stride 2 upon frames of 10 ms), Whisper one every 20 ms. With a count of 4 the decoder's LSTM
    takes the paper's steps, a quarter as many.

    Parameters
    ----------
    count
        States that make one step; 1 leaves them as they are.

    Raises
    ------
    SentemoError
        When the count is not a positive integer.
    """

    def __init__(self, count: int = 1) -> None:
        super().__init__()
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise SentemoError(
                f"decoder_conf.states_per_step: {count!r} is not a number of states from 1."
            )
        self.count = count

    def forward(
        self, states: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Average states; an utterance's last step is the mean of the valid states that remain.

        Parameters
        ----------
        states
            ``(batch, frames, features)``.
        lengths
            Valid frames, ``(batch,)``.

        Returns
        -------
        tuple
            ``(batch, ceil(frames / count), features)``, and the valid steps.
        """
        if self.count == 1:
            return states, lengths
        sums = self._sums(zero_padding(states, lengths))
        means = sums / self._states_held(states, lengths)[:, :, None]
        return means, torch.div(lengths + self.count - 1, self.count, rounding_mode="floor")

    def spread(
        self, attention: torch.Tensor, states: torch.Tensor, lengths: torch.Tensor
    ) -> torch.Tensor:
        """Share the attention to every step equally among the states that it averages.

        Parameters
        ----------
        attention
            ``(batch, heads, steps)``.
        states, lengths
            What the steps were made of, see `forward`.

        Returns
        -------
        torch.Tensor
            ``(batch, heads, frames)``, zero on the padding.
        """
        if self.count == 1:
            return attention
        shares = attention / self._states_held(states, lengths)[:, None]
        shares = shares.repeat_interleave(self.count, dim=2)[:, :, : states.size(1)]
        return shares.masked_fill(~valid_frames(states, lengths)[:, None], 0.0)

    def _states_held(self, states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return how many valid states each step averages, 1 for padding: ``(batch, steps)``."""
        valid = valid_frames(states, lengths).to(states.dtype)
        return self._sums(valid[:, :, None])[:, :, 0].clamp(min=1.0)

    def _sums(self, x: torch.Tensor) -> torch.Tensor:
        """Sum ``(batch, frames, features)`` over every ``count`` frames."""
        fill = -x.size(1) % self.count
        filled = torch.nn.functional.pad(x, (0, 0, 0, fill))
        return filled.reshape(x.size(0), -1, self.count, x.size(2)).sum(dim=2)
