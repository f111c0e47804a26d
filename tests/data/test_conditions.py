"""Conditions: each is what its name says, and the same at every call."""

import io

import numpy as np
import pytest
import soundfile

from sentemo.data import conditions
from sentemo.data.conditions import CONDITIONS, Condition
from sentemo.data.features import SAMPLE_RATE


@pytest.fixture
def speech():
    """Two seconds of noise below 3 kHz, in syllables."""
    draw = np.random.default_rng(0)
    size = 2 * SAMPLE_RATE
    spectrum = np.fft.rfft(draw.standard_normal(size))
    spectrum[2 * 3000 :] = 0
    syllables = np.sin(2 * np.pi * 3 * np.arange(size) / SAMPLE_RATE) ** 2
    return (0.1 * syllables * np.fft.irfft(spectrum, size)).astype(np.float32)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_is_the_same_at_every_call_and_needs_no_program(speech, name, monkeypatch):
    monkeypatch.setenv("PATH", "")  # neither sox nor ffmpeg
    loud = 4 * speech
    found = Condition(name)(loud, "a")
    np.testing.assert_array_equal(found, Condition(name)(loud, "a"))
    assert found.dtype == np.float32
    assert np.abs(found).max() <= 1
    assert Condition(name).prefix == f"{name}-"


def energy(samples):
    return float(np.square(samples.astype(np.float64)).sum())


@pytest.mark.parametrize(("name", "decibels"), [("noise20", 20), ("noise10", 10), ("noise0", 0)])
def test_noise_is_so_much_weaker_than_the_speech(speech, name, decibels):
    noise = Condition(name)(speech, "a") - speech
    assert 10 * np.log10(energy(speech) / energy(noise)) == pytest.approx(decibels, abs=0.1)


def test_a_fainter_copy_and_copies_at_other_speeds(speech):
    np.testing.assert_allclose(Condition("level")(speech, "a"), 0.1 * speech, rtol=1e-5)
    assert len(Condition("slow")(speech, "a")) == pytest.approx(len(speech) / 0.95, abs=1)
    assert len(Condition("fast")(speech, "a")) == pytest.approx(len(speech) / 1.05, abs=1)


@pytest.mark.parametrize("name", ["mulaw", "opus", "mp3"])
def test_a_codec_keeps_the_speech_and_not_its_samples(speech, name):
    found = Condition(name)(speech, "a")
    size = len(speech)
    assert size <= len(found) < size + 0.2 * SAMPLE_RATE
    cross = np.fft.irfft(np.fft.rfft(found, 2 * size) * np.fft.rfft(speech, 2 * size).conj())
    alike = cross.max() / np.sqrt(energy(found) * energy(speech))
    assert 0.8 < alike < 0.99999


@pytest.mark.parametrize(
    ("kind", "level", "rate"),
    [
        (("OGG", "OPUS"), conditions.OPUS_LEVEL, 12_000),
        (("MP3", "MPEG_LAYER_III"), conditions.MP3_LEVEL, 24_000),
    ],
)
def test_codecs_have_about_the_named_bit_rate(kind, level, rate):
    coded, seconds = io.BytesIO(), 10
    noise = np.random.default_rng(0).normal(0, 0.1, seconds * SAMPLE_RATE).astype(np.float32)
    names = {"format": kind[0], "subtype": kind[1], "compression_level": level}
    soundfile.write(coded, noise, SAMPLE_RATE, **names)
    assert 8 * len(coded.getvalue()) / seconds == pytest.approx(rate, rel=0.2)
