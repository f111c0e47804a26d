"""Times of words from what a decoder attends to."""

import numpy as np
import pytest

from sentemo.recognition.cross_attention import audible_words, token_starts


def attention_of(lengths, heads=2, blur=0.1):
    """Attention of tokens that last so many frames each, one after the other."""
    draw = np.random.default_rng(0)
    token = np.repeat(np.arange(len(lengths)), lengths)
    found = blur * draw.random((heads, len(lengths), len(token)))
    found[:, token, np.arange(len(token))] += 1
    return found


def test_a_token_begins_where_it_is_attended_to():
    lengths = [9, 14, 25, 12]
    assert token_starts(attention_of(lengths)).tolist() == [0, 9, 23, 48]


def test_a_head_that_looks_elsewhere_does_not_matter_to_the_others():
    found = attention_of([10, 20, 30], heads=5)
    found[4] = 1 / 60
    assert token_starts(found).tolist() == [0, 10, 30]


def test_every_token_has_a_frame_however_fast_one_speaks():
    assert token_starts(np.full((1, 4, 4), 0.25)).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="5 tokens in 4 frames"):
        token_starts(np.ones((1, 5, 4)))


def test_silence_around_a_word_is_no_part_of_it():
    samples = np.zeros(16000)
    samples[3200:8000] = 0.1  # from 0.2 s to 0.5 s
    samples[12800:16000] = 0.05  # from 0.8 s on
    first, second, silent = audible_words(
        ["one", "two", "?"], [(0.0, 0.6), (0.6, 1.0), (0.6, 0.7)], samples, 16000
    )
    assert (first.start, first.end) == pytest.approx((0.2, 0.5))
    assert (second.start, second.end) == pytest.approx((0.8, 1.0))
    assert (silent.start, silent.end) == pytest.approx((0.6, 0.7))  # nothing to cut it to
