import hashlib
import os
import subprocess
import sys
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_speech import level, median_pitch, pitch_range

from sentemo.core.errors import SentemoError
from sentemo.corpora.voice import resample_int16, synthesize

NEUTRAL = {"rate": 175, "pitch": 50, "pitch_range": 50, "volume": 100}
SENTENCE = "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück."
REPEATING = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f4", "linda", "belinda", "Annie"]


def speak(text=SENTENCE, voice="de+f4", **changes):
    return synthesize(text, voice, **(NEUTRAL | changes))


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_speaks_int16_at_22_khz():
    samples, sample_rate = speak()
    assert samples.dtype == np.int16
    assert samples.ndim == 1
    assert sample_rate == 22050
    assert 2 < len(samples) / sample_rate < 8
    assert level(samples) > -30


@pytest.mark.parametrize(
    ("parameter", "values", "measure"),
    [
        ("rate", (90, 130, 180), lambda samples, sample_rate: -len(samples)),
        ("pitch", (20, 50, 90), median_pitch),
        ("pitch_range", (20, 50, 90), pitch_range),
        ("volume", (20, 50, 90), lambda samples, sample_rate: level(samples)),
    ],
)
def test_each_parameter_is_heard(parameter, values, measure):
    low, middle, high = (measure(*speak(**{parameter: value})) for value in values)
    assert low < middle < high


@pytest.mark.parametrize("variant", REPEATING)
def test_a_sentence_does_not_depend_on_what_was_spoken_before(variant):
    first, _ = speak(voice=f"de+{variant}")
    speak("Etwas anderes, laut und schnell!", voice="de+m5", rate=260, pitch=90)
    again, _ = speak(voice=f"de+{variant}")
    np.testing.assert_array_equal(first, again)


def test_a_new_interpreter_speaks_the_same():
    code = (
        "import hashlib; from sentemo.corpora.voice import synthesize;"
        f"samples, _ = synthesize({SENTENCE!r}, 'de+f4', **{NEUTRAL!r});"
        "print(hashlib.sha256(samples.tobytes()).hexdigest())"
    )
    here = hashlib.sha256(speak()[0].tobytes()).hexdigest()
    assert run_python(code).stdout.strip() == here


def test_umlauts_are_spoken():
    with_umlaut, _ = speak("Tüten")
    without, _ = speak("Tuten")
    assert with_umlaut.tobytes() != without.tobytes()


@pytest.mark.parametrize("voice", ["de+f99", "klingonisch", "de+../../de_dict"])
def test_an_unknown_voice_is_refused_instead_of_replaced(voice):
    with pytest.raises(SentemoError, match="espeak-ng"):
        speak(voice=voice)


def test_a_missing_voice_names_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(SentemoError, match=r"tools/install\.sh"):
        speak()


@pytest.mark.parametrize("characters", [159, 160])
def test_the_data_path_has_a_limit(tmp_path, characters):
    """An installation at a path of the longest length speaks; one character more is refused."""
    installed = Path(espeakng_loader.__file__).parent
    tail = len(os.fsencode("/espeakng_loader/espeak-ng-data"))
    room = characters - tail - len(os.fsencode(tmp_path)) - 1
    assert room > 0, "the temporary directory itself lies too deep for this test"
    site = tmp_path / ("d" * room)
    site.mkdir()
    (site / "espeakng_loader").symlink_to(installed)
    code = (
        "from sentemo.corpora.voice import synthesize;"
        f"print(len(synthesize('Ja.', 'de+f4', **{NEUTRAL!r})[0]))"
    )
    run = run_python(code, PYTHONPATH=os.pathsep.join([str(site), *sys.path]))
    if characters == 159:
        assert run.stdout.split() == [str(len(speak("Ja.")[0]))], run.stderr
    else:
        assert "data has 160 characters" in run.stderr


@settings(deadline=None)  # the first call imports scipy
@given(length=st.integers(1, 3000))
def test_resampling_keeps_the_duration(length):
    changed = resample_int16(np.zeros(length, np.int16), 22050, 16000)
    assert changed.dtype == np.int16
    assert len(changed) == -(-length * 320 // 441)


def test_resampling_keeps_pitch_and_level():
    time = np.arange(22050) / 22050
    tone = np.rint(10000 * np.sin(2 * np.pi * 200 * time)).astype(np.int16)
    changed = resample_int16(tone, 22050, 16000)
    assert level(changed) == pytest.approx(level(tone), abs=0.1)
    assert median_pitch(changed, 16000) == pytest.approx(12, abs=0.1)


def test_resampling_clips_instead_of_wrapping_around():
    square = np.repeat(np.tile([32767, -32768], 50), 100).astype(np.int16)
    changed = resample_int16(square, 22050, 16000)
    steps = np.flatnonzero(np.abs(np.diff(changed.astype(int))) > 60000)
    assert changed.max() == 32767
    assert changed.min() == -32768
    assert len(steps) <= 99  # one for each edge; a wrapped sample would add two
