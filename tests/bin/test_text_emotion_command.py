"""From a data directory's transcripts and labels to a table in RESULTS.md."""

import csv
import json

import pytest

from sentemo.bin import results, text_emotion, text_sentiment
from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus, write_data_dir

SAID = [
    ("angry", "This is terrible and I hate it"),
    ("angry", "The book is on the table"),
    ("frustrated", "What an awful day"),
    ("neutral", "The book is on the table"),
    ("excited", "I love it, what a wonderful day"),
    ("happy", "СЕГОДНЯ ХОРОШАЯ ПОГОДА"),
    ("surprised", "Wow, great"),
    ("sad", None),
    ("no_agreement", "I love it"),
]


@pytest.fixture
def work(tmp_path, make_audio):
    """A working directory, in a path with a space, whose transcripts are labelled."""
    work = tmp_path / "my work"
    audio = make_audio(tmp_path / "noise.wav")
    utterances = [
        Utterance(f"a-{n}", "a", audio, label, text) for n, (label, text) in enumerate(SAID)
    ]
    write_data_dir(work / "data", ParsedCorpus(utterances, notes=["made up"], name="noise"))
    options = ["--text", str(work / "data/text"), "--backend", "vader"]
    text_sentiment.main(["--dest", str(work / "exp/text"), *options])
    return work


def run(work, *options):
    text_emotion.main(["--data", str(work / "data"), "--exp", str(work / "exp/text"), *options])


def test_the_table_reaches_the_results(work, capsys):
    run(work, "--recipe", "iemocap")
    assert "| angry " in capsys.readouterr().out
    scores = json.loads((work / "exp/text/scores.json").read_text())
    assert scores["kind"] == "text_sentiment"
    assert scores["test"]["rows"] == {
        "sad": [0, 0, 0],
        "angry": [1, 1, 0],
        "frustrated": [1, 0, 0],
        "neutral": [0, 1, 0],
        "happy": [0, 1, 1],
    }
    assert scores["counts"] == {
        "utterances": 7,
        "of": 9,
        "left_out": {"no consensus label": 1, "no transcript with words": 1},
    }
    assert (scores["sentiment"]["backend"], scores["sentiment"]["note"]) == ("vader", "VADER")
    assert "vaderSentiment" in scores["sentiment"]["versions"]
    assert scores["notes"] == ["made up", "transcripts mostly not in Latin letters: 1"]

    results.main(["--work_dir", str(work)])
    text = (work / "RESULTS.md").read_text()
    assert "on noise: 7 of 9 utterances" in text
    assert "by VADER" in text
    assert "- config: none" in text
    with open(work / "exp/text/confusion.csv", encoding="utf-8", newline="") as stream:
        rows = {(row["table"], row["emotion"]): row for row in csv.DictReader(stream)}
    assert rows["paper", "happy"]["positive"] == rows["all", "excited"]["positive"] == "1"
    assert (work / "exp/text/confusion.png").read_bytes().startswith(b"\x89PNG")


def test_transcripts_are_to_be_labelled_first(work):
    (work / "exp/text/sentiment.json").unlink()
    with pytest.raises(
        SentemoError, match=r"no sentiment\.json.*python -m sentemo\.bin\.text_sent"
    ):
        run(work)


def test_labels_of_other_transcripts_leave_the_earlier_results(work):
    run(work)
    before = (work / "exp/text/scores.json").read_bytes()
    text = work / "data/text"
    text.write_text(text.read_text().replace("a-0 ", "a-7 ").split("\n", 1)[1])
    with pytest.raises(SentemoError, match="sentiment without words: 1"):
        run(work)
    assert (work / "exp/text/scores.json").read_bytes() == before
