import json

import pytest

from sentemo.core.errors import SentemoError
from sentemo.corpora.recording_names import speakers_in_names
from sentemo.data.fold_files import read_folds, write_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.listed_recordings import ListedRecordings
from sentemo.data.splits import choose_folds, side_of_fold

LABELS = ("frö h", "sad")
PLAIN = [f"{n}.wav,{'xy'[n % 2]}" for n in range(20)]


@pytest.fixture
def listed(tmp_path, make_audio):
    """Write a table of recordings with spaces and umlauts; return it and where to import it."""

    def write(rows, header="file,label,speaker"):
        for row in rows:
            name = row.split(",")[0]
            if name.endswith(".wav"):
                make_audio(tmp_path / name, seconds=1, channels=2, seed=len(name))
        table = tmp_path / "labels.csv"
        table.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        return table

    return write


def import_into(tmp_path, table, **options):
    dest = tmp_path / "work" / "data" / "all"
    ListedRecordings(table, **options).write(dest)
    return dest


def of_speakers(number, each=2):
    return [
        f"my audio/Jörg {s} {n}.wav,{LABELS[n % 2]},Jörg {s}"
        for s in range(number)
        for n in range(each)
    ]


def folds_of(dest, most=100):
    """Choose the folds, write them and read them back, which checks them."""
    utterances = read_data_dir(dest)
    folds, protocol = choose_folds(utterances, most)
    write_folds(dest / "folds.tsv", folds, protocol)
    assert read_folds(dest / "folds.tsv", utterances) == folds
    return utterances, folds


def test_a_table_becomes_a_data_directory_with_its_classes(tmp_path, listed, capsys):
    dest = import_into(tmp_path, listed(of_speakers(3)))
    utterances, folds = folds_of(dest)
    assert [(u.id, u.speaker, u.label) for u in utterances][:2] == [
        ("Jorg_0-Jorg_0_0", "Jörg_0", "frö_h"),
        ("Jorg_0-Jorg_0_1", "Jörg_0", "sad"),
    ]
    assert (dest.parent / "labels.txt").read_text() == "frö_h\nsad\n"
    assert json.loads((dest / "counts.json").read_text())["corpus"] == "labels"
    assert [fold.test for fold in folds] == [("Jörg_0",), ("Jörg_1",), ("Jörg_2",)]
    import_into(tmp_path, tmp_path / "labels.csv")
    assert capsys.readouterr().out.endswith("all: up to date\n")


def test_many_speakers_are_left_out_in_groups(tmp_path, listed):
    utterances, folds = folds_of(import_into(tmp_path, listed(of_speakers(7))), most=3)
    assert sorted(len(fold.test) for fold in folds) == [2, 2, 3]
    assert sorted(s for fold in folds for s in fold.test) == sorted({u.speaker for u in utterances})


@pytest.mark.parametrize("speakers", [0, 2])
def test_too_few_speakers_make_random_parts_that_the_notes_warn_of(tmp_path, listed, speakers):
    rows = of_speakers(2, each=10)
    header = "file,label,speaker"
    if not speakers:
        rows, header = [row.rpartition(",")[0] for row in rows], "file,label"
    dest = import_into(tmp_path, listed(rows, header))
    utterances, folds = folds_of(dest)
    assert len(folds) == 5
    tested = [u.id for fold in folds for u in side_of_fold(utterances, fold, "test")]
    assert sorted(tested) == [u.id for u in utterances]
    for fold in folds:
        assert {u.label for u in side_of_fold(utterances, fold, "test")} == {"frö_h", "sad"}
        assert not fold.speaker_disjoint
    (note,) = json.loads((dest / "counts.json").read_text())["notes"]
    assert "new speakers will be recognised worse" in note


def test_a_partition_without_a_valid_side_gets_one_of_its_speakers(tmp_path, listed):
    rows = [f"{row},{'test' if n > 5 else 'train'}" for n, row in enumerate(of_speakers(4))]
    dest = import_into(tmp_path, listed(rows, "file,label,speaker,split"))
    _, (fold,) = folds_of(dest)
    assert fold.by == "split" and fold.speaker_disjoint
    assert json.loads((dest / "counts.json").read_text())["splits"] == {
        "test": 2,
        "train": 4,
        "valid": 2,
    }
    rows = [row.replace(",test", ",valid") for row in rows]
    with pytest.raises(SentemoError, match="the partition has no test"):
        import_into(tmp_path, listed(rows, "file,label,speaker,split"))


