import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.corpora.nemo import (
    GENDER_AND_AGE,
    LABEL_OF_EMOTION,
    METADATA_COLUMNS,
    NOT_A_RECORDING,
    PUBLISHED_COUNTS,
    find_sources,
    parse_nemo,
)
from sentemo.corpora.release import NOT_A_CLASS, OTHER_NAME
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import read_labels

RECIPE = Path(__file__).parents[2] / "egs/nemo"
SIX = list(LABEL_OF_EMOTION.values())
OWN_NAMES = {label: emotion for emotion, label in LABEL_OF_EMOTION.items()}
HEADER = "\t".join(METADATA_COLUMNS)
ROW = "EB0_anger_3.wav\tanger\tChodźmy, już.\tchodźmy już\t        EB0\tfemale\t27"
OTHER_ROW = "WR0_sadness_3.wav\tsadness\tChodźmy, już.\tchodźmy już\t        WR0\tmale\t23"


def write_corpus(folder, rows, files=None):
    """The parser reads the table and the files' names, so that empty files serve."""
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    (folder / "data.tsv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    for name in [row.split("\t")[0] for row in rows] if files is None else files:
        (folder / "samples" / name).touch()
    return folder


def published_rows():
    """4,481 lines with the published counts of each speaker and emotion."""
    rows = []
    for (speaker, label), count in PUBLISHED_COUNTS.items():
        emotion, about = OWN_NAMES[label], "\t".join(GENDER_AND_AGE[speaker])
        for number in range(1, count + 1):
            text = f"zdanie {'ab'[number % 2]}"
            name = f"{speaker}_{emotion}_{number}.wav"
            rows.append(f"{name}\t{emotion}\t{text.title()}.\t{text}\t{speaker}\t{about}")
    return rows


def parse(folder, labels=SIX):
    return parse_nemo(folder, labels, allow_partial=True)


def errors_of(folder):
    """These faults are refused even in a copy that may be partial."""
    with pytest.raises(SentemoError) as error:
        parse(folder)
    return str(error.value)


def test_a_line_says_everything(tmp_path):
    corpus = parse(write_corpus(tmp_path, [ROW, OTHER_ROW]))
    first, second = corpus.utterances
    assert (first.id, first.speaker, first.label) == ("EB0_anger_3", "EB0", "angry")
    assert first.text == "chodźmy już"
    assert first.audio == tmp_path / "samples" / "EB0_anger_3.wav"
    assert (second.id, second.label) == ("WR0_sadness_3", "sad")
    assert corpus.tables == {
        "text_raw": dict.fromkeys(("EB0_anger_3", "WR0_sadness_3"), "Chodźmy, już."),
        "utt2sentence": {"EB0_anger_3": "3", "WR0_sadness_3": "3"},
        "spk2gender": {"EB0": "f", "WR0": "m"},
        "spk2age": {"EB0": "27", "WR0": "23"},
    }
    assert (corpus.name, corpus.elicitation) == ("nEMO", "play-acted")


def test_the_whole_corpus_has_4481_utterances_of_nine_speakers(tmp_path):
    corpus = parse_nemo(write_corpus(tmp_path, published_rows()), SIX)
    assert len(corpus.utterances) == 4481
    assert (corpus.dropped, corpus.notes) == ({}, [])
    # As published: by emotion, and by speaker.
    assert Counter(utt.label for utt in corpus.utterances) == {
        "angry": 749,
        "fearful": 736,
        "happy": 749,
        "neutral": 809,
        "sad": 769,
        "surprised": 669,
    }
    assert [Counter(utt.speaker for utt in corpus.utterances)[name] for name in GENDER_AND_AGE] == [
        *(539, 540, 540, 540, 450, 256, 538, 539, 539)
    ]


def test_the_recipe_asks_for_all_six_classes():
    assert read_labels(RECIPE / "labels.txt") == SIX


def test_each_speaker_tests_once_and_the_next_one_validates():
    speakers = list(GENDER_AND_AGE)
    utterances = [Utterance(f"{name}_anger_1", name, Path("x.wav")) for name in speakers]
    folds = read_folds(RECIPE / "folds/loso.tsv", utterances)
    assert [fold.test for fold in folds] == [(name,) for name in speakers]
    assert [fold.valid for fold in folds] == [(name,) for name in speakers[1:] + speakers[:1]]
    assert {len(fold.train) for fold in folds} == {7}


def test_other_classes_are_dropped_and_counted(tmp_path):
    corpus = parse_nemo(write_corpus(tmp_path, published_rows()), ["angry", "sad"])
    assert len(corpus.utterances) == 749 + 769
    assert len(corpus.dropped[NOT_A_CLASS]) == 4481 - 749 - 769
    assert corpus.notes == []


def test_stray_files_are_left_out_and_counted(tmp_path):
    stray = ["._EB0_anger_3.wav", ".DS_Store", "Thumbs.db", "EB0_anger_3.txt"]
    stray += ["EB0_anger_3 (1).wav", "notes.wav"]
    write_corpus(tmp_path, [ROW], ["EB0_anger_3.wav", *stray])
    (tmp_path / "samples" / "old.wav").mkdir()
    corpus = parse(tmp_path)
    assert [utt.id for utt in corpus.utterances] == ["EB0_anger_3"]
    assert corpus.dropped == {
        "macOS resource file": ["._EB0_anger_3.wav"],
        "folder in place of a file": ["old.wav"],
        NOT_A_RECORDING: [".DS_Store", "EB0_anger_3.txt", "Thumbs.db"],
        OTHER_NAME: ["EB0_anger_3 (1).wav", "notes.wav"],
    }


@pytest.mark.parametrize(("extra", "found"), [(False, 748), (True, 750)])
def test_other_counts_are_refused_unless_allowed(tmp_path, extra, found):
    rows = published_rows()
    more = "MP0_anger_90.wav\tanger\tZdanie A.\tzdanie a\tMP0\tmale\t24"
    write_corpus(tmp_path, [*rows, more] if extra else rows[1:])
    with pytest.raises(SentemoError, match=rf"angry {found} of 749(.|\n)*--allow_partial true"):
        parse_nemo(tmp_path, SIX)
    emotions, speakers = parse(tmp_path).notes
    assert f"angry {found} of 749" in emotions
    assert "sad" not in emotions
    assert ("MP0 257 of 256" if extra else "EB0 538 of 539") in speakers


def test_lines_without_recording_and_recordings_without_line_are_named(tmp_path):
    write_corpus(tmp_path, [ROW, OTHER_ROW], ["EB0_anger_3.wav", "EB0_anger_4.wav"])
    with pytest.raises(SentemoError) as error:
        parse_nemo(tmp_path, SIX)
    message = str(error.value)
    assert "data.tsv:3: no samples/WR0_sadness_3.wav" in message
    assert "samples/EB0_anger_4.wav: not in data.tsv" in message
    corpus = parse(tmp_path)
    assert [utt.id for utt in corpus.utterances] == ["EB0_anger_3"]
    assert {reason: len(items) for reason, items in corpus.dropped.items()} == {
        "line without recording": 1,
        "recording without line": 1,
    }
    assert corpus.notes[:2] == [
        "left out, line without recording: 1",
        "left out, recording without line: 1",
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("EB0_anger_3.wav", "EB0_anger3.wav", "not a file name of nEMO"),
        ("EB0_anger_3.wav", "../EB0_anger_3.wav", "file name and table disagree"),
        ("EB0_anger_3.wav", "EB0_anger_03.wav", "not a file name of nEMO"),
        ("EB0_anger_3.wav", "EB0_anger_3.flac", "not a file name of nEMO"),
        ("EB0_anger_3.wav", "EB0_anger_91.wav", "unknown sentence"),
        ("EB0_anger_3.wav", "IC0_anger_3.wav", "file name and table disagree"),
        ("EB0_anger_3.wav", "EB0_fear_3.wav", "file name and table disagree"),
        ("\tanger\t", "\tfear\t", "file name and table disagree"),
        ("\tanger\t", "\tboredom\t", "unknown emotion"),
        ("        EB0", "IC0", "file name and table disagree"),
        ("        EB0", "XX9", "unknown speaker"),
        ("female", "male", "other gender or age"),
        ("27", "72", "other gender or age"),
        ("\t27", "", "malformed line"),
        ("\t27", "\t27\tx", "malformed line"),
        ("chodźmy już", " ", "malformed line"),
        ("chodźmy już", "chodĹşmy juĹĽ", "character outside the Polish alphabet"),
        ("chodźmy już", "chodźmy, już", "character outside the Polish alphabet"),
        ("chodźmy już", "chodźcie już", "sentence with two texts"),
        ("Chodźmy, już.", "Chodźmy.", "sentence with two texts"),
    ],
)
def test_a_contradiction_is_an_error_with_its_line(tmp_path, old, new, reason):
    assert old in ROW
    write_corpus(tmp_path, [OTHER_ROW, ROW.replace(old, new)], ["WR0_sadness_3.wav"])
    message = errors_of(tmp_path)
    assert f"data.tsv: 1 problem\n  {reason}: 1\n    data.tsv:3: " in message


