from dataclasses import replace

import numpy as np
import pytest
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.data.extraction import extract
from sentemo.data.features import read_digests
from sentemo.data.kaldi import Utterance
from sentemo.data.same_recordings import SAME, require_recordings_apart
from sentemo.data.splits import Fold, leave_one_speaker_out


@pytest.fixture
def corpus(tmp_path, make_audio):
    """Write three speakers with two utterances each."""
    found = {}
    for number, name in enumerate(["a-1", "a-2", "b-1", "b-2", "c-1", "c-2"]):
        path = make_audio(tmp_path / f"{name}.wav", seed=number)
        found[name] = Utterance(name, name[0], path, "sad")
    return found


def checked(corpus, tmp_path):
    utterances = list(corpus.values())
    notes = extract(utterances, tmp_path / "dump", "raw")["notes"]
    folds = leave_one_speaker_out("abc")
    require_recordings_apart(folds, utterances, read_digests(tmp_path / "dump"), "data/all")
    return notes


def again(utt, name, folder, **changes):
    """Return an utterance with the same samples in a file of another format."""
    samples, rate = soundfile.read(utt.audio, dtype="int16")
    path = folder / f"{name}.flac"
    soundfile.write(path, samples, rate)
    return Utterance(name, name[0], path, **{"label": "sad", **changes})


def test_different_recordings_are_apart(corpus, tmp_path):
    assert checked(corpus, tmp_path) == []


def test_a_recording_of_two_speakers_is_on_two_sides(corpus, tmp_path):
    corpus["b-3"] = again(corpus["a-1"], "b-3", tmp_path)
    expected = r"data/all: 1 problem\n.*two sides.*\n *a-1: a-1 \(test\) = b-3 \(valid\) in fold 1"
    with pytest.raises(SentemoError, match=expected):
        checked(corpus, tmp_path)


def test_a_copy_on_purpose_is_where_its_original_is(corpus, tmp_path):
    corpus["b-3"] = again(corpus["a-1"], "b-3", tmp_path, original="a-1")
    assert checked(corpus, tmp_path) == []


def test_a_recording_twice_on_one_side_is_noted_with_its_labels(corpus, tmp_path):
    corpus["a-3"] = again(corpus["a-1"], "a-3", tmp_path)
    assert checked(corpus, tmp_path) == [f"{SAME}: 1 recordings (such as a-1 = a-3)"]
    corpus["a-3"] = again(corpus["a-1"], "a-3", tmp_path, label="happy")
    (note,) = checked(corpus, tmp_path)
    assert note.startswith(f"{SAME}: 1 recordings, 1 of them with different labels")


def test_the_same_part_of_a_call_is_the_same_recording(corpus, tmp_path):
    path = tmp_path / "call.wav"
    soundfile.write(path, np.random.default_rng(9).uniform(-0.3, 0.3, 16000), 16000)
    for name, end in (("a-8", 0.5), ("b-8", 0.5), ("c-8", 0.6)):
        corpus[name] = Utterance(
            name, name[0], path, "sad", start=0.0, end=end, recording=f"call-{name}"
        )
    with pytest.raises(SentemoError, match=r"a-8 \(test\) = b-8 \(valid\) in fold 1\n") as error:
        checked(corpus, tmp_path)
    assert "c-8" not in str(error.value)


@pytest.mark.parametrize(
    ("speaker", "channels", "crosses"),
    [("Unknown", "AA", True), ("Unknown", "AB", False), ("x", "AA", True), ("ann", "AA", False)],
)
def test_overlapping_parts_are_on_one_side(tmp_path, speaker, channels, crosses):
    parts = [(0.0, 2.0, "train"), (1.5, 3.0, "test"), (3.0, 4.0, "valid")]
    utterances = [
        Utterance(
            id=f"u{n}",
            speaker="x" if n else speaker,
            audio=tmp_path / "call.wav",
            recording="call",
            start=start,
            end=end,
            channel="AB".index(channels[min(n, 1)]),
            split=side,
        )
        for n, (start, end, side) in enumerate(parts)
    ]
    fold = Fold(1, ("train",), ("valid",), ("test",), by="split", speaker_disjoint=False)
    if not crosses:
        return require_recordings_apart([fold], utterances, {}, "data/all")
    expected = (
        r"overlapping parts of a recording on two sides.*: 1\n *u0: u0 \(train\), u1 \(test\) in"
    )
    with pytest.raises(SentemoError, match=expected):
        require_recordings_apart([fold], utterances, {}, "data/all")


def test_a_whole_recording_is_on_one_side_with_its_parts(tmp_path):
    whole = Utterance("whole", "Unknown", tmp_path / "call.wav", split="train")
    part = Utterance("part", "Unknown", whole.audio, split="test", start=1.0, end=2.0)
    fold = Fold(1, ("train",), ("valid",), ("test",), by="split", speaker_disjoint=False)
    with pytest.raises(SentemoError, match=r"whole: whole \(train\), part \(test\) in fold 1"):
        require_recordings_apart([fold], [whole, part], {}, "data/all")
    same = replace(part, split="train")
    require_recordings_apart([fold], [whole, same], {}, "data/all")
