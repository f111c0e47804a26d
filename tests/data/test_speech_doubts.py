"""Marks of recordings that hold no speech to be judged."""

import numpy as np
import pytest

from sentemo.data.speech_doubts import speech_doubts

RATE = 16000
TIME = np.arange(3 * RATE) / RATE
DRAW = np.random.default_rng(0)


def notes(*pitches, seconds=0.5):
    time = np.arange(int(seconds * RATE)) / RATE
    return np.concatenate([0.3 * np.sin(2 * np.pi * pitch * time) for pitch in pitches])


def fast_music(tuning, seconds=4):
    """Eight plucked notes a second of a scale, from a tuned instrument, and a drum."""
    draw, time = np.random.default_rng(0), np.arange(RATE // 8) / RATE
    decay, found = np.exp(-12 * time), []
    for step in draw.choice([0, 2, 4, 5, 7, 9, 11, 12, 14], 8 * seconds):
        pitch = tuning * 2 ** (step / 12)
        note = sum(np.sin(2 * np.pi * k * pitch * time) / k for k in range(1, 7))
        found.append(decay * note + decay**6 * draw.normal(0, 0.5, len(time)))
    return 0.2 * np.concatenate(found)


def like_speech(seconds=3.0):
    """Harmonics of a gliding pitch under formants, in syllables, with some noise."""
    time = np.arange(int(seconds * RATE)) / RATE
    pitch = 120 + 30 * np.sin(2 * np.pi * 1.3 * time) + 20 * np.sin(2 * np.pi * 0.4 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    formant = 500 + 250 * np.sin(2 * np.pi * 1.7 * time)
    voice = sum(
        np.exp(-(((k * pitch - formant) / 200) ** 2)) * np.sin(k * phase) for k in range(1, 20)
    )
    syllables = np.clip(np.sin(2 * np.pi * 3.5 * time), 0, None)
    return 0.1 * voice * syllables + np.random.default_rng(1).normal(0, 1e-3, len(time))


def test_speech_raises_no_doubt():
    assert speech_doubts(like_speech(), RATE) == ()


@pytest.mark.parametrize(
    ("samples", "doubt"),
    [
        (DRAW.normal(0, 0.1, 3 * RATE), "no speech: noise"),
        (DRAW.normal(0, 0.1, 3 * RATE) * (1 + np.sin(8 * np.pi * TIME)), "no speech: noise"),
        (notes(440, seconds=3), "no speech: tones"),
        (notes(262, 330, 392, 523, 392, 330), "music with held notes"),
        (fast_music(220), "no speech: music"),
        (fast_music(305.7), "no speech: music"),
    ],
)
def test_noise_and_tones_are_no_speech(samples, doubt):
    (found,) = speech_doubts(samples, RATE)
    assert doubt in found


def test_speech_cut_at_full_scale_is_clipped_and_loud_speech_is_not():
    speech = like_speech()
    (found,) = speech_doubts(np.clip(8 * speech, -0.5, 0.5), RATE)
    assert found.startswith("clipped: ")
    assert speech_doubts(speech / np.abs(speech).max(), RATE) == ()


def test_a_syllable_is_short():
    assert "short: 0.30 s" in speech_doubts(like_speech()[: int(0.3 * RATE)], RATE)
    assert speech_doubts(np.ones(20) * 0.1, RATE)[0].startswith("short")


def test_recordings_of_a_corpus_raise_none(real_emodb):
    import soundfile

    for path in sorted((real_emodb / "wav").glob("*.wav"))[::20]:
        samples, rate = soundfile.read(path)
        assert speech_doubts(samples, rate) == (), path.name
