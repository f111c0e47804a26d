"""Resampling keeps what both rates can hold, and adds nothing that was not there."""

import numpy as np
import pytest
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.data.audio import read_header
from sentemo.data.resampling import resample, resample_blocks

RATES = [(44100, 16000), (8000, 16000), (22051, 16000), (16000, 8000), (10, 9)]


def tone(frequency, rate, seconds=2):
    return np.sin(2 * np.pi * frequency * np.arange(rate * seconds) / rate).astype(np.float32)


def spectrum(samples, rate):
    """Frequencies and the magnitudes of a tone at each, relative to a tone at full scale."""
    window = np.blackman(len(samples))
    magnitudes = 2 * np.abs(np.fft.rfft(samples * window)) / window.sum()
    return np.fft.rfftfreq(len(samples), 1 / rate), 20 * np.log10(magnitudes + 1e-12)


@pytest.mark.parametrize(("rate", "wanted"), RATES)
@pytest.mark.parametrize("length", [100, 60_000])
def test_the_duration_stays(rate, wanted, length):
    samples = np.random.default_rng(0).uniform(-1, 1, length)
    found = resample(samples, rate, wanted)
    assert found.dtype == np.float32
    assert abs(len(found) - length * wanted / rate) <= 0.5


@pytest.mark.parametrize(("rate", "wanted"), RATES[:-1])
def test_a_tone_stays_where_it_was(rate, wanted):
    inner = slice(wanted // 10, -wanted // 10)  # away from where the tone begins and ends
    found = resample(tone(1000, rate), rate, wanted)
    np.testing.assert_allclose(found[inner], tone(1000, wanted)[inner], atol=1e-3)


@pytest.mark.parametrize(("rate", "wanted"), [*RATES, (15999, 16000), (16000, 16000)])
@pytest.mark.parametrize("size", [1, 999, 70_000])
def test_a_signal_in_blocks_becomes_the_same(rate, wanted, size):
    samples = np.random.default_rng(0).uniform(-1, 1, 70_000 if size > 1 else 50)
    samples = samples.astype(np.float32)
    blocks = (samples[first : first + size] for first in range(0, len(samples), size))
    expected = samples if rate == wanted else resample(samples, rate, wanted)
    np.testing.assert_array_equal(resample_blocks(blocks, rate, wanted), expected)


@pytest.mark.parametrize("frequency", [200, 1000, 3000, 3600])
def test_images_of_telephone_speech_are_60_db_weaker(frequency):
    frequencies, level = spectrum(resample(tone(frequency, 8000), 8000, 16000), 16000)
    assert level[frequencies > 4000].max() < -60


@pytest.mark.parametrize("frequency", [8200, 12000, 20000])
def test_a_tone_above_the_new_band_goes(frequency):
    _, level = spectrum(resample(tone(frequency, 48000), 48000, 16000)[800:-800], 16000)
    assert level.max() < -60


@pytest.mark.parametrize("rate", [1, 999, 768_001, 2**31 - 1])
def test_rates_that_no_speech_has_are_refused(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", np.full(400, 0.1), rate)
    with pytest.raises(SentemoError, match=rf"a\.wav: {rate} Hz is no sample rate of speech"):
        read_header(tmp_path / "a.wav")
