import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.modules.encoders.conv import ConvEncoder


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


def test_batch_normalisation_takes_its_statistics_of_valid_states_alone():
    torch.manual_seed(0)
    encoder = ConvEncoder(6, num_layers=2, channels=5, norm="batch")
    x, lengths = torch.randn(3, 45, 6), torch.tensor([45, 1, 23])
    states, _, _ = encoder(x, lengths)
    longer = torch.cat([x, torch.full((3, 30, 6), 1e4)], dim=1)
    torch.testing.assert_close(encoder(longer, lengths)[0][:, : states.size(1)], states)
    encoder.eval()
    alone, _, _ = encoder(x[2:, :23], lengths[2:])
    torch.testing.assert_close(alone[0], encoder(x, lengths)[0][2, : alone.size(1)])


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"width": 4}, "width: 4 is even"), ({"norm": "group"}, "'group'; choose layer or batch")],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(SentemoError, match=message):
        ConvEncoder(6, **settings)
