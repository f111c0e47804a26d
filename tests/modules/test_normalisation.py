import pytest
import torch
from espnet2.layers.utterance_mvn import UtteranceMVN

from sentemo.modules.normalisation import MaskedUtteranceMVN

LENGTHS = torch.tensor([50, 20, 7])


@pytest.mark.parametrize("means", [True, False])
@pytest.mark.parametrize("variances", [True, False])
def test_an_utterance_in_a_batch_is_what_espnet_makes_of_it_alone(means, variances):
    torch.manual_seed(0)
    speech = 12 + 3 * torch.randn(3, 50, 4)
    ours, lengths = MaskedUtteranceMVN(means, variances)(speech.clone(), LENGTHS)
    assert lengths.tolist() == LENGTHS.tolist()
    for row, length in enumerate(LENGTHS):
        alone = speech[row : row + 1, :length]
        expected, _ = UtteranceMVN(means, variances)(alone.clone(), length[None])
        assert torch.equal(MaskedUtteranceMVN(means, variances)(alone.clone())[0], expected)
        torch.testing.assert_close(ours[row, :length], expected[0], atol=1e-5, rtol=1e-5)
        assert not ours[row, length:].any()


def test_its_means_are_zero_and_its_variances_one():
    torch.manual_seed(0)
    ours, _ = MaskedUtteranceMVN(True, True)(12 + 3 * torch.randn(3, 50, 4), LENGTHS)
    for row, length in enumerate(LENGTHS):
        values = ours[row, :length]
        torch.testing.assert_close(values.mean(dim=0), torch.zeros(4), atol=1e-5, rtol=0)
        torch.testing.assert_close(values.std(dim=0, correction=0), torch.ones(4))