def test_a_file_named_twice_is_named_with_both_lines(tmp_path):
    message = errors_of(write_corpus(tmp_path, [ROW, OTHER_ROW, ROW]))
    assert "data.tsv:4: EB0_anger_3.wav, also data.tsv:2" in message


def test_all_that_is_wrong_is_counted(tmp_path):
    rows = [ROW.replace("27", "28"), OTHER_ROW.replace("23", "99"), "x"]
    message = errors_of(write_corpus(tmp_path, rows))
    assert "3 problems" in message
    assert "other gender or age: 2" in message
    assert "data.tsv:2: EB0: female, 28, not female, 27" in message


def test_a_table_edited_on_windows_is_read(tmp_path):
    write_corpus(tmp_path, [ROW, OTHER_ROW])
    table = tmp_path / "data.tsv"
    before = parse(tmp_path)
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert parse(tmp_path) == before


def test_another_encoding_is_an_error_and_no_guess(tmp_path):
    write_corpus(tmp_path, [ROW])
    table = tmp_path / "data.tsv"
    table.write_bytes(table.read_text(encoding="utf-8").encode("cp1250"))
    assert "not UTF-8: 1\n    data.tsv:2: byte 27 of the line" in errors_of(tmp_path)


@pytest.mark.parametrize("header", ["", HEADER.replace("age", "years"), HEADER + "\tmood", ROW])
def test_other_columns_are_refused(tmp_path, header):
    write_corpus(tmp_path, [])
    (tmp_path / "data.tsv").write_text(f"{header}\n{ROW}\n" if header else "", encoding="utf-8")
    assert "other columns: 1" in errors_of(tmp_path)


