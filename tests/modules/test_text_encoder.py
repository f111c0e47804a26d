"""The text branch: what it sees, and what neither padding nor silence must change."""

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.modules.text_encoder import RNNTextEncoder

TEXT = torch.tensor([[3, 1, 2, 4], [2, 5, -1, -1], [-1, -1, -1, -1]])
LENGTHS = torch.tensor([4, 2, 0])


def build(**changes):
    torch.manual_seed(0)
    return RNNTextEncoder(6, **{"embedding_size": 5, "units": 3, **changes})


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("num_layers", [1, 2])
def test_a_transcript_has_one_embedding_alone_and_beside_longer_ones(pooling, num_layers):
    encoder = build(pooling=pooling, num_layers=num_layers).eval()
    together = encoder(TEXT, LENGTHS)
    assert together.shape == (3, encoder.output_size())
    for row, length in enumerate(LENGTHS):
        alone = encoder(TEXT[row : row + 1, :length], length[None])
        torch.testing.assert_close(together[row], alone[0])
    assert together[:2].abs().sum(dim=1).all()


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_a_transcript_without_words_is_zero_and_its_gradient_finite(pooling):
    encoder = build(pooling=pooling, dropout=0.5).train()
    embedding = encoder(TEXT, LENGTHS)
    assert not embedding[2].any()
    embedding.square().sum().backward()
    assert all(p.grad.isfinite().all() for p in encoder.parameters())
    nobody_spoke = encoder(TEXT[2:, :0], LENGTHS[2:])
    assert nobody_spoke.shape == (1, encoder.output_size())
    assert not nobody_spoke.any()


def test_the_words_of_the_batch_learn_and_no_others():
    encoder = build().train()
    encoder(TEXT[1:], LENGTHS[1:]).sum().backward()
    learning = encoder.embedding.weight.grad.abs().sum(dim=1).nonzero().flatten()
    assert learning.tolist() == [2, 5]


def test_the_order_of_words_counts_and_an_unknown_one_says_nothing():
    encoder = build().eval()
    said, reversed_ = encoder(torch.tensor([[1, 2], [2, 1]]), torch.tensor([2, 2]))
    assert not torch.allclose(said, reversed_)
    assert not encoder.embedding(torch.tensor(RNNTextEncoder.UNKNOWN)).any()


def test_an_unknown_pooling_is_refused_by_its_own_key():
    with pytest.raises(SentemoError, match=r"text_encoder_conf\.pooling: 'sum'; choose last or"):
        build(pooling="sum")
