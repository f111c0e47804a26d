"""Features are bit for bit those that torchaudio computes."""

import numpy as np
import pytest
import torch
from torchaudio.compliance import kaldi

from sentemo.data.filterbank import fbank


@pytest.mark.parametrize("dim", [40, 80])
@pytest.mark.parametrize("samples", [400, 401, 479, 480, 559, 560, 641, 16079, 16080, 30123])
def test_the_features_are_those_of_torchaudio(samples, dim):
    signal = np.random.default_rng(samples).normal(0, 0.1, samples).astype(np.float32)
    signal[: samples // 3] = 0
    expected = kaldi.fbank(
        torch.from_numpy(signal)[None] * 32768,
        num_mel_bins=dim,
        sample_frequency=16000,
        dither=0.0,
        snip_edges=False,
    )
    np.testing.assert_array_equal(fbank(signal, dim), expected.numpy())
