"""Columns of lists are found by their names, and recordings by the ends of their paths."""

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.split_lists.columns import ListReading, find_audio
from sentemo.data.split_lists.reading import read_split


def test_columns_have_the_users_names(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Datei,Gefühl,Wer,Teil,label\na.wav,froh,anna,dev,1\nb.wav,froh,,test,2\n")
    names = {"file": "Datei", "label": "Gefühl", "speaker": "Wer", "side": "Teil"}
    first, second = read_split([path], ListReading(names)).utterances
    assert (first.label, first.speaker, first.side) == ("froh", "anna", "valid")
    assert second.speaker is None


def test_a_column_of_other_channels_is_not_taken_in_silence(tmp_path):
    path = tmp_path / "all.csv"
    path.write_text("file,channel,side\na.wav,agent,train\nb.wav,customer,test\n")
    (note,) = read_split([path], ListReading()).notes
    assert note == "all.csv: file is file, side is side"
    with pytest.raises(SentemoError, match="channel is none of a, b, 1, 2, left, right: 2"):
        read_split([path], ListReading(names={"channel": "channel"}))
    path.write_text("file,channel,side\na.wav,A,train\na.wav,B,test\n")
    assert [utt.channel for utt in read_split([path], ListReading()).utterances] == [0, 1]


def test_a_column_of_other_subsets_is_not_taken_for_sides(tmp_path):
    for side in ("train", "test"):
        (tmp_path / f"{side}.csv").write_text(f"file,subset\n{side}.wav,clean\n")
    split = read_split([tmp_path], ListReading())
    assert {(u.side, u.file) for u in split.utterances} == {
        ("train", "train.wav"),
        ("test", "test.wav"),
    }


@pytest.mark.parametrize(
    "listed",
    ["{data_root}/wav/a.wav", "/home/them/emodb/wav/a.wav", "downloads/emodb/wav/a.wav", "a.wav"],
)
def test_recordings_are_found_by_the_ends_of_their_paths(tmp_path, listed):
    for folder in ("wav", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.wav").write_bytes(b"")
    roots = [tmp_path] if "/" in listed else [tmp_path / "wav"]
    assert find_audio(listed, tmp_path / "lists", roots) == tmp_path / "wav" / "a.wav"
    assert find_audio(listed, tmp_path / "lists", ()) is None


def test_names_that_no_file_can_have_are_found_nowhere(tmp_path):
    assert find_audio("x" * 300 + ".wav", tmp_path, [tmp_path]) is None
    assert find_audio("a\0.wav", tmp_path, [tmp_path]) is None
