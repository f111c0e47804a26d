"""Several corpora as one, all of whose speakers are trained on, validated and tested."""

from dataclasses import replace
from pathlib import Path

import pytest

from sentemo.bin.merge_data import main
from sentemo.core.errors import SentemoError
from sentemo.data.combination import Addition
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.merging import mapped, merge
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import divided, leave_one_speaker_out, side_of_fold

LABELS = ["happy", "sad"]


def corpus(name, *rows):
    """Return a corpus with a speaker and a label for each utterance."""
    utterances = [
        Utterance(f"{speaker}-{number}", speaker, Path(f"{name}{number}.wav"), label)
        for number, (speaker, label) in enumerate(rows)
    ]
    return Addition(name, utterances)


GERMAN = corpus("GermanDB", ("a", "happy"), ("b", "sad"), ("b", "bored"))
POLISH = corpus("Polish", ("a", "sad"), ("c", "happy"))


def test_every_utterance_names_its_corpus_and_ids_never_meet():
    merged = merge([GERMAN, POLISH], LABELS, "both")
    assert [(utt.id, utt.speaker, utt.corpus) for utt in merged.utterances] == [
        ("germandb-a-0", "germandb-a", "GermanDB"),
        ("germandb-b-1", "germandb-b", "GermanDB"),
        ("polish-a-0", "polish-a", "Polish"),
        ("polish-c-1", "polish-c", "Polish"),
    ]
    assert merged.dropped == {"GermanDB: label not in labels.txt": ["germandb-b-2"]}
    assert merged.notes == [
        "GermanDB: 2 utterances of 2 speakers",
        "Polish: 2 utterances of 2 speakers",
    ]


def test_all_speakers_are_tested_unlike_those_of_guests():
    utterances = merge([GERMAN, POLISH], LABELS, "both").utterances
    assert divided(utterances) == utterances
    folds = leave_one_speaker_out({utt.speaker for utt in utterances})
    tested = [utt for fold in folds for utt in side_of_fold(utterances, fold, "test")]
    assert sorted(utt.id for utt in tested) == sorted(utt.id for utt in utterances)
    guests = [replace(utt, is_guest=utt.corpus == "Polish") for utt in utterances]
    assert {utt.corpus for utt in divided(guests)} == {"GermanDB"}


@pytest.mark.parametrize(
    ("corpora", "message"),
    [
        ([GERMAN, replace(POLISH, corpus="germandb 2")], "two of one name"),
        ([GERMAN, corpus("Bored", ("x", "bored"))], "Bored: no utterance of happy, sad"),
    ],
)
def test_corpora_that_cannot_be_merged_are_named(corpora, message):
    with pytest.raises(SentemoError, match=message):
        merge(corpora, LABELS, "both")


def test_the_command_writes_a_directory_that_knows_its_corpora(tmp_path, make_audio, capsys):
    folders = []
    for addition in (GERMAN, POLISH):
        audio = [
            replace(utt, audio=make_audio(tmp_path / utt.audio.name, seed=sum(bytes(utt.audio))))
            for utt in addition.utterances
        ]
        folders.append(tmp_path / f"data of {addition.corpus}")
        write_data_dir(folders[-1], ParsedCorpus(audio, name=addition.corpus))
    labels = tmp_path / "labels.txt"
    labels.write_text("happy\nsad\n")
    arguments = [
        *(word for folder in folders for word in ("--data", str(folder))),
        *("--labels", str(labels), "--name", "both", "--dest", str(tmp_path / "all")),
    ]
    main(arguments)
    read = read_data_dir(tmp_path / "all")
    assert {utt.corpus for utt in read} == {"GermanDB", "Polish"}
    assert not any(utt.is_guest for utt in read)
    assert "4 utterances of 2 corpora" in capsys.readouterr().out
    main(arguments)
    assert "up to date" in capsys.readouterr().out


def test_one_corpus_alone_is_refused(tmp_path):
    with pytest.raises(SentemoError, match="at least two"):
        main(
            [
                *("--data", str(tmp_path), "--labels", "labels.txt"),
                *("--name", "one", "--dest", str(tmp_path / "all")),
            ]
        )


def write_map(folder, name, text):
    (folder / f"{name}.tsv").write_text(text)
    return folder


def test_a_map_gives_labels_the_names_of_classes(tmp_path):
    maps = write_map(tmp_path, "germandb", "happy sad\nsad happy\n")
    corpora = [mapped(corpus, maps, LABELS) for corpus in (GERMAN, POLISH)]
    merged = merge(corpora, LABELS, "both")
    assert [(utt.id, utt.label) for utt in merged.utterances][:3] == [
        ("germandb-a-0", "sad"),
        ("germandb-b-1", "happy"),
        ("polish-a-0", "sad"),
    ]
    assert merged.dropped == {"GermanDB: label not in labels.txt": ["germandb-b-2"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("happy joy\n", "class that is not learnt.*happy: joy"),
        ("joyful happy\n", "label that no utterance of GermanDB has.*joyful"),
        ("happy\n", "malformed line"),
    ],
)
def test_a_wrong_map_is_refused(tmp_path, text, message):
    maps = write_map(tmp_path, "germandb", text)
    with pytest.raises(SentemoError, match=f"(?s){message}"):
        mapped(GERMAN, maps, LABELS)
