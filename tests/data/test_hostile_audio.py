"""Audio that is not what it claims is refused, or read with a note; the test prints its table."""

import re

import numpy as np
import pytest
import soundfile
from hostile_audio import (
    RATE,
    SIZED,
    Case,
    cut_short,
    something_else,
    sound,
    written,
    wrong_samples,
    wrong_sizes,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.audio import has_sound, read_audio, read_header
from sentemo.data.extraction import extract
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus, write_data_dir


def answer(case: Case, folder) -> tuple[str, bool]:
    """Read the file of a case, and return what happened and whether that is right."""
    path = folder / case.file
    path.write_bytes(case.content)
    try:
        header = read_header(path)
        samples = read_audio(path, header.rate, convert=True)
    except SentemoError as error:
        reason = str(error).removeprefix(f"{path}: ")
        wanted = case.answer if isinstance(case.answer, str) else None
        return f"refused: {reason}", wanted is not None and re.search(wanted, reason) is not None
    said = f"read: {len(samples)} samples" + (f" ({header.note})" if header.note else "")
    read = case.answer is None or case.answer == len(samples)
    return said, read and case.note in header.note


@pytest.mark.parametrize("cases", [cut_short, wrong_sizes, wrong_samples, something_else])
def test_what_a_file_claims_is_compared_with_what_it_holds(tmp_path, capsys, cases):
    rows = [(case.name, *answer(case, tmp_path)) for case in cases()]
    with capsys.disabled():
        print(f"\n{cases.__name__.replace('_', ' ')}: {len(rows)} files")
        for name, said, right in rows:
            print(f"  {'  ' if right else '!!'} {name:<42} {said}")
    assert [row for row in rows if not row[2]] == []


SIZES = st.sampled_from(
    [b"\xff" * 4, b"\xff" * 8, bytes(4), bytes(8), b"\xff" * 3 + b"\x7f", b"\x7f" + b"\xff" * 7]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(SIZED)),
    edits=st.lists(
        st.tuples(st.integers(0, 200), st.one_of(SIZES, st.binary(max_size=8))), max_size=4
    ),
    length=st.integers(0, 2000),
)
def test_any_header_is_an_answer_or_an_error_of_ours(tmp_path, kind, edits, length):
    content = bytearray(written(kind)[:length])
    for place, new in edits:
        content[place : place + len(new)] = new
    path = tmp_path / f"x.{SIZED[kind][2]}"
    path.write_bytes(content)
    try:
        header = read_header(path)
    except SentemoError as error:
        assert str(error).startswith(f"{path}: ")
    else:
        assert 0 < header.frames <= soundfile.info(path).frames


def silences():
    """Recordings in which nothing can be heard, and three in which something can."""
    zeros, ramp = np.zeros(RATE), np.linspace(-1, 1, RATE)
    click = zeros.copy()
    click[-1] = 0.01
    return {
        "digital zeros": (zeros, False),
        "one bit of noise": (np.sign(ramp) / 32768, False),
        "noise of -86 dB": (5e-5 * sound(RATE)[:, 0] / 0.3, False),
        "a constant": (zeros + 0.25, False),
        "a constant, with one bit of noise": (0.25 + np.sign(ramp) / 32768, False),
        "no sound in two channels": (np.zeros((RATE, 2)), False),
        "noise of -70 dB": (3e-4 * sound(RATE)[:, 0] / 0.3, True),
        "a click at the end": (click, True),
        "a sound in the second channel": (np.stack([zeros, ramp], axis=1), True),
    }


@pytest.mark.parametrize("name", silences())
def test_silence_has_the_same_limit_in_data_and_features(tmp_path, name):
    samples, is_heard = silences()[name]
    path = tmp_path / "x.wav"
    soundfile.write(path, samples, RATE, subtype="PCM_24")
    utterances = [Utterance("a-1", "a", path, "sad")]
    assert has_sound(path) is is_heard
    if is_heard:
        write_data_dir(tmp_path / "data", ParsedCorpus(utterances))
        extract(utterances, tmp_path / "feats", "raw", convert=True)
        return
    with pytest.raises(SentemoError, match=r"silence: 1\n *a-1: nothing is heard in .*x\.wav"):
        write_data_dir(tmp_path / "data", ParsedCorpus(utterances))
    with pytest.raises(SentemoError, match=r"a-1: .*x\.wav: silence: nothing in it to learn from"):
        extract(utterances, tmp_path / "feats", "raw", convert=True)


def test_a_silent_part_or_channel_is_one_that_is_used(tmp_path):
    noise = sound(RATE)[:, 0]
    call = np.stack([np.concatenate([noise, 0 * noise]), np.zeros(2 * RATE)], axis=1)
    soundfile.write(tmp_path / "call.wav", call, RATE)
    assert has_sound(tmp_path / "call.wav", 0.0, 1.0, channel=0)
    assert not has_sound(tmp_path / "call.wav", 1.0, 2.0, channel=0)
    assert not has_sound(tmp_path / "call.wav", 0.0, 1.0, channel=1)


def test_a_wrong_header_that_does_not_matter_is_counted(tmp_path):
    utterances = []
    for name, loudness in (("a", 1), ("b", 0.5)):
        path = tmp_path / f"{name}.wav"
        content = bytearray(written("wav", loudness * sound()))
        content[40:44] = (int.from_bytes(content[40:44], "little") + 44).to_bytes(4, "little")
        path.write_bytes(content)
        utterances.append(Utterance(name, name, path))
    notes = extract(utterances, tmp_path / "feats", "raw")["notes"]
    assert notes == ["its header announces up to 44 bytes too many: 2 recordings"]
