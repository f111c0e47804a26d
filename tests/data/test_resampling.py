"""Resampling agrees with torchaudio, and frequencies above the new limit are filtered out."""

import math

import numpy as np
import pytest
import torch
from torchaudio.functional import resample as reference

from sentemo.data.resampling import FILTER_WIDTH, resample


@pytest.mark.parametrize(
    ("rate", "wanted"), [(44100, 16000), (8000, 16000), (48000, 16000), (10, 9)]
)
@pytest.mark.parametrize("length", [1, 100, 60_000])
def test_the_samples_are_those_of_torchaudio(rate, wanted, length):
    samples = np.random.default_rng(0).uniform(-1, 1, length).astype(np.float32)
    expected = reference(torch.from_numpy(samples), rate, wanted, lowpass_filter_width=FILTER_WIDTH)
    found = resample(samples, rate, wanted)
    assert found.dtype == np.float32
    assert len(found) == math.ceil(length * wanted / rate)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)


def test_a_tone_stays_and_one_above_the_new_band_goes():
    time = np.arange(48000) / 48000
    kept, gone = (np.sin(2 * np.pi * f * time).astype(np.float32) for f in (1000, 12000))
    inner = slice(500, -500)  # away from where the tones begin and end
    expected = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    np.testing.assert_allclose(resample(kept, 48000, 16000)[inner], expected[inner], atol=1e-3)
    assert np.abs(resample(gone, 48000, 16000)[inner]).max() < 1e-3
