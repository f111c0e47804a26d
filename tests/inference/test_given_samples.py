import numpy as np
import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.inference.given_samples import as_mono, is_one_recording

RATE = 16000
FLOATS = np.random.default_rng(0).uniform(-0.9, 0.9, RATE)
SIGNED = {np.int8: 2**7, np.int16: 2**15, np.int32: 2**31}


@pytest.mark.parametrize(("dtype", "scale"), SIGNED.items())
def test_integers_of_any_width_are_the_same_audio(dtype, scale):
    signed = np.rint(FLOATS * scale).clip(-scale, scale - 1).astype(dtype)
    unsigned = (signed.astype(np.int64) + scale).astype(np.dtype(f"u{np.dtype(dtype).itemsize}"))
    tolerance = 1.1 / scale + 1e-6
    np.testing.assert_allclose(as_mono(signed, RATE, RATE), FLOATS, atol=tolerance)
    np.testing.assert_allclose(as_mono(unsigned, RATE, RATE), FLOATS, atol=tolerance)


@pytest.mark.parametrize(
    "given",
    [
        FLOATS.tolist(),
        tuple(FLOATS.tolist()),
        FLOATS.astype(np.float16),
        FLOATS[:, None],
        torch.tensor(FLOATS),
        torch.tensor(FLOATS, requires_grad=True),
        torch.tensor(FLOATS).to(torch.bfloat16),
        np.ma.array(FLOATS),
    ],
)
def test_lists_and_tensors_are_audio(given):
    assert is_one_recording(given)
    samples = as_mono(given, RATE, RATE)
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, FLOATS, atol=4e-3)


@pytest.mark.parametrize(
    ("given", "rate", "reason"),
    [
        (FLOATS * 32768, RATE, r"shape \(16000,\), float64, 16000 Hz: a peak of 29"),
        ((FLOATS * 32768).astype(np.int64), RATE, r"int64, .* 8, 16 or 32 bits"),
        (np.append(FLOATS, 1e30), RATE, "a peak of 1e"),
        (np.append(FLOATS, 1e300), RATE, "NaN or infinite"),
        (np.append(FLOATS, np.nan), RATE, "NaN or infinite"),
        (np.stack([FLOATS, -FLOATS], axis=1), RATE, r"shape \(16000, 2\).* cancel each other"),
        (FLOATS[None], RATE, r"shape \(1, 16000\).*samples\.T"),
        (np.zeros((2, 3, 4)), RATE, r"shape \(2, 3, 4\)"),
        (np.float64(0.5), RATE, r"shape \(\)"),
        (FLOATS > 0, RATE, "bool"),
        (FLOATS + 1j, RATE, "complex128"),
        (np.array(["a", "b"]), RATE, "samples of shape"),
        (np.array([None, 1]), RATE, "object"),
        ([0.1, [0.2]], RATE, "no array"),
        (FLOATS, None, "without a rate"),
        (FLOATS, 0, "a rate of 0"),
        (FLOATS, -16000, "a rate of -16000"),
        (FLOATS, 16000.5, r"a rate of 16000\.5"),
        (FLOATS, float("nan"), "a rate of nan"),
        (FLOATS, float("inf"), "a rate of inf"),
        (FLOATS, "16000", "a rate of '16000'"),
        (FLOATS, True, "a rate of True"),
    ],
)
def test_what_is_no_audio_says_its_shape_type_and_rate(given, rate, reason):
    with pytest.raises(SentemoError, match=reason):
        as_mono(given, rate, RATE)


@pytest.mark.parametrize("given", [None, 5, b"RIFF", {"audio": FLOATS}])
def test_what_is_neither_a_file_nor_samples_is_named(given):
    with pytest.raises(SentemoError, match=type(given).__name__):
        is_one_recording(given)


def test_a_list_of_recordings_is_several():
    assert not is_one_recording([FLOATS, "call.wav"])
    assert not is_one_recording([])
    assert is_one_recording("call.wav")
