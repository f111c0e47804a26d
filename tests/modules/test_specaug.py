import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.modules.specaug import KeyedSpecAug


def augmented(specaug, x, lengths, ids):
    return specaug.train()(x, torch.tensor(lengths), ids)[0]


def speech(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0)) + 5.0


def test_the_same_utterance_meets_the_same_masks_in_any_batch_and_padding():
    specaug = KeyedSpecAug()
    x = speech(2, 200, 80)
    alone = augmented(specaug, x[:1, :150], [150], ["a"])
    beside = augmented(specaug, x.flip(0), [200, 150], ["b", "a"])
    assert torch.equal(alone[0], beside[1, :150])


def test_every_epoch_seed_and_utterance_meets_others():
    specaug = KeyedSpecAug()
    x = speech(1, 200, 80)
    seen = []
    for seed, epoch, name in [(1, 1, "a"), (1, 2, "a"), (2, 1, "a"), (1, 1, "b")]:
        specaug.start_epoch(seed, epoch)
        seen.append(augmented(specaug, x, [200], [name]))
    assert all(not torch.equal(a, b) for i, a in enumerate(seen) for b in seen[:i])
    specaug.start_epoch(1, 1)
    assert torch.equal(seen[0], augmented(specaug, x, [200], ["a"]))


@given(
    length=st.integers(1, 300),
    widest=st.integers(0, 120),
    ratio=st.sampled_from([0.1, 0.5, 1.0]),
    name=st.text(min_size=1),
)
def test_masks_stay_within_width_and_share_of_the_utterance(length, widest, ratio, name):
    specaug = KeyedSpecAug(0, 27, 1, widest, 1, ratio)
    x = torch.ones(1, 310, 80)
    out = augmented(specaug, x, [length], [name])[0]
    assert torch.equal(out[length:], x[0, length:])
    frames = (out[:length] == 0).all(dim=1).sum()
    assert frames <= min(widest, int(ratio * length))
    if frames < length:
        assert (out[:length] == 0).all(dim=0).sum() <= 27


def test_the_input_stays_as_it_was():
    x = speech(1, 200, 80)
    before = x.clone()
    augmented(KeyedSpecAug(), x, [200], ["a"])
    assert torch.equal(x, before)


def test_it_applies_with_the_given_probability():
    specaug = KeyedSpecAug(time_warp_window=0, num_freq_mask=0, time_mask_width=50, prob=0.5)
    x = torch.ones(400, 100, 4)
    out = augmented(specaug, x, [100] * 400, [str(n) for n in range(400)])
    touched = (out == 0).any(dim=2).any(dim=1).float().mean()
    assert 0.4 < touched < 0.56  # a mask of width zero counts as untouched


def test_warping_keeps_length_order_and_range():
    specaug = KeyedSpecAug(time_warp_window=80, num_freq_mask=0, num_time_mask=0)
    for length in (3, 40, 160, 161, 500):
        ramp = torch.arange(length, dtype=torch.float)[None, :, None].expand(1, length, 2)
        out = augmented(specaug, ramp, [length], ["a"])[0, :, 0]
        assert len(out) == length
        assert (out.diff() >= -1e-4).all()
        assert out.min() >= 0
        assert out.max() <= length - 1
    assert not torch.equal(out, ramp[0, :, 0])


def test_without_utterance_ids_there_is_nothing_to_draw_from():
    with pytest.raises(ValueError, match="utt_id"):
        KeyedSpecAug()(torch.ones(1, 10, 4), torch.tensor([10]))


def test_a_mask_has_the_mean_of_the_utterance_where_features_are_not_centred():
    x = speech(1, 200, 80)
    masks = {"time_warp_window": 0, "freq_mask_width": 30, "num_time_mask": 0}
    found = augmented(KeyedSpecAug(mask_value="mean", **masks), x, [150], ["a"])[0, :150]
    zeros = augmented(KeyedSpecAug(**masks), x, [150], ["a"])[0, :150]
    masked = zeros[0] == 0
    assert 0 < masked.sum() <= 30
    expected = x[0, :150].mean(dim=0)[masked].expand(150, -1)
    torch.testing.assert_close(found[:, masked], expected)
    assert torch.equal(found[:, ~masked], zeros[:, ~masked])
    with pytest.raises(SentemoError, match="mask_value: 'median' is not zero or mean"):
        KeyedSpecAug(mask_value="median")
