import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from sentemo.modules.encoders.blstm import BLSTMEncoder


@pytest.fixture
def batch():
    torch.manual_seed(0)
    return torch.randn(3, 20, 6), torch.tensor([20, 1, 13])


def torch_lstm_with_weights_of(encoder, layers):
    lstm = torch.nn.LSTM(6, 5, layers, batch_first=True, bidirectional=True)
    for layer in range(layers):
        for suffix, ours in (
            ("", encoder.blstm.forward_layers[layer]),
            ("_reverse", encoder.blstm.backward_layers[layer]),
        ):
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(lstm, f"{name}_l{layer}{suffix}").data = getattr(ours, f"{name}_l0").data
    return lstm


def test_it_is_the_lstm_over_packed_sequences_with_its_gradient(batch):
    x, lengths = batch
    encoder = BLSTMEncoder(6, num_layers=2, units=5)
    lstm = torch_lstm_with_weights_of(encoder, 2)
    ours_in, theirs_in = x.clone().requires_grad_(), x.clone().requires_grad_()
    ours, out_lengths, _ = encoder(ours_in, lengths)
    packed = pack_padded_sequence(theirs_in, lengths, batch_first=True, enforce_sorted=False)
    theirs, _ = pad_packed_sequence(lstm(packed)[0], batch_first=True)
    torch.testing.assert_close(ours, theirs)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    torch.testing.assert_close(ours_in.grad, theirs_in.grad)
    assert torch.equal(out_lengths, lengths)
    assert encoder.output_size() == 10


def test_padding_changes_no_state(batch):
    x, lengths = batch
    encoder = BLSTMEncoder(6, num_layers=2, units=5)
    together, _, _ = encoder(x, lengths)
    alone, _, _ = encoder(x[2:, :13], lengths[2:])
    torch.testing.assert_close(together[2, :13], alone[0])
    assert not together[2, 13:].any()
