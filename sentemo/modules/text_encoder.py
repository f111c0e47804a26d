"""Word embeddings and a bidirectional LSTM: the text branch beside a sentiment decoder."""

import torch

from sentemo.modules.decoders.pooling import POOLINGS, require_pooling
from sentemo.modules.encoders.blstm import BLSTM


class RNNTextEncoder(torch.nn.Module):
    """Embeds a transcript (Lu et al. 2020, Table 2: "CNN and LSTM" on acoustics and text).

    Sizes and pooling are not published. All words of the training side are known, so nothing can
    be learnt of an unknown one: its embedding is zero. That of an empty transcript is zero too.

    Parameters
    ----------
    vocabulary_size
        Number of tokens, the first of which is ``<unk>``.
    embedding_size
        Values per word.
    units
        LSTM units per direction.
    num_layers
        LSTM layers.
    pooling
        ``last``, the last word's state forwards and the first word's backwards; ``mean`` or
        ``max`` over the words.
    dropout
        On the words' embeddings and on the transcript's, in training.

    Raises
    ------
    SentemoError
        When there is no such pooling.
    """

    UNKNOWN = 0

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int = 128,
        units: int = 64,
        num_layers: int = 1,
        pooling: str = "last",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        require_pooling(pooling, "last", "mean", "max", key="text_encoder_conf.pooling")
        self.pool = POOLINGS[pooling]
        self.embedding = torch.nn.Embedding(
            vocabulary_size, embedding_size, padding_idx=self.UNKNOWN
        )
        self.dropout = torch.nn.Dropout(dropout)
        self.rnn = BLSTM(embedding_size, num_layers, units, dropout)

    def output_size(self) -> int:
        """Both directions side by side."""
        return self.rnn.output_size

    def forward(self, text: torch.Tensor, text_lengths: torch.Tensor) -> torch.Tensor:
        """Embed a batch of transcripts.

        Parameters
        ----------
        text
            Token numbers ``(batch, words)``; whatever they are where it is padded.
        text_lengths
            Words of each transcript, ``(batch,)``, which may be 0.

        Returns
        -------
        torch.Tensor
            ``(batch, output_size)``.
        """
        # One column more: an LSTM wants a step even where nobody said a word.
        text = torch.nn.functional.pad(text.clamp(min=self.UNKNOWN), (0, 1), value=self.UNKNOWN)
        lengths = text_lengths.clamp(min=1)
        states = self.rnn(self.dropout(self.embedding(text)), lengths)
        pooled = self.dropout(self.pool(states, lengths))
        return pooled.masked_fill((text_lengths == 0)[:, None].to(pooled.device), 0.0)
