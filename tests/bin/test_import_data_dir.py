import json

import pytest

from sentemo.bin.import_data_dir import main
from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import read_data_dir
from sentemo.data.tables import read_table


@pytest.fixture
def own(tmp_path, make_audio, monkeypatch):
    """A user's directory with relative audio paths, and a labels file."""
    monkeypatch.chdir(tmp_path)
    for utt in ("u1", "u2", "u3"):
        make_audio(tmp_path / "my audio" / f"{utt}.wav", seconds=1)
    source = tmp_path / "my source"
    source.mkdir()
    (source / "wav.scp").write_text("".join(f"u{n} my audio/u{n}.wav\n" for n in (1, 2, 3)))
    (source / "utt2spk").write_text("u1 ann\nu2 bob\nu3 cem\n")
    (source / "utt2label").write_text("u1 calm\nu2 tense\nu3 calm\n")
    (tmp_path / "labels.txt").write_text("calm\ntense\n")
    return source


def command(own, *options, labels=True):
    dest = own.parent / "work" / "all"
    if labels:
        options = ("--labels", str(own.parent / "labels.txt"), *options)
    main(["--data_dir", str(own), "--dest", str(dest), *options])
    return dest


def test_a_data_dir_is_taken_over_with_absolute_paths(own, capsys, make_audio):
    utterances = read_data_dir(command(own))
    assert [(u.id, u.speaker, u.label) for u in utterances] == [
        ("u1", "ann", "calm"),
        ("u2", "bob", "tense"),
        ("u3", "cem", "calm"),
    ]
    assert utterances[0].audio == own.parent / "my audio" / "u1.wav"
    assert (own / "wav.scp").exists()
    capsys.readouterr()
    dest = command(own)
    assert capsys.readouterr().out == f"{dest}: up to date\n"
    make_audio(own.parent / "my audio" / "u1.wav", seconds=2)
    assert float(read_table(command(own) / "utt2dur")["u1"]) == 2


def test_texts_and_segments_come_along(own):
    (own / "segments").write_text("p1 u1 0.0 0.5\np2 u1 0.5 1.0\np3 u2 0.25 0.75\n")
    (own / "utt2spk").write_text("p1 ann\np2 ann\np3 bob\n")
    (own / "utt2label").write_text("p1 calm\np2 tense\np3 calm\n")
    (own / "text").write_text("p1 well then\n")
    utterances = read_data_dir(command(own))
    assert [(u.recording, u.start, u.end, u.text) for u in utterances] == [
        ("u1", 0.0, 0.5, "well then"),
        ("u1", 0.5, 1.0, None),
        ("u2", 0.25, 0.75, None),
    ]


def test_missing_speakers_are_explained(own):
    (own / "utt2spk").unlink()
    with pytest.raises(SentemoError, match=r"no utt2spk\. Results only hold for new speakers"):
        command(own)


def test_other_labels_are_counted(own):
    (own / "utt2label").write_text("u1 calm\nu2 tens\nu3 clam\n")
    with pytest.raises(SentemoError, match=r"label not in the labels file: 2(.|\n)*calm, tense"):
        command(own)


def test_two_spellings_are_refused_and_words_for_unknown_speakers_understood(own):
    (own / "utt2spk").write_text("u1 ann\nu2 Ann\nu3 unknown\n")
    (own / "utt2label").write_text("u1 calm\nu2 tense\nu3 Calm\n")
    with pytest.raises(SentemoError) as error:
        command(own, labels=False)
    assert "speaker that looks like another: 1\n    u2: 'Ann' and 'ann'" in str(error.value)
    assert "label that looks like another: 1\n    u3: 'Calm' and 'calm'" in str(error.value)
    (own / "utt2spk").write_text("u1 ann\nu2 bob\nu3 unknown\n")
    (own / "utt2label").write_text("u1 calm\nu2 tense\nu3 calm\n")
    assert [u.speaker for u in read_data_dir(command(own))] == ["ann", "bob", "Unknown"]


def test_utterances_without_agreement_come_along_where_their_distribution_is_known(own):
    (own / "utt2label").write_text("u1 calm\nu2 tense\nu3 no_agreement\n")
    with pytest.raises(SentemoError, match="u3: no_agreement"):
        command(own)
    (own / "utt2distribution").write_text("u3 calm:0.5 tense:0.5\n")
    found = read_data_dir(command(own))
    assert [utt.is_training_only for utt in found] == [False, False, True]
    command(own, labels=False)
    assert (own.parent / "work" / "labels.txt").read_text() == "calm\ntense\n"


