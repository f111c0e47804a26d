"""Interface of sentiment decoders: a variable number of frames in, one embedding out."""

from abc import ABC, abstractmethod

import torch


class AbsSentimentDecoder(torch.nn.Module, ABC):
    """Maps encoder states of any length to an embedding of fixed size (Lu et al., section 2.2).

    Its only source of randomness in training is `torch.nn.Dropout`, which is replaced by one for
    each fold where folds are trained in one pass.
    """

    @abstractmethod
    def output_size(self) -> int:
        """Return the size of the embedding."""

    @abstractmethod
    def forward(
        self, encoder_out: torch.Tensor, encoder_out_lens: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Embed a batch.

        Parameters
        ----------
        encoder_out
            Encoder states ``(batch, frames, features)``.
        encoder_out_lens
            Valid frames, ``(batch,)``.

        Returns
        -------
        tuple
            The embeddings ``(batch, output_size)``, and the attention ``(batch, heads, frames)``
            where the decoder attends, else None.
        """
