"""The decoders of Table 3 that pool: what they see, and what padding must not change."""

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.modules.decoders.mlp_pooling import MLPPoolingDecoder
from sentemo.modules.decoders.rnn_pooling import RNNPoolingDecoder

DECODERS = [
    (MLPPoolingDecoder, "mean"),
    (MLPPoolingDecoder, "max"),
    (MLPPoolingDecoder, "mean_std"),
    (RNNPoolingDecoder, "last"),
    (RNNPoolingDecoder, "mean"),
    (RNNPoolingDecoder, "max"),
    (RNNPoolingDecoder, "mean_std"),
]


@pytest.fixture
def states():
    torch.manual_seed(0)
    return torch.randn(3, 9, 6), torch.tensor([9, 4, 1])


@pytest.mark.parametrize(("decoder_class", "pooling"), DECODERS)
def test_padding_changes_no_embedding(decoder_class, pooling, states):
    torch.manual_seed(1)
    decoder = decoder_class(6, pooling=pooling).eval()
    h, lengths = states
    together, attention = decoder(h, lengths)
    assert together.shape == (3, decoder.output_size())
    assert attention is None
    for row, length in enumerate(lengths):
        alone, _ = decoder(h[row : row + 1, :length], length[None])
        torch.testing.assert_close(together[row], alone[0])


@pytest.mark.parametrize("pooling", ["mean", "max", "mean_std"])
def test_pooling_is_over_the_valid_states(pooling, states):
    h, lengths = states
    decoder = MLPPoolingDecoder(6, units=(5, 4), pooling=pooling).eval()
    embedding, _ = decoder(h, lengths)
    for row, length in enumerate(lengths):
        layers = decoder.layers(h[row, :length])
        expected = {
            "mean": layers.mean(dim=0),
            "max": layers.max(dim=0).values,
            "mean_std": torch.cat([layers.mean(dim=0), layers.std(dim=0, correction=0)]),
        }
        torch.testing.assert_close(embedding[row], expected[pooling], atol=1e-3, rtol=1e-3)


def test_the_last_state_is_the_end_of_each_direction(states):
    """Forwards the last valid frame, backwards the first: what an LSTM calls h_n."""
    h, lengths = states
    decoder = RNNPoolingDecoder(6, units=5, pooling="last").eval()
    reference = torch.nn.LSTM(6, 5, bidirectional=True, batch_first=True)
    forwards, backwards = decoder.rnn.forward_layers[0], decoder.rnn.backward_layers[0]
    for name, value in forwards.state_dict().items():
        getattr(reference, name).data = value
    for name, value in backwards.state_dict().items():
        getattr(reference, f"{name}_reverse").data = value
    embedding, _ = decoder(h, lengths)
    for row, length in enumerate(lengths):
        _, (ends, _) = reference(h[row : row + 1, :length])
        torch.testing.assert_close(embedding[row], ends[:, 0].flatten())


def test_sizes_match_the_base_models_hidden_nodes():
    """Section 3.3: 2 x 64 in the BLSTM, 8 x 32 in the attention."""
    mlp = MLPPoolingDecoder(512)
    assert [layer.out_features for layer in mlp.layers[::2]] == [2 * 64, 8 * 32]
    assert RNNPoolingDecoder(512).output_size() == 2 * 64


@pytest.mark.parametrize("decoder_class", [MLPPoolingDecoder, RNNPoolingDecoder])
def test_an_unknown_pooling_is_refused(decoder_class):
    with pytest.raises(SentemoError, match=r"pooling: 'min'; choose .*mean or max or mean_std"):
        decoder_class(6, pooling="min")
