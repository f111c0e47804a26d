"""Utterances are shared out evenly among those who recognise them."""

from hypothesis import given
from hypothesis import strategies as st

from sentemo.data.features import FRAMES_PER_SECOND
from sentemo.recognition import parts
from sentemo.recognition.parts import share_out


@given(st.lists(st.integers(1, 100 * FRAMES_PER_SECOND), min_size=1), st.integers(1, 20))
def test_every_utterance_is_in_one_part_and_no_part_is_much_longer(lengths, at_most):
    frames = {f"u{number}": length for number, length in enumerate(lengths)}
    shares = share_out(list(frames), frames, at_most)
    assert sorted(utt for share in shares for utt in share) == sorted(frames)
    assert 1 <= len(shares) <= at_most
    sizes = [sum(frames[utt] for utt in share) for share in shares]
    assert max(sizes) - min(sizes) <= max(lengths)
    assert len(shares) == 1 or sum(sizes) / len(shares) >= parts.SECONDS_PER_PART * 100
    for share in shares:
        assert [frames[utt] for utt in share] == sorted(map(frames.get, share), reverse=True)
