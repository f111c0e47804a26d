import math

import pytest
import torch

from sentemo.modules.decoders.rnn_attention import MultiHeadAttentionPooling, RNNAttentionDecoder


@pytest.fixture
def states():
    torch.manual_seed(0)
    return torch.randn(2, 9, 6), torch.tensor([9, 4])


def test_attention_is_the_equation_of_section_2_2(states):
    """Head by head, with the paper's matrices."""
    h, lengths = states
    pooling = MultiHeadAttentionPooling(6, heads=3, head_size=4)
    pooled, attention = pooling(h, lengths)
    keys = pooling.key.weight.reshape(3, 4, 6)
    values = pooling.value.weight.reshape(3, 4, 6)
    for row, length in enumerate(lengths):
        valid = h[row, :length]
        for head in range(3):
            scores = pooling.query[head] @ (keys[head] @ valid.T) / math.sqrt(4)
            a = scores.softmax(dim=0)
            v = values[head] @ valid.T @ a
            torch.testing.assert_close(attention[row, head, :length], a)
            torch.testing.assert_close(pooled[row, 4 * head : 4 * head + 4], v)


def test_padding_gets_no_attention_and_changes_no_embedding(states):
    h, lengths = states
    decoder = RNNAttentionDecoder(6, units=5, heads=2, head_size=3).eval()
    together, attention = decoder(h, lengths)
    alone, _ = decoder(h[1:, :4], lengths[1:])
    torch.testing.assert_close(together[1], alone[0])
    assert not attention[1, :, 4:].any()
    torch.testing.assert_close(attention.sum(dim=-1), torch.ones(2, 2))


def test_the_defaults_are_the_papers():
    decoder = RNNAttentionDecoder(512)
    assert decoder.rnn.output_size == 2 * 64
    assert (decoder.attention.heads, decoder.attention.head_size) == (8, 32)
    assert decoder.output_size() == 256