def test_labels_that_look_alike_are_one_class_in_two_spellings(tmp_path, listed):
    rows = ["a.wav,happy,s", "b.wav,hap\u200bpy,t", "c.wav,Happy,u", "d.wav,sad,u"]
    with pytest.raises(SentemoError, match="label that looks like another: 2"):
        import_into(tmp_path, listed(rows))


def test_two_spellings_of_a_speaker_are_not_two_speakers(tmp_path, listed):
    rows = ["a.wav,x,1", "b.wav,y,001", "c.wav,x,ann", "d.wav,y,Ann", "e.wav,x,z", "f.wav,y,z"]
    with pytest.raises(SentemoError) as error:
        import_into(tmp_path, listed(rows))
    told = "speaker that looks like another: 2\n    labels.csv:3: '001' and '1'\n    labels.csv:5"
    assert told in str(error.value)


def test_words_for_unknown_speakers_are_no_speaker(tmp_path, listed):
    rows = [f"{row},{'unknown' if n % 8 == 0 else n % 4}" for n, row in enumerate(PLAIN)]
    dest = import_into(tmp_path, listed(rows))
    assert {u.speaker for u in read_data_dir(dest)} == {"Unknown", "0", "1", "2", "3"}
    (note,) = json.loads((dest / "counts.json").read_text())["notes"]
    assert note.startswith("speakers of 3 of 20 recordings unknown: 5 random parts")


def test_names_of_a_known_corpus_say_the_speakers_that_a_list_does_not(tmp_path, listed):
    names = [f"{10 + s}{s:02}_IEO_{e}_XX.wav" for s in range(1, 4) for e in ("ANG", "SAD")]
    rows = [f"{name},{'xy'[n % 2]}" for n, name in enumerate(names)]
    options = {"speakers_in_names": speakers_in_names}
    dest = import_into(tmp_path, listed(rows, "file,label"), **options)
    assert {u.speaker for u in read_data_dir(dest)} == {"1101", "1202", "1303"}
    (note,) = json.loads((dest / "counts.json").read_text())["notes"]
    assert note == "speakers are those of the file names of CREMA-D"
    sides = [f"{row},{'train' if n < 4 else 'test'}" for n, row in enumerate(rows)]
    dest = import_into(tmp_path, listed(sides, "file,label,split"), **options)
    assert {u.speaker for u in read_data_dir(dest)} == {"Unknown"}


@pytest.mark.parametrize("fraction", ["1.5", '"1,5"'])
def test_ratings_are_no_classes(tmp_path, listed, fraction):
    rows = [f"{n}.wav,{[1, 2.0, fraction][n % 3]},{n // 3}" for n in range(9)]
    with pytest.raises(
        SentemoError, match=r"label is a rating: 1\n    labels\.csv:4: 1[._]5, which"
    ):
        import_into(tmp_path, listed(rows))
    import_into(tmp_path, listed([row.replace(fraction, "3") for row in rows]))


def test_classes_that_only_tell_two_voices_apart_are_refused(tmp_path, listed):
    rows = [f"{n}.wav,{'xy'[n % 2]},{'st'[n % 2]}" for n in range(6)]
    with pytest.raises(SentemoError, match="class of one speaker only: 2"):
        import_into(tmp_path, listed(rows))


def test_words_for_missing_values_are_no_classes_and_no_speakers(tmp_path, listed):
    rows = ["a.wav,x,s", "b.wav,nan,s", "c.wav,y,NA", "d.wav,None,t"]
    with pytest.raises(SentemoError) as error:
        import_into(tmp_path, listed(rows))
    for line in (
        "no label: 2\n    labels.csv:3: the field says nan\n    labels.csv:5: the field says None",
        "no speaker: 1\n    labels.csv:4: the field says NA; where nobody knows, write unknown",
    ):
        assert line in str(error.value)


def test_parts_and_channels_of_one_recording_are_utterances(tmp_path, listed):
    rows = ["call.wav,x,A,0,0.5", "call.wav,y,B,0.25,1.2", "b.wav,x,,,"]
    rows += [f"c.wav,{label},,0.{n},0.{n + 1}" for n, label in enumerate("xyy")]
    dest = import_into(tmp_path, listed(rows, "file,label,channel,start,end"))
    utterances = [u for u in read_data_dir(dest) if u.recording != "c"]
    assert [(u.id, u.recording, u.channel, u.start, u.end) for u in utterances] == [
        ("b", "b", None, 0.0, 1.0),
        ("call-A-000000-000500", "call-A", 0, 0.0, 0.5),
        ("call-B-000250-001200", "call-B", 1, 0.25, 1.2),
    ]


