"""A split's faults are found: what crosses, what is missing, what contradicts itself."""

from collections import Counter

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from sentemo.data.split_lists.columns import ListReading
from sentemo.scoring.split_check import KINDS, check_split, class_shift

LETTERS = "WLEAFTN"


def listed(folder, rows, columns="file,label,speaker,side,text"):
    path = folder / "split.csv"
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return check_split([path], ListReading())


GOOD = ["a.wav,sad,anna,train,one", "b.wav,sad,ben,valid,two", "c.wav,sad,cleo,test,three"]


def test_nothing_is_wrong_with_a_good_split(tmp_path):
    report = listed(tmp_path, GOOD)
    assert (report["wrong"], report["accepted"]) == ([], [])
    assert report["folds"][0]["sides"]["valid"] == {
        "utterances": 1,
        "speakers": 1,
        "classes": {"sad": 1},
    }


FAULTS = {
    "speakers": ("d.wav,sad,anna,test,four", "speakers", {"anna": ["train", "test"]}),
    "recordings": ("a.wav,sad,dan,test,four", "recordings", {"a.wav": ["train", "test"]}),
    "sentences": ("d.wav,sad,dan,test,Two!", "sentences", {"two": ["valid", "test"]}),
    "unknown": ("d.wav,sad,,test,four", "unknown_speakers", 1),
    "classes": (
        "d.wav,happy,anna,train,four",
        "missing_classes",
        {"valid": ["happy"], "test": ["happy"]},
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_is_found_alone(tmp_path, kind):
    row, key, expected = FAULTS[kind]
    report = listed(tmp_path, [*GOOD, row])
    assert report["wrong"] == [kind]
    found = report["folds"][0][key]
    assert (found["crossing"] if key in ("speakers", "recordings", "sentences") else found) == (
        expected
    )


@pytest.mark.parametrize("other", ["Anna", "ANNA", "anna\u200b"])
def test_another_spelling_of_a_speaker_is_the_same_speaker(tmp_path, other):
    report = listed(tmp_path, [*GOOD, f"d.wav,sad,{other},test,four"])
    assert report["wrong"] == ["speakers"]
    assert any(f"are taken for one: anna and {other}" in note for note in report["notes"])


def test_a_recording_with_two_labels_is_found_on_one_side_too(tmp_path):
    report = listed(tmp_path, [*GOOD, "a.wav,happy,anna,train,one"])
    assert report["label_conflicts"] == {"a.wav": ["happy", "sad"]}
    assert report["wrong"] == ["classes", "labels"]


def test_parts_of_a_recording_are_told_apart(tmp_path):
    rows = ["a.wav,1917.34,1925.26,train", "a.wav,1925.251,1926.2,test", "a.wav,0,1,test"]
    report = listed(tmp_path, rows, "file,start,end,side")
    assert report["folds"][0]["recordings"] == {"of": 3, "crossing": {}}


def test_windows_that_overlap_hold_the_same_recording(tmp_path):
    rows = ["a.wav,0,4,ann,train", "a.wav,2,6,ann,test", "a.wav,5,9,ann,test", "b.wav,2,6,ben,test"]
    report = listed(tmp_path, rows, "file,start,end,speaker,side")
    (fold,) = report["folds"]
    (name,) = fold["recordings"]["crossing"]
    assert name == "a.wav 0.0 4.0 and a.wav 2.0 6.0 and …, which overlap"
    assert fold["recordings"]["of"] == 2
    rows[0] = "a.wav,0,4,cleo,train"  # who is interrupted by Ann
    report = listed(tmp_path, rows, "file,start,end,speaker,side")
    assert not report["folds"][0]["recordings"]["crossing"]


def test_a_side_may_be_missing(tmp_path):
    report = listed(tmp_path, [row for row in GOOD if "train" not in row])
    assert report["wrong"] == ["sides"]


def test_copies_under_other_names_cross(tmp_path):
    samples = np.random.default_rng(0).normal(0, 3000, (2, 1600)).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", samples[0], 16000)
    soundfile.write(tmp_path / "c.flac", samples[0], 16000)
    soundfile.write(tmp_path / "b.wav", samples[1], 16000)
    rows = [row.replace("c.wav,sad", "c.flac,angry") for row in GOOD]
    report = listed(tmp_path, rows)
    assert report["folds"][0]["recordings"]["crossing"] == {"a.wav = c.flac": ["train", "test"]}
    assert report["label_conflicts"] == {"a.wav = c.flac": ["angry", "sad"]}
    assert "The samples of 3 of 3 recordings were compared." in report["notes"]


def test_a_known_name_is_the_same_recording_in_another_folder(tmp_path):
    report = listed(tmp_path, ["x/03a01Fa.wav,train", "y/03a01Fa.wav,test"], "file,side")
    crossing = report["folds"][0]["recordings"]["crossing"]
    assert crossing == {"x/03a01Fa.wav = y/03a01Fa.wav": ["train", "test"]}


def test_a_known_name_without_audio_is_the_recording_with_it(tmp_path):
    (tmp_path / "x").mkdir()
    soundfile.write(tmp_path / "x/03a01Fa.wav", np.linspace(-0.5, 0.5, 800), 8000)
    report = listed(tmp_path, ["y/03a01Fa.wav,train", "x/03a01Fa.wav,test"], "file,side")
    crossing = report["folds"][0]["recordings"]["crossing"]
    assert crossing == {"y/03a01Fa.wav = x/03a01Fa.wav": ["train", "test"]}
    assert any("1 of 2 recordings were compared" in note for note in report["notes"])


def test_lists_without_labels_say_that_classes_were_not_checked(tmp_path):
    report = listed(tmp_path, ["a.wav,train", "b.wav,test"], "file,side")
    assert "2 files have no label: their classes were not checked." in report["notes"]


def test_speakers_and_sentences_of_known_names_are_said_to_be_from_there(tmp_path):
    rows = ["03a01Fa.wav,train", "08a02Wb.wav,test", "03b01Na.wav,test"]
    report = listed(tmp_path, rows, "file,side")
    fold = report["folds"][0]
    assert fold["speakers"] == {"of": 2, "crossing": {"03": ["train", "test"]}}
    assert fold["sentences"]["of"] == 3
    note = "The speakers of 3 recordings are taken from their file names, which are those of EmoDB."
    assert note in report["notes"]


def test_speakers_of_two_corpora_with_one_number_are_two(tmp_path):
    rows = ["03a01Fa.wav,train", "r/03-01-03-01-01-01-03.wav,test"]
    fold = listed(tmp_path, rows, "file,side")["folds"][0]
    assert fold["speakers"] == {"of": 2, "crossing": {}}


def test_speakers_of_lists_and_of_names_may_have_other_names(tmp_path):
    rows = ["03a01Fa.wav,male_03,train", "08a02Wb.wav,female_08,test", "03b01Na.wav,,test"]
    fold = listed(tmp_path, rows, "file,speaker,side")["folds"][0]
    assert fold["speakers"] == {"of": 2, "crossing": {"male_03": ["train", "test"]}}


def test_speakers_that_contradict_the_names_are_checked_by_both(tmp_path):
    name = "Ses01{}_impro01_{}000.wav,{},{}"
    rows = [  # the wearer of the motion capture is taken for the speaker
        name.format("F", "F", "Ses01F", "train"),
        name.format("F", "M", "Ses01F", "train"),
        name.format("M", "F", "Ses01M", "test"),
    ]
    report = listed(tmp_path, rows, "file,speaker,side")
    fold = report["folds"][0]
    assert fold["speakers"]["crossing"] == {}
    assert fold["speakers_by_name"]["crossing"] == {"Ses01_F": ["train", "test"]}
    assert report["wrong"] == ["speakers"]
    assert any("Ses01F is Ses01_F and Ses01_M" in note for note in report["notes"])


def emodb_rows(numbers):
    """Rows of EmoDB's names, so many of each class; speakers and sentences are passed over."""
    speakers = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
    texts = ("a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10")
    for letter, number in numbers.items():
        names = [f"{s}{t}{letter}{v}" for v in "ab" for t in texts for s in speakers]
        for index, name in enumerate(names[:number]):
            yield f"{name}.wav,{letter},{'test' if index % 5 == 0 else 'train'}"


@pytest.mark.parametrize(("number", "differing"), [(71, {}), (70, {"happy": [70, 71]})])
def test_counts_are_compared_with_the_published_ones(tmp_path, number, differing):
    report = listed(tmp_path, emodb_rows({"F": number, "T": 62}), "file,label,side")
    (found,) = report["counts"]
    assert (found["corpus"], found["differing"]) == ("EmoDB", differing)
    assert "angry" in found["not_listed"]
    assert ("counts" in report["wrong"]) == bool(differing)


def test_labels_that_are_not_those_of_the_names_are_noted(tmp_path):
    rows = ["03a01Fa.wav,joy,train", "03a02Fa.wav,joy,train", "08a02Fb.wav,sad,test"]
    report = listed(tmp_path, rows, "file,label,side")
    assert any("1 otherwise, such as 08a02Fb" in note for note in report["notes"])


def test_folds_are_checked_one_by_one_in_their_order(tmp_path):
    rows = [f"{fold}-{side}.wav,{fold},{side}" for fold in (10, 9) for side in ("train", "test")]
    report = listed(tmp_path, rows, "file,fold,side")
    assert [fold["fold"] for fold in report["folds"]] == ["9", "10"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_accepted_is_not_wrong(tmp_path, kind):
    path = tmp_path / "split.csv"
    path.write_text("file,label,speaker,side,text\n" + "\n".join([*GOOD, *GOOD_AND_BAD]))
    wrong = check_split([path], ListReading())["wrong"]
    report = check_split([path], ListReading(), accepted=[kind])
    assert report["accepted"] == [kind] * (kind in wrong)
    assert report["wrong"] == [one for one in wrong if one != kind]


GOOD_AND_BAD = [row for row, *_ in FAULTS.values()]
COUNTS = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 50), min_size=1).map(Counter)


@given(COUNTS, COUNTS)
def test_class_shift_is_a_distance(first, second):
    shift = class_shift(first, second)
    assert 0 <= shift["distance"] <= 1
    assert class_shift(first, first)["distance"] == 0
    assert shift["distance"] == class_shift(second, first)["distance"]


def test_class_shift_is_the_share_that_would_have_to_change():
    shift = class_shift(Counter(a=50, b=50), Counter(a=60, b=40))
    assert shift["distance"] == 0.1
    assert 0.1 < shift["by_chance"] < 0.2
    assert class_shift(Counter(a=5), Counter(b=5))["distance"] == 1