@given(line=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_line_is_read_or_named(tmp_path_factory, line):
    folder = write_corpus(tmp_path_factory.mktemp("nemo"), [OTHER_ROW])
    with open(folder / "data.tsv", "a", encoding="utf-8", newline="") as stream:
        stream.write(line)
    try:
        assert len(parse(folder).utterances) == 1
    except SentemoError as error:
        assert re.search(r"data\.tsv:\d+: ", str(error))


def test_the_order_of_the_lines_does_not_matter(tmp_path):
    rows = published_rows()
    write_corpus(tmp_path, rows)
    before = parse_nemo(tmp_path, SIX)
    (tmp_path / "data.tsv").write_text(
        "\n".join([HEADER, *random.Random(0).sample(rows, len(rows))]), encoding="utf-8"
    )
    after = parse_nemo(tmp_path, SIX)
    assert sorted(after.utterances, key=lambda u: u.id) == sorted(
        before.utterances, key=lambda u: u.id
    )
    assert after.tables == before.tables


def test_an_unknown_label_names_the_choices(tmp_path):
    write_corpus(tmp_path, [ROW])
    with pytest.raises(SentemoError, match=r"not a class of nEMO: anger; choose from angry, fear"):
        parse(tmp_path, ["anger", "sad"])


def test_a_wrong_folder_says_what_was_found(tmp_path):
    with pytest.raises(SentemoError, match="no such directory"):
        find_sources(tmp_path / "gone")
    with pytest.raises(SentemoError, match="found an empty directory"):
        find_sources(tmp_path)
    (tmp_path / "data.tsv").write_text(HEADER)
    with pytest.raises(SentemoError, match=r"Expected data.tsv and samples/.* found data.tsv"):
        find_sources(tmp_path)
    (tmp_path / "samples").mkdir()
    with pytest.raises(SentemoError, match="no utterances of the classes"):
        parse(tmp_path)


def test_the_real_corpus_is_the_published_one(real_nemo):
    corpus = parse_nemo(real_nemo, SIX)
    found = Counter((utt.speaker, utt.label) for utt in corpus.utterances)
    assert found == {cell: count for cell, count in PUBLISHED_COUNTS.items() if count}
    assert (len(corpus.utterances), corpus.dropped, corpus.notes) == (4481, {}, [])
    assert len({utt.text for utt in corpus.utterances}) == 90
