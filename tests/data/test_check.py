import re

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.check import check_data_dir
from sentemo.data.tables import read_table, write_table

LABELS = ["sad", "happy"]


def test_a_clean_directory_is_one_line(small_data_dir):
    assert check_data_dir(small_data_dir, LABELS) == (
        f"{small_data_dir}: 8 utterances, 4 speakers, 0.00 h, sad 4 · happy 4"
    )


def test_labels_are_optional(small_data_dir):
    (small_data_dir / "utt2label").unlink()
    assert check_data_dir(small_data_dir).endswith("8 utterances, 4 speakers, 0.00 h")
    with pytest.raises(SentemoError, match="no label: 8"):
        check_data_dir(small_data_dir, LABELS)


def test_every_kind_of_problem_is_counted(small_data_dir, make_audio):
    audio = {utt: path for utt, path in read_table(small_data_dir / "wav.scp").items()}
    folder = small_data_dir.parent / "bad"
    junk = folder / "junk.wav"
    audio["a-happy"] = str(folder / "gone.wav")
    audio["a-sad"] = str(make_audio(folder / "empty.wav", seconds=0))
    audio["b-happy"] = str(make_audio(folder / "stereo.wav", channels=2))
    audio["b-sad"] = str(make_audio(folder / "cd.wav", rate=44100))
    junk.write_bytes(b"no audio")
    audio["c-happy"] = str(junk)
    write_table(small_data_dir / "wav.scp", audio)
    labels = read_table(small_data_dir / "utt2label")
    write_table(small_data_dir / "utt2label", {**labels, "d-sad": "bored"})

    with pytest.raises(SentemoError) as error:
        check_data_dir(small_data_dir, LABELS)
    message = str(error.value)
    for line in (
        "6 problems",
        "audio missing, unreadable or empty: 3",
        "not 16000 Hz mono: 2",
        "unknown label: 1",
        "d-sad: bored (known: sad, happy)",
        "--convert_audio true",
    ):
        assert line in message

    with pytest.raises(SentemoError) as error:
        check_data_dir(small_data_dir, LABELS, convert=True)
    assert "4 problems" in str(error.value)
    assert "--convert_audio" not in str(error.value)


def test_the_wanted_rate_can_be_another(small_data_dir):
    with pytest.raises(SentemoError, match="not 8000 Hz mono: 8"):
        check_data_dir(small_data_dir, sample_rate=8000)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("spk2utt", "b b-happy b-sad", "b b-happy", "utt2spk and spk2utt disagree: 1"),
        ("spk2utt", "b b-happy b-sad", "b b-happy b-sad a-sad", "spk2utt disagree: 1"),
        ("utt2dur", "d-sad", "e-sad", "utt2dur lists other utterances: 2"),
        ("utt2level", "d-sad", "e-sad", "utt2level lists other utterances: 2"),
    ],
)
def test_derived_tables_must_agree(small_data_dir, name, old, new, message):
    content = (small_data_dir / name).read_text()
    assert old in content
    (small_data_dir / name).write_text(content.replace(old, new))
    with pytest.raises(SentemoError, match=re.escape(message)):
        check_data_dir(small_data_dir)


def test_a_segment_must_lie_in_its_recording(small_data_dir):
    (small_data_dir / "segments").write_text("u a-sad 0.2 1.0\n")
    for name in ("utt2label", "text", "utt2dur", "utt2level", "spk2utt"):
        (small_data_dir / name).unlink()
    (small_data_dir / "utt2spk").write_text("u a\n")
    with pytest.raises(SentemoError, match="segment ends after its recording: 1"):
        check_data_dir(small_data_dir)


def test_tables_that_tell_results_apart_fit_the_utterances(small_data_dir):
    write_table(small_data_dir / "spk2gender", {"a": "f", "b": "m"})
    write_table(small_data_dir / "spk2age", {"a": "41"})
    write_table(small_data_dir / "utt2sentence", {"a-happy": "first"})
    check_data_dir(small_data_dir, LABELS)

    write_table(small_data_dir / "spk2gender", {"a": "female", "z": "m"})
    write_table(small_data_dir / "spk2age", {"a": "41.5", "b": "0"})
    write_table(small_data_dir / "utt2sentence", {"a-angry": "first"})
    with pytest.raises(SentemoError) as error:
        check_data_dir(small_data_dir, LABELS)
    message = str(error.value)
    for line in (
        "5 problems",
        "in spk2gender but not in utt2spk: 1\n    z: m",
        "gender that is neither f nor m: 1\n    a: female",
        "age that is no number of years: 2\n    a: 41.5\n    b: 0",
        "in utt2sentence but not in utt2spk: 1\n    a-angry: first",
    ):
        assert line in message
