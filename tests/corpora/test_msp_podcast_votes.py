"""What each annotator of MSP-Podcast chose, in the files of several releases."""

import json

import pytest
from test_msp_podcast import COLUMNS, CSV, FOUR, A, B, as_csv, error_of, fill, row

from sentemo.corpora.msp_podcast import find_sources, parse_msp_podcast

VOTES = "Labels/labels_detailed.csv"
CHOICES = [(A, "Neutral"), (A, "Neutral"), (A, "Sad"), (A, "Other-Bored"), (B, "Happy")]
SHARES = {"neutral": 0.5, "sad": 0.25, "other": 0.25}


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "MSP-PODCAST-Publish-1.12"
    return fill(root, {CSV: as_csv([row(), row(B, EmoClass="H")])})


def in_one_column(choices):
    rows = [f'{name},"WORKER01; {word}; Sad,Happy; A:2.0; V:4.0; D:3.0;"' for name, word in choices]
    return "\n".join(["FileName,EmoDetail", *rows])


def in_many_columns(choices):
    header = "FileName,Workers,EmoClass_Major,EmoClass_Second,EmoAct,EmoVal,EmoDom"
    return "\n".join([header, *(f'{n},WORKER01,{w},"Sad,Happy",2.0,4.0,3.0' for n, w in choices)])


def as_json(choices):
    table = {}
    for number, (name, word) in enumerate(choices):
        table.setdefault(name, {})[f"WORKER{number}"] = {"EmoClass_Major": word, "EmoAct": 2.0}
    return json.dumps(table)


@pytest.mark.parametrize(
    ("file", "write"),
    [(VOTES, in_one_column), (VOTES, in_many_columns), ("Labels/labels_detailed.json", as_json)],
)
def test_every_release_says_the_same(root, file, write):
    fill(root, {file: write(CHOICES)})
    assert root / file in find_sources(root)
    corpus = parse_msp_podcast(root, FOUR, target="soft")
    assert [utt.distribution for utt in corpus.utterances] == [SHARES, {"happy": 1.0}]
    first = corpus.utterances[0].id
    assert corpus.tables["utt2votes"][first] == "neutral neutral sad other"
    assert corpus.agreement[first] == 0.5
    assert corpus.notes == ["2 of 2 utterances have no transcript"]


def test_classes_alone_need_no_votes_but_know_the_annotators(root):
    assert parse_msp_podcast(root, FOUR).agreement == {}
    assert "no votes. Expected Labels/labels_detailed.csv" in error_of(root, target="soft")
    fill(root, {VOTES: in_one_column(CHOICES)})
    corpus = parse_msp_podcast(root, FOUR)
    assert list(corpus.agreement.values()) == [0.5, 1.0]
    assert {utt.distribution for utt in corpus.utterances} == {None}


def test_what_does_not_fit_is_named(root):
    fill(root, {VOTES: in_one_column(CHOICES) + f"\n{B},Happy\n{A},\n"})
    message = error_of(root)
    assert "malformed vote: 2" in message
    assert f"labels_detailed.csv:7: '{B},Happy'" in message
    fill(root, {VOTES: "FileName,Class\n"})
    assert "labels_detailed.csv:1: the columns of no known release" in error_of(root)
    assert "found FileName, Class" in error_of(root)
    (root / VOTES).unlink()
    fill(
        root, {"Labels/labels_detailed.json": json.dumps({A: [], B: {"W": {"EmoClass_Major": 3}}})}
    )
    assert "malformed vote: 2" in error_of(root)


def test_votes_that_contradict_the_class_and_votes_of_nothing_are_counted(root):
    choices = [(A, "Sad"), (A, "Sad"), (A, "Neutral"), ("MSP-PODCAST_0009_0001.wav", "Sad")]
    fill(root, {VOTES: in_one_column(choices)})
    corpus = parse_msp_podcast(root, FOUR)
    assert corpus.notes[-1] == "agreed class is not the most chosen one: 1 utterances"
    assert corpus.dropped == {"votes without a row in the labels": ["MSP-PODCAST_0009_0001.wav"]}


def test_utterances_without_agreement_train_where_somebody_chose_a_class(root):
    names = [f"MSP-PODCAST_0002_{n:04}.wav" for n in range(4)]
    rows = [
        row(names[0], EmoClass="X"),
        row(names[1], EmoClass="X", Split_Set="Test1"),
        row(names[2], EmoClass="X"),
        row(names[3], EmoClass="O"),
    ]
    fill(root, {CSV: as_csv([row(), *rows], COLUMNS)}, [A, *names])
    choices = [(name, word) for name in names for word in ("Sad", "Other")]
    choices = [(n, "Fear" if n == names[2] and w == "Sad" else w) for n, w in choices]
    fill(root, {VOTES: in_one_column(choices)}, [])
    corpus = parse_msp_podcast(root, FOUR, target="soft")
    assert [(u.audio.name, u.is_training_only) for u in corpus.utterances] == [
        (A, False),
        (names[0], True),
    ]
    assert corpus.utterances[0].distribution is None  # nobody's votes are there: one class
    assert {reason: len(of) for reason, of in corpus.dropped.items()} == {
        "audio without a row in the labels": 1,
        "no agreement, and not in Train": 1,
        "no agreement, and no vote for a class of labels": 1,
        "class not in labels: other": 1,
    }
