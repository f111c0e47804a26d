import pytest
import torch

from sentemo.encoders.conv import ConvEncoder


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return ConvEncoder(6, num_layers=3, channels=5, width=5, stride=2)


def test_neither_padding_nor_other_utterances_change_an_utterance(encoder):
    x, lengths = torch.randn(3, 45, 6), torch.tensor([45, 1, 23])
    together, out_lengths, _ = encoder(x, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, alone_lengths, _ = encoder(x[row : row + 1, :length], lengths[row : row + 1])
        assert alone.size(1) == alone_lengths == out_lengths[row]
        torch.testing.assert_close(together[row, : out_lengths[row]], alone[0])
        assert not together[row, out_lengths[row] :].any()
    x[1, 1:], x[2, 23:] = 1e4, float("nan")
    torch.testing.assert_close(encoder(x, lengths)[0], together)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_stride_divides_the_frames_and_rounds_up(stride):
    encoder = ConvEncoder(6, num_layers=1, channels=5, stride=stride)
    frames = torch.tensor([1, 8, 15, 16, 45])
    _, lengths, _ = encoder(torch.randn(5, 45, 6), frames)
    assert lengths.tolist() == [-(-n // stride) for n in frames.tolist()]


def test_every_valid_frame_has_an_influence_and_no_other(encoder):
    x = torch.randn(2, 45, 6, requires_grad=True)
    states, _, _ = encoder(x, torch.tensor([40, 40]))
    (states * torch.randn_like(states)).sum().backward()
    influence = x.grad.abs().sum(dim=(0, 2))
    assert (influence[:40] > 0).all()
    assert not influence[40:].any()


def test_a_filter_without_a_middle_is_refused():
    with pytest.raises(ValueError, match="width: 4 is even"):
        ConvEncoder(6, width=4)
