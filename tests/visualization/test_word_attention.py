"""Attention averaged over words, in bins, and over the words of a class."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.data.word_times import Word
from sentemo.visualization.word_attention import (
    attend_words,
    curve,
    most_attended,
    quantise,
)

SHIFT = 0.1


def shares(*rows):
    found = np.array(rows, float)
    return found / found.sum(axis=0)


def test_even_attention_is_one_for_every_word_and_frame():
    words = [Word(0.0, 0.25, "a"), Word(0.31, 0.01, "b"), Word(0.4, 0.0, "c")]
    even = np.full((5, 3), 0.2)
    assert [word.attention for word in attend_words(even, SHIFT, words)] == pytest.approx([1] * 3)
    assert [word.bin for word in attend_words(even, SHIFT, words)] == [0, 0, 0]
    assert curve(even) == [1.0] * 5


def test_a_word_has_the_mean_of_its_frames_each_as_far_as_it_is_in_the_word():
    attention = shares([1, 4], [2, 3], [3, 2], [4, 1])
    (word,) = attend_words(attention, SHIFT, [Word(0.15, 0.25, "a")])
    # half of the second frame, all of the third and the fourth
    expected = 4 * (0.5 * attention[1] + attention[2] + attention[3]) / 2.5
    assert word.heads == pytest.approx(expected.tolist())
    assert word.attention == pytest.approx(expected.mean())


def test_a_word_behind_the_last_frame_has_the_last_frames_attention():
    attention = shares([1], [1], [2])
    (word,) = attend_words(attention, SHIFT, [Word(0.5, 0.1, "late")])
    assert word.attention == pytest.approx(1.5)


def test_bins_divide_the_range_of_the_utterance_into_three():
    assert quantise([0.0, 0.9, 1.1, 1.9, 2.1, 3.0]) == [0, 0, 1, 1, 2, 2]
    assert quantise([]) == []
    assert quantise([0.7]) == [0]


@given(st.lists(st.floats(0, 1e3), min_size=2))
def test_more_attention_is_never_a_lower_bin(values):
    bins = quantise(values)
    order = np.argsort(values, kind="stable")
    assert sorted(bins) == [bins[index] for index in order]
    assert set(bins) <= {0, 1, 2}


@given(st.integers(1, 400), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_attention_of_words_that_fill_the_utterance_is_even_on_average(frames, heads, seed):
    attention = shares(*np.random.default_rng(seed).uniform(0.01, 1, (frames, heads)))
    words = [Word(n * SHIFT, SHIFT, "w") for n in range(frames)]
    found = [word.attention for word in attend_words(attention, SHIFT, words)]
    assert np.mean(found) == pytest.approx(1)
    assert len(curve(attention)) == min(frames, 100)


def test_words_of_a_class_are_ranked_by_mean_attention_and_rare_ones_left_out():
    def said(text, weight):
        return attend_words(shares([weight], [2 - weight]), SHIFT, [Word(0.0, 0.1, text)])[0]

    angry = [said("Damn,", 1.5), said("damn", 1.7), said("the", 0.5), said("the", 0.7)]
    found = most_attended([("angry", angry), ("sad", [said("[LAUGHTER]", 1.9)])], 2, 1)
    assert found == {"angry": [{"word": "damn", "count": 2, "attention": 1.6}], "sad": []}
