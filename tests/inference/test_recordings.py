"""Parts of recordings: windows, and what lies between pauses."""

from itertools import pairwise

import numpy as np
import pytest
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.inference.recordings import LONGEST_SPEECH, SECONDS_AT_ONCE, Recording

RATE = 16000


@pytest.fixture
def speech(tmp_path):
    """Noise of so many seconds each, between pauses of a faint hum."""

    def write(*parts, pause=1.0, rate=RATE):
        draw = np.random.default_rng(0)
        hum = 0.0005 * np.sin(np.arange(round(pause * rate)) / 20)
        pieces = [hum]
        for seconds in parts:
            pieces += [draw.uniform(-0.4, 0.4, round(seconds * rate)), hum]
        path = tmp_path / "speech.wav"
        soundfile.write(path, np.concatenate(pieces), rate)
        return Recording(path, RATE)

    return write


@pytest.mark.parametrize("duration", [8.0, 8.1, 11.9, 12.0, 13.0, 40.0])
def test_windows_are_of_one_length_and_cover_the_recording(recording, duration):
    opened = Recording(recording(seconds=duration), RATE)
    windows = opened.windows(8, 4)
    assert windows[0][0] == 0
    assert windows[-1][1] == pytest.approx(duration)
    for start, end in windows:
        assert end - start == pytest.approx(8)
        assert len(opened.read((start, end))) == 8 * RATE
    starts = [start for start, _ in windows]
    assert all(0 < b - a <= 4 for a, b in pairwise(starts))


def test_what_is_shorter_than_a_window_is_one(recording):
    assert Recording(recording(seconds=3), RATE).windows(8, 4) == [(0.0, 3.0)]


@pytest.mark.parametrize("rate", [16000, 8000])
def test_speech_is_found_between_pauses(speech, rate):
    found = speech(2.0, 0.7, 3.0, rate=rate).speech()
    expected = [(1.0, 3.0), (4.0, 4.7), (5.7, 8.7)]
    assert len(found) == 3
    for (start, end), (begin, stop) in zip(found, expected, strict=True):
        assert begin - 0.15 <= start <= begin
        assert stop <= end <= stop + 0.15


def test_clicks_are_no_speech_and_short_gaps_no_pauses(speech):
    assert len(speech(2.0, 0.05, 2.0).speech()) == 2
    assert len(speech(2.0, 2.0, pause=0.1).speech()) == 1


def test_long_speech_is_divided_and_found_across_chunks(speech):
    found = speech(SECONDS_AT_ONCE + 10.0).speech()
    lengths = [end - start for start, end in found]
    assert max(lengths) <= LONGEST_SPEECH
    assert max(lengths) - min(lengths) < 1e-6
    assert sum(lengths) == pytest.approx(SECONDS_AT_ONCE + 10.0, abs=0.3)


def test_no_part_of_a_long_recording_is_longer_than_a_chunk(recording, monkeypatch):
    opened = Recording(recording(seconds=3 * SECONDS_AT_ONCE + 0.005), RATE)
    read, lengths = Recording.read, []

    def note(self, span):
        lengths.append(span[1] - span[0])
        return read(self, span)

    monkeypatch.setattr(Recording, "read", note)
    opened.speech()
    assert max(lengths) <= SECONDS_AT_ONCE + 0.01
    assert sum(lengths) == pytest.approx(opened.duration)


def test_silence_has_no_speech(tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(RATE), RATE)
    assert Recording(tmp_path / "silence.wav", RATE).speech() == []


def test_what_is_no_audio_is_refused(tmp_path):
    (tmp_path / "text.wav").write_text("no audio")
    with pytest.raises(SentemoError, match="unreadable audio"):
        Recording(tmp_path / "text.wav", RATE)
