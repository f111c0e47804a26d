import torch
from hypothesis import given
from hypothesis import strategies as st

from sentemo.modules.frame_stacking import FrameStacking


def test_three_adjacent_frames_become_one():
    x = torch.arange(12.0).reshape(1, 6, 2)
    out, lengths = FrameStacking(2, 3)(x, torch.tensor([6]))
    assert out.tolist() == [[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]]
    assert lengths.tolist() == [2]


@given(length=st.integers(1, 20), longest=st.integers(0, 20), stack=st.integers(1, 5))
def test_a_longer_neighbour_changes_nothing(length, longest, stack):
    frames = torch.randn(1, length + longest, 4)
    stacking = FrameStacking(4, stack)
    alone, lengths = stacking(frames[:, :length], torch.tensor([length]))
    beside, _ = stacking(frames, torch.tensor([length]))
    assert lengths.tolist() == [-(-length // stack)]
    assert torch.equal(alone, beside[:, : lengths[0]])
