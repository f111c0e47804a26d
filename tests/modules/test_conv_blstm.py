import pytest
import torch
from espnet.nets.pytorch_backend.transformer.subsampling import TooShortUttError

from sentemo.modules.encoders.conv_blstm import ConvBLSTMEncoder


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return ConvBLSTMEncoder(6, conv_channels=5, num_blstm_layers=2, units=4, projection_size=7)


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return torch.randn(3, 45, 6), torch.tensor([45, 8, 23])


def test_at_the_papers_size_it_has_85_million_parameters():
    with torch.device("meta"):
        encoder = ConvBLSTMEncoder(80)
    # Lu et al. 2020, section 3.1: 512 filters of width 5; 512 units; projections to 1536.
    convolutions = sum(512 * (5 * size + 1) for size in (80, 1536, 1536))
    lstms = sum(2 * 4 * 512 * (size + 512 + 2) for size in (512, 1536, 1536))
    projections = 3 * 1536 * (2 * 512 + 1)
    normalisations = 3 * 2 * 512 + 9 * 2 * 1536  # not the paper's
    expected = convolutions + 3 * (lstms + projections) + normalisations
    assert sum(parameter.numel() for parameter in encoder.parameters()) == expected
    assert expected == 85_259_264
    assert encoder.output_size() == 1536


def test_neither_padding_nor_other_utterances_change_an_utterance(encoder, batch):
    x, lengths = batch
    together, out_lengths, _ = encoder(x, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, alone_lengths, _ = encoder(x[row : row + 1, :length], lengths[row : row + 1])
        assert alone.size(1) == alone_lengths == out_lengths[row]
        torch.testing.assert_close(together[row, : out_lengths[row]], alone[0])
        assert not together[row, out_lengths[row] :].any()
    x[1, 8:], x[2, 23:] = 1e4, float("nan")
    torch.testing.assert_close(encoder(x, lengths)[0], together)


def test_each_pooling_halves_the_frames_and_drops_an_odd_one(encoder):
    frames = torch.tensor([8, 15, 16, 22, 23, 24, 100])
    _, lengths, _ = encoder(torch.randn(7, 100, 6), frames)
    assert lengths.tolist() == [1, 1, 2, 2, 2, 3, 12]


def test_every_input_frame_of_a_whole_state_has_an_influence(encoder, batch):
    x = batch[0].requires_grad_()
    states, _, _ = encoder(x, torch.tensor([40, 40, 40]))
    (states * torch.randn_like(states)).sum().backward()
    influence = x.grad.abs().sum(dim=(0, 2))
    assert (influence[:40] > 0).all()
    assert not influence[40:].any()


def test_the_layers_are_those_of_the_last_macro_layer(encoder, batch):
    layers, lengths = encoder.forward_layers(*batch)
    states, expected, _ = encoder(*batch)
    assert len(layers) == encoder.num_layers == 2
    assert {layer.shape for layer in layers} == {(3, 5, 7)}
    assert torch.equal(layers[-1], states)
    assert not torch.equal(layers[0], states)
    assert torch.equal(lengths, expected)


def test_an_utterance_without_a_whole_state_is_an_error(encoder, batch):
    x, _ = batch
    with pytest.raises(TooShortUttError, match=r"utterance 2 of 3 .* has 7 frames; .* of 8"):
        encoder(x, torch.tensor([45, 7, 23]))
