"""Measures of a recording that a listener would notice: pitch, pitch range and level."""

import numpy as np

FRAME = 0.04
LOWEST, HIGHEST = 70, 450


def pitch_track(samples, sample_rate):
    """Return the pitch of each loud voiced frame in Hz, by the peak of the autocorrelation."""
    length = int(FRAME * sample_rate)
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(float), length)[:: length // 2]
    loudness = frames.std(axis=1)
    frames = frames[loudness > 0.3 * loudness.max()]
    window = np.hanning(length)
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window

    def autocorrelation(x):
        return np.fft.irfft(np.abs(np.fft.rfft(x, 2 * length)) ** 2)[..., :length]

    similarity = autocorrelation(frames) / autocorrelation(window).clip(1e-9)
    similarity /= similarity[:, :1]
    shortest, longest = sample_rate // HIGHEST, sample_rate // LOWEST
    lag = similarity[:, shortest:longest].argmax(axis=1) + shortest
    voiced = similarity[np.arange(len(lag)), lag] > 0.5
    return sample_rate / lag[voiced]


def median_pitch(samples, sample_rate):
    """Convert Hz to semitones above 100 Hz."""
    return 12 * np.log2(np.median(pitch_track(samples, sample_rate)) / 100)


def pitch_range(samples, sample_rate):
    """Return the standard deviation in semitones, without frames with an octave error."""
    track = pitch_track(samples, sample_rate)
    semitones = 12 * np.log2(track / np.median(track))
    return semitones[np.abs(semitones) < 8].std()


def level(samples):
    """Return the level of int16 samples in decibels relative to full scale, a negative number."""
    return 20 * np.log10(np.sqrt(np.mean((samples / 32768.0) ** 2)))