def test_audio_that_does_not_fit_is_named_by_its_line(tmp_path, listed):
    rows = ["a.wav,x,,", "a.wav,y,,", "none.mp3,x,,", "b.wav,x,2,3", "labels.csv,x,,"]
    with pytest.raises(SentemoError) as error:
        import_into(tmp_path, listed(rows, "file,label,start,end"))
    told = str(error.value)
    assert "the same recording again: 1\n    labels.csv:3: it is labels.csv:2 too" in told
    assert "labels.csv:4: " in told and "missing audio" in told
    assert "part begins after its recording: 1\n    labels.csv:5: at 2.0 s of 1.000 s" in told
    assert "labels.csv:6: " in told
    assert not (tmp_path / "work").exists()


def test_a_channel_and_the_mean_of_all_are_not_two_voices(tmp_path, listed):
    rows = ["a.wav,x,ann,A", "a.wav,y,ben,", "b.wav,x,ann,", "c.wav,y,ben,B"]
    with pytest.raises(
        SentemoError, match=r"no channel, as other lines have one: 1\n    labels.csv:3"
    ):
        import_into(tmp_path, listed(rows, "file,label,speaker,channel"))


def test_a_scale_is_inferred_and_said_or_given(tmp_path, listed, capsys):
    rows = ["a.wav,x,1,2.5,4", "b.wav,y,3,6.5,2", "c.wav,x,1,1,1"]
    rows += [f"{name}.wav,{label},2,2,2" for name, label in ("dy", "ey", "fx")]
    header = "file,label,activation,valence,dominance"
    dest = import_into(tmp_path, listed(rows, header))
    assert (dest.parent / "scale.txt").read_text() == "1,7\n"
    assert "rated from 1 to 7, as all ratings lie there" in capsys.readouterr().out
    import_into(tmp_path, tmp_path / "labels.csv", scale="0,10", task="dimensional")
    assert (dest.parent / "scale.txt").read_text() == "0,10\n"


def test_targets_that_are_not_there_are_refused(tmp_path, listed):
    table = listed(of_speakers(3))
    with pytest.raises(SentemoError, match="no columns activation, valence, dominance for --task"):
        import_into(tmp_path, table, task="both")
    labels = tmp_path / "labels.txt"
    labels.write_text("sad\nangry\n")
    unknown = r"label not in the labels file: 3\n    labels.csv:2: frö_h"
    with pytest.raises(SentemoError, match=unknown):
        import_into(tmp_path, table, labels=labels)
    with pytest.raises(SentemoError, match="a model needs two classes"):
        import_into(tmp_path, listed(["a.wav,x,s", "b.wav,x,t", "c.wav,x,u"]))
    with pytest.raises(SentemoError, match=r"dimension outside of 1 to 5: 1\n    labels.csv:3: 7"):
        rows = ["a.wav,1,2,3", "b.wav,1,7,3"]
        table = listed(rows, "file,activation,valence,dominance")
        import_into(tmp_path, table, scale="1,5")
    with pytest.raises(SentemoError, match=r"no such file\. Give a table"):
        import_into(tmp_path, tmp_path / "none.csv")


@pytest.mark.parametrize("convert", [True, False])
def test_all_problems_of_a_list_are_told_at_once_with_their_lines(tmp_path, listed, convert):
    rows = [*of_speakers(3), "gone.mp3,sad,Jörg 0", f"{LABELS[0]}.wav,,Jörg 0"]
    rows += ["a.wav,sda,Jörg 1", "b.wav,sad,Jörg 1,too much", "labels.csv,sad,Jörg 2"]
    with pytest.raises(SentemoError) as error:
        import_into(tmp_path, listed(rows), convert_audio=convert)
    told = str(error.value)
    assert "5 problems" in told
    for problem in (
        "wrong number of fields: 1\n    labels.csv:11: 4, but the header has 3",
        "no label: 1\n    labels.csv:9: the field is empty",
        "audio missing, unreadable or empty: 2\n    labels.csv:8: ",
        "\n    labels.csv:12: ",
        "class of one speaker only: 1\n    labels.csv:10: sda, 1 recordings, of Jörg_1",
    ):
        assert problem in told
    assert not (tmp_path / "work" / "data" / "all").exists()


def test_a_speaker_on_two_sides_of_the_split_is_named_with_both_lines(tmp_path, listed):
    rows = [
        f"{row},{side}" for row, side in zip(of_speakers(2), ("train", "test") * 2, strict=True)
    ]
    with pytest.raises(SentemoError) as error:
        import_into(tmp_path, listed(rows, "file,label,speaker,split"))
    told = str(error.value)
    assert "Jörg_0: train (labels.csv:2), test (labels.csv:3)" in told
    assert "class without a recording in train: 1\n    labels.csv:3: sad" in told
