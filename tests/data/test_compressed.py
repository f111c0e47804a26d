"""Compressed features are byte for byte those that kaldiio writes, and the values that it reads."""

import io

import kaldiio
import numpy as np
import pytest

from sentemo.data.compressed import compress

SPEECH_FEATURE = 2  # kaldiio's number of the method


def by_kaldiio(features):
    stream = io.BytesIO()
    kaldiio.save_ark(stream, {"a": features}, compression_method=SPEECH_FEATURE)
    stream.seek(0)
    return stream.getvalue().removeprefix(b"a "), dict(kaldiio.load_ark(stream))["a"]


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 6, 7, 8, 31, 450])
@pytest.mark.parametrize("kind", ["noise", "constant", "silence at first", "few values", "a tone"])
def test_bytes_and_values_are_those_of_kaldiio(frames, kind):
    features = np.random.default_rng(frames).normal(0, 3, (frames, 40)).astype(np.float32)
    if kind == "constant":
        features[:] = -15.9
    elif kind == "silence at first":
        features[: frames // 2] = -15.942385
    elif kind == "few values":
        features = np.round(features)
    elif kind == "a tone":
        features[:, 7] = 20
    stored, values = compress(features)
    expected, read = by_kaldiio(features)
    assert stored == expected
    np.testing.assert_array_equal(values, read)


def test_loud_features_fit_their_range():
    features = np.linspace(-1e6, 1e6, 800, dtype=np.float32).reshape(100, 8)
    stored, values = compress(features)
    assert stored == by_kaldiio(features)[0]
    assert np.abs(values - features).max() < 2e6 / 250
