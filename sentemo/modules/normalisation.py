"""Normalisation of each utterance by its own mean and variance."""

import torch
from espnet2.layers.utterance_mvn import UtteranceMVN, utterance_mvn

from sentemo.modules.padding import zero_padding


class MaskedUtteranceMVN(UtteranceMVN):
    """ESPnet's `UtteranceMVN` with padding left out of the variance.

    ESPnet (202511) subtracts the mean from the padding too and then counts it, so that an
    utterance is divided by more in a batch than alone. Alone, both give the same bits.
    """

    def forward(
        self, x: torch.Tensor, ilens: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Normalise a batch.

        Parameters
        ----------
        x
            ``(batch, frames, features)``; padding is set to zero.
        ilens
            Valid frames, ``(batch,)``; without them, all.
        """
        variance_follows = self.norm_means and self.norm_vars
        norm_vars = self.norm_vars and not variance_follows
        x, lengths = utterance_mvn(x, ilens, self.norm_means, norm_vars, self.eps)
        x = zero_padding(x, lengths)
        if variance_follows:
            count = lengths.to(x.device, x.dtype).view(-1, 1, 1)
            variance = x.pow(2).sum(dim=1, keepdim=True) / count
            x = x / variance.sqrt().clamp(min=self.eps)
        return x, lengths