@pytest.mark.parametrize("name", ["wav.scp", "utt2label"])
def test_missing_tables_are_named(own, name):
    (own / name).unlink()
    with pytest.raises(SentemoError, match=f"no {name}.*; it must have"):
        command(own)


def test_dimensions_may_stand_beside_labels_or_alone(own):
    (own / "utt2avd").write_text("u1 4 3.5 2\nu2 1 1 1\nu3 7 7 7\n")
    assert read_data_dir(command(own))[0].avd == (4.0, 3.5, 2.0)
    (own / "utt2label").unlink()
    utterances = read_data_dir(command(own, labels=False))
    assert [(u.label, u.avd) for u in utterances][1:] == [(None, (1, 1, 1)), (None, (7, 7, 7))]


def test_classes_and_scale_are_written_beside_the_data(own, capsys):
    dest = command(own, labels=False)
    assert dest.with_name("labels.txt").read_text() == "calm\ntense\n"
    (own / "utt2avd").write_text("u1 4 3.5 2\nu2 1 1 1\nu3 7 7 7\n")
    command(own, labels=False)
    assert "dimensions are taken to be rated from 1 to 7" in capsys.readouterr().out
    assert dest.with_name("scale.txt").read_text() == "1,7\n"
    command(own, "--scale", "msp_podcast", labels=False)
    assert dest.with_name("scale.txt").read_text() == "msp_podcast\n"


def test_what_is_to_be_learnt_needs_its_table(own):
    with pytest.raises(SentemoError, match="no utt2avd for --task both"):
        command(own, "--task", "both")
    (own / "utt2avd").write_text("u1 4 3.5 2\nu2 1 1 1\nu3 7 7 7\n")
    (own / "utt2label").unlink()
    with pytest.raises(SentemoError, match="no utt2label for --task label"):
        command(own, "--task", "label")


def test_a_partition_replaces_speakers_that_nobody_noted(own):
    (own / "utt2spk").unlink()
    (own / "utt2split").write_text("u1 train\nu2 valid\nu3 test\n")
    utterances = read_data_dir(command(own))
    assert {u.speaker for u in utterances} == {"Unknown"}
    assert [u.split for u in utterances] == ["train", "valid", "test"]
    (own / "utt2split").write_text("u1 train\nu2 dev\nu3 test\n")
    with pytest.raises(SentemoError, match=r"unknown part in utt2split: 1\n    u2: dev"):
        command(own)


def test_audio_that_only_sox_reads_is_converted_where_allowed(own, sox):
    audio = own.parent / "my audio"
    sox(audio / "u2.wav", audio / "u2.wv")
    (own / "wav.scp").write_text("u1 my audio/u1.wav\nu2 my audio/u2.wv\nu3 my audio/u3.wav\n")
    with pytest.raises(SentemoError, match=r"u2: my audio/u2\.wv\n.*--convert_audio true"):
        command(own)
    utterances = read_data_dir(command(own, "--convert_audio", "true"))
    assert utterances[1].audio == own.parent / "work" / "converted" / "u2.flac"
    assert utterances[0].audio == audio / "u1.wav"
    counts = json.loads((own.parent / "work" / "all" / "counts.json").read_text())
    assert (counts["corpus"], counts["notes"]) == ("my source", ["converted by sox: 1 recordings"])
    (own.parent / "work" / "converted" / "u2.flac").unlink()
    assert read_data_dir(command(own, "--convert_audio", "true"))[1].audio.is_file()


def test_a_pipe_is_refused(own):
    (own / "wav.scp").write_text("u1 sph2pipe a.sph |\nu2 x.wav\nu3 y.wav\n")
    with pytest.raises(SentemoError, match=r"command in wav\.scp: 1"):
        command(own)


def test_the_source_is_never_replaced(own):
    with pytest.raises(SentemoError, match="is the source itself"):
        main(["--source", str(own), "--labels", str(own.parent / "labels.txt"), "--dest", str(own)])
    assert (own / "utt2label").exists()
