import numpy as np
import pytest
import torch

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


def test_a_list_of_recordings_is_several():
    assert not is_one_recording([FLOATS, "call.wav"])
    assert not is_one_recording([])
    assert is_one_recording("call.wav")
