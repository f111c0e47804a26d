"""What every sentiment decoder is: a variable number of frames in, one embedding out."""

from abc import ABC, abstractmethod

import torch


class AbsSentimentDecoder(torch.nn.Module, ABC):
    """Maps encoder states of any length to an embedding of fixed size (Lu et al., section 2.2).

    What it draws in training, `torch.nn.Dropout` draws: folds in one pass have each their own.
    """

    @abstractmethod
    def output_size(self) -> int:
        """Size of the embedding."""

    @abstractmethod
    def forward(
        self, encoder_out: torch.Tensor, encoder_out_lens: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Embed a batch.

        Parameters
        ----------
        encoder_out
            ``(batch, frames, features)``.
        encoder_out_lens
            Valid frames, ``(batch,)``.

        Returns
        -------
        tuple
            The embeddings ``(batch, output_size)``, and the attention ``(batch, heads, frames)``
            where the decoder attends, else None.
        """
