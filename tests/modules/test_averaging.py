"""Averages of consecutive states before an LSTM, and attention that is spread over them again."""

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.modules.averaging import StatesAveraging
from sentemo.modules.decoders.rnn_attention import RNNAttentionDecoder
from sentemo.modules.decoders.rnn_pooling import RNNPoolingDecoder

DECODERS = [RNNAttentionDecoder, RNNPoolingDecoder]


@pytest.fixture
def states():
    torch.manual_seed(0)
    return torch.randn(3, 11, 6), torch.tensor([11, 8, 1])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 20])
def test_a_step_is_the_mean_of_its_valid_states(count, states):
    h, lengths = states
    means, steps = StatesAveraging(count)(h, lengths)
    for row, length in enumerate(lengths.tolist()):
        parts = h[row, :length].split(count)
        assert steps[row] == len(parts)
        torch.testing.assert_close(
            means[row, : len(parts)], torch.stack([part.mean(dim=0) for part in parts])
        )


@pytest.mark.parametrize("count", [1, 2, 3, 4, 20])
def test_attention_to_a_step_is_shared_by_its_states(count, states):
    h, lengths = states
    averaging = StatesAveraging(count)
    means, steps = averaging(h, lengths)
    attention = torch.rand(3, 2, means.size(1)) * (
        torch.arange(means.size(1)) < steps[:, None, None]
    )
    shares = averaging.spread(attention, h, lengths)
    assert shares.shape == (3, 2, 11)
    torch.testing.assert_close(shares.sum(dim=-1), attention.sum(dim=-1))
    for row, length in enumerate(lengths.tolist()):
        assert not shares[row, :, length:].any()
        for step, part in enumerate(shares[row, :, :length].split(count, dim=-1)):
            torch.testing.assert_close(part.sum(dim=-1), attention[row, :, step])
            torch.testing.assert_close(part, part[:, :1].expand_as(part))


@pytest.mark.parametrize("decoder_class", DECODERS)
def test_a_decoder_reads_the_means_and_padding_changes_nothing(decoder_class, states):
    h, lengths = states
    torch.manual_seed(1)
    decoder = decoder_class(6, units=5, states_per_step=4).eval()
    plain = decoder_class(6, units=5).eval()
    plain.load_state_dict(decoder.state_dict())
    together, _ = decoder(h, lengths)
    torch.testing.assert_close(together, plain(*StatesAveraging(4)(h, lengths))[0])
    for row, length in enumerate(lengths):
        alone, _ = decoder(h[row : row + 1, :length], length[None])
        torch.testing.assert_close(together[row], alone[0])


@pytest.mark.parametrize("count", [0, -1, 2.0, True, "4"])
def test_a_number_of_states_that_is_none_is_refused(count):
    with pytest.raises(SentemoError, match=r"states_per_step: .* is not a number of states"):
        RNNAttentionDecoder(6, states_per_step=count)
