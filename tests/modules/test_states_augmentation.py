"""Augmentation changes valid states in training alone, by draws of a generator."""

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.modules.mixup import mixed, mixing
from sentemo.modules.states_augmentation import StatesAugmentation

LENGTHS = torch.tensor([30, 12, 1])


@pytest.fixture
def states():
    torch.manual_seed(0)
    return torch.randn(3, 30, 4) + 5


def generator(seed):
    return torch.Generator().manual_seed(seed)


def test_it_does_nothing_outside_of_training(states):
    augmentation = StatesAugmentation(time_masks=2, time_mask_width=9, noise=1.0).eval()
    assert torch.equal(augmentation(states, LENGTHS), states)


def test_a_mask_is_one_stretch_of_valid_states_and_no_wider_than_asked(states):
    augmentation = StatesAugmentation(time_masks=1, time_mask_width=9)
    widths = set()
    for seed in range(60):
        masked = (augmentation(states, LENGTHS, generator(seed)) == 0).all(dim=2)
        for row, length in zip(masked, LENGTHS.tolist(), strict=True):
            assert not row[length:].any()
            [places] = row.nonzero(as_tuple=True)
            assert places.tolist() == list(
                range(*((places[0], places[-1] + 1) if len(places) else (0,)))
            )
            widths.add(len(places))
    assert widths == set(range(10))


def test_noise_has_the_deviation_that_was_asked_for(states):
    changed = StatesAugmentation(noise=0.5)(states, LENGTHS, generator(1)) - states
    assert changed.std().item() == pytest.approx(0.5, rel=0.15)
    assert abs(changed.mean().item()) < 0.1


def test_draws_are_those_of_the_generator(states):
    augmentation = StatesAugmentation(time_masks=1, time_mask_width=9, noise=0.5)
    one, same, other = (augmentation(states, LENGTHS, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("wrong", [{"noise": -0.1}, {"time_masks": -1}, {"time_mask_width": -2}])
def test_negative_numbers_are_refused(wrong):
    with pytest.raises(SentemoError, match="states_augmentation: its numbers are zero or more"):
        StatesAugmentation(**wrong)


def test_mixing_keeps_the_larger_share_and_every_utterance_is_a_partner_once():
    device = torch.device("cpu")
    shares = set()
    for seed in range(20):
        share, partners = mixing(6, 0.4, generator(seed), device)
        assert 0.5 <= share <= 1
        assert sorted(partners.tolist()) == list(range(6))
        shares.add(round(share.item(), 3))
    assert len(shares) > 5
    share, partners = mixing(6, 0.4, generator(3), device)
    again, same = mixing(6, 0.4, generator(3), device)
    assert share == again
    assert torch.equal(partners, same)


def test_values_are_mixed_with_those_of_the_partners():
    values = torch.tensor([[0.0], [10.0]])
    found = mixed(values, torch.tensor(0.8), torch.tensor([1, 0]))
    assert found.flatten().tolist() == pytest.approx([2.0, 8.0])
