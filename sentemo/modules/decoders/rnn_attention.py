"""Bidirectional LSTM with multi-head self-attention: the sentiment decoder of Lu et al. 2020."""

import math

import torch

from sentemo.modules.averaging import StatesAveraging
from sentemo.modules.decoders.abs_decoder import AbsSentimentDecoder
from sentemo.modules.encoders.blstm import BLSTM
from sentemo.modules.padding import valid_frames


class MultiHeadAttentionPooling(torch.nn.Module):
    """Learned-query attention over time (Lu et al. 2020, the equation of section 2.2).

    Each head i maps hidden states h of shape (frames, d_k) to a vector v_i::

        a_i = softmax(w_Q_i (W_K_i h^T) / sqrt(d_a)),    v_i = W_V_i h^T a_i

    The result has the v_i of all heads side by side. The products are taken in the order that
    costs least, which changes no result: h is multiplied by W_K_i^T w_Q_i, a vector, and averaged
    over time before it is multiplied by W_V_i. No key or value of a frame is ever computed.
    """

    def __init__(self, input_size: int, heads: int, head_size: int) -> None:
        super().__init__()
        self.heads, self.head_size = heads, head_size
        self.query = torch.nn.Parameter(torch.empty(heads, head_size))
        self.key = torch.nn.Linear(input_size, heads * head_size, bias=False)
        self.value = torch.nn.Linear(input_size, heads * head_size, bias=False)
        torch.nn.init.xavier_uniform_(self.query)

    def forward(
        self, states: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Pool ``(batch, frames, d_k)`` to ``(batch, heads * d_a)``; also return the attention."""
        shape = (self.heads, self.head_size, -1)
        directions = torch.einsum("hd,hdk->hk", self.query, self.key.weight.view(shape))
        scores = torch.matmul(directions, states.transpose(1, 2)) / math.sqrt(self.head_size)
        attention = scores.masked_fill(~valid_frames(states, lengths)[:, None], -math.inf).softmax(
            dim=-1
        )
        pooled = torch.einsum("bhk,hdk->bhd", attention @ states, self.value.weight.view(shape))
        return pooled.flatten(1), attention


class RNNAttentionDecoder(AbsSentimentDecoder):
    """BLSTM, then multi-head self-attention over its states (Lu et al. 2020, sections 2.2, 3.1).

    Parameters
    ----------
    input_size
        Size of the encoder's states.
    units
        LSTM units per direction.
    num_layers
        LSTM layers.
    heads, head_size
        n_a and d_a of the paper.
    dropout
        Dropout on the decoder's input and on the embedding, in training.
    states_per_step
        Consecutive states that are averaged before the LSTM, see `StatesAveraging`.
    """

    def __init__(
        self,
        input_size: int,
        units: int = 64,
        num_layers: int = 1,
        heads: int = 8,
        head_size: int = 32,
        dropout: float = 0.0,
        states_per_step: int = 1,
    ) -> None:
        super().__init__()
        self.averaging = StatesAveraging(states_per_step)
        self.dropout = torch.nn.Dropout(dropout)
        self.rnn = BLSTM(input_size, num_layers, units, dropout)
        self.attention = MultiHeadAttentionPooling(self.rnn.output_size, heads, head_size)

    def output_size(self) -> int:
        """Return the size of the embedding: all heads side by side."""
        return self.attention.heads * self.attention.head_size

    def forward(
        self, encoder_out: torch.Tensor, encoder_out_lens: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Embed ``(batch, frames, features)``; see `AbsSentimentDecoder.forward`."""
        means, steps = self.averaging(encoder_out, encoder_out_lens)
        states = self.rnn(self.dropout(means), steps)
        embedding, attention = self.attention(states, steps)
        attention = self.averaging.spread(attention, encoder_out, encoder_out_lens)
        return self.dropout(embedding), attention
