"""Degraded copies: the same at every call, as long as the original, of a bounded level."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentemo.data.degradation import (
    LEVEL,
    Degradation,
    in_room,
    over_telephone,
    with_noise,
)
from sentemo.data.features import SAMPLE_RATE


@pytest.fixture
def speech():
    draw = np.random.default_rng(0)
    syllables = np.sin(2 * np.pi * 3 * np.arange(SAMPLE_RATE) / SAMPLE_RATE) ** 2
    return (0.3 * syllables * draw.standard_normal(SAMPLE_RATE)).astype(np.float32)


def test_a_copy_is_the_same_at_every_call_and_another_for_each_number_and_utterance(speech):
    copies = [Degradation(number)(speech, utt) for number in (1, 2) for utt in ("a", "b")]
    np.testing.assert_array_equal(copies[0], Degradation(1)(speech, "a"))
    for index, copy in enumerate(copies):
        assert all(not np.array_equal(copy, other) for other in copies[:index])
    assert [Degradation(number).prefix for number in (1, 2)] == ["dg1-", "dg2-"]


@settings(max_examples=60, deadline=None)
@given(samples=st.integers(400, 20_000), utterance=st.text(), level=st.floats(0, 30))
def test_copies_have_the_original_length_and_a_bounded_peak(samples, utterance, level):
    draw = np.random.default_rng(samples)
    given_samples = (level * draw.standard_normal(samples)).astype(np.float32)
    copy = Degradation(1)(given_samples, utterance)
    assert copy.shape == (samples,)
    assert copy.dtype == np.float32
    assert np.isfinite(copy).all()
    low, high = (10 ** (decibels / 20) for decibels in LEVEL)
    assert low * 0.99 < np.abs(copy).max() < high * 1.01 or level < 1e-6


def test_noise_has_the_level_that_was_asked_for(speech):
    noisy = with_noise(speech, 20.0, np.random.default_rng(0))
    ratio = np.linalg.norm(speech) / np.linalg.norm(noisy - speech)
    assert 20 * np.log10(ratio) == pytest.approx(20.0)


def test_a_room_answers_after_the_sound_has_ended():
    click = np.zeros(SAMPLE_RATE)
    click[0] = 1.0
    heard = in_room(click, 0.5, 0.0, np.random.default_rng(0))
    first, late = np.abs(heard[:800]).max(), np.abs(heard[7200:7900]).max()
    assert 0 < late < 0.01 * first  # nearly 60 dB weaker at the end of its decay
    assert np.abs(heard[8000:]).max() < 1e-9


def test_a_telephone_passes_only_its_band():
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    mixed = over_telephone(
        sum(0.2 * np.sin(2 * np.pi * hertz * times) for hertz in (100, 1000, 6000))
    )
    spectrum = np.abs(np.fft.rfft(mixed))
    assert spectrum[1000] > 20 * spectrum[100]
    assert spectrum[1000] > 20 * spectrum[6000]
