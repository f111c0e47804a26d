"""Word embeddings and a bidirectional LSTM: the text branch beside a sentiment decoder."""

import torch

from sentemo.modules.decoders.pooling import POOLINGS, require_pooling
from sentemo.modules.encoders.blstm import BLSTM


class RNNTextEncoder(torch.nn.Module):
    """Embeds transcripts (Lu et al. 2020, Table 2: "CNN and LSTM" on acoustics and text).

    Sizes and pooling are not published. The vocabulary has all words of the training side, so that
    nothing can be learnt about an unknown word: its embedding is zero. The embedding of an empty
    transcript is zero too.

    Parameters
    ----------
    vocabulary_size
        Number of tokens, the first of which is ``<unk>``.
    embedding_size
        Size of a word's embedding.
    units
        LSTM units per direction.
    num_layers
        LSTM layers.
    pooling
        ``last`` takes the forward state of the last word and the backward state of the first;
        ``mean`` and ``max`` are over the words.
    dropout
        Dropout on the embeddings of words and of transcripts, in training.

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
        """Return the size of the embedding: both directions side by side."""
        return self.rnn.output_size

    def forward(self, text: torch.Tensor, text_lengths: torch.Tensor) -> torch.Tensor:
        """Embed a batch of transcripts.

        Parameters
        ----------
        text
            Token ids ``(batch, words)``; padding may have any value.
        text_lengths
            Number of words of each transcript, ``(batch,)``, which may be 0.

        Returns
        -------
        torch.Tensor
            Embeddings ``(batch, output_size)``.
        """
        # One column more, because an LSTM needs a step even for an empty transcript.
        text = torch.nn.functional.pad(text.clamp(min=self.UNKNOWN), (0, 1), value=self.UNKNOWN)
        lengths = text_lengths.clamp(min=1)
        states = self.rnn(self.dropout(self.embedding(text)), lengths)
        pooled = self.dropout(self.pool(states, lengths))
        return pooled.masked_fill((text_lengths == 0)[:, None].to(pooled.device), 0.0)
