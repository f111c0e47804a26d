import json
import signal
import subprocess
import sys

import pytest

from sentemo.bin.text_sentiment import main
from sentemo.core.errors import SentemoError
from sentemo.data.sentiment import read_sentiment
from sentemo.data.tables import read_table
from sentemo.proxy import transcripts as transcript_labels

TRANSCRIPTS = {
    "a-1": "WHAT A WONDERFUL DAY I LOVE IT",
    "a-2": "THIS IS TERRIBLE AND 3 OF US HATE IT",
    "b-1": "",
    "b-2": "HE PUT THE BOOK ON THE TABLE",
    "c-1": "СЕГОДНЯ ХОРОШАЯ ПОГОДА",
}


@pytest.fixture
def transcripts(tmp_path):
    path = tmp_path / "my data" / "text"
    path.parent.mkdir()
    path.write_text("".join(f"{utt} {text}".strip() + "\n" for utt, text in TRANSCRIPTS.items()))
    return path


@pytest.fixture
def no_hub(monkeypatch):
    """As if the default model could not be reached."""
    monkeypatch.setattr(transcript_labels, "DEFAULT_MODEL", "/nowhere/to be found")


def arguments(transcripts, *options):
    dest = transcripts.parent.with_name("sentiment")
    return [f"--text={transcripts}", f"--dest={dest}", *options]


def summary(transcripts):
    return json.loads((transcripts.parent.with_name("sentiment") / "sentiment.json").read_text())


def test_every_transcript_with_words_is_labelled(transcripts, capsys):
    main(arguments(transcripts, "--backend=vader"))
    dest = transcripts.parent.with_name("sentiment")
    assert read_table(dest / "utt2sentiment") == {
        "a-1": "positive",
        "a-2": "negative",
        "b-2": "neutral",
        "c-1": "neutral",
    }
    assert read_sentiment(dest)["b-2"] == (0, 1, 0)
    found = summary(transcripts)
    counts = {"negative": 1, "neutral": 2, "positive": 1, "empty": 1, "truncated": 0}
    assert found["counts"] == {**counts, "not_latin": 1}
    assert (found["utterances"], found["empty"], found["not_latin"]) == (5, ["b-1"], ["c-1"])
    assert (found["backend"], found["note"]) == ("vader", "VADER")
    assert "1 negative, 2 neutral, 1 positive, 1 empty" in capsys.readouterr().out
    assert sorted(path.name for path in dest.iterdir()) == [
        ".done.text_sentiment.json",
        "sentiment.json",
        "utt2sentiment",
        "utt2sentiment_probs",
    ]


def test_capitals_are_no_emphasis_where_there_is_nothing_else(transcripts):
    main(arguments(transcripts, "--backend=vader"))
    dest = transcripts.parent.with_name("sentiment")
    shouted = (dest / "utt2sentiment_probs").read_text()
    # The 3 is not in capitals, which makes the other words of a-2 emphasised for VADER.
    transcripts.write_text(transcripts.read_text().lower())
    main(arguments(transcripts, "--backend=vader"))
    assert (dest / "utt2sentiment_probs").read_text() == shouted


def test_a_model_labels_them_and_says_which_were_cut(transcripts, make_classifier):
    transcripts.write_text(f"a the day was good\nb {'bad ' * 20}\n")
    main(arguments(transcripts, f"--model={make_classifier()}"))
    found = summary(transcripts)
    assert (found["backend"], found["truncated"]) == ("transformers", ["b"])
    assert found["counts"]["truncated"] == 1
    assert set(read_sentiment(transcripts.parent.with_name("sentiment"))) == {"a", "b"}


def test_vader_is_used_for_want_of_the_default_model_and_said_to_be(transcripts, no_hub, capsys):
    main(arguments(transcripts))
    found = summary(transcripts)
    assert found["backend"] == "vader"
    assert found["note"].startswith("VADER, for want of the model. --model /nowhere/to be found: ")
    assert found["note"] in capsys.readouterr().out


def test_a_model_that_was_asked_for_is_never_replaced(transcripts, no_hub, make_classifier):
    with pytest.raises(SentemoError, match="--model mistyped: cannot be loaded"):
        main(arguments(transcripts, "--model=mistyped"))
    with pytest.raises(SentemoError, match="cannot be loaded"):
        main(arguments(transcripts, "--backend=transformers"))
    with pytest.raises(SentemoError, match="--label_order"):
        main(arguments(transcripts, f"--model={make_classifier(('A', 'B', 'C'))}"))


def test_a_second_run_does_nothing_until_something_changes(
    transcripts, no_hub, make_classifier, capsys
):
    def is_done_again(*options):
        capsys.readouterr()
        main(arguments(transcripts, *options))
        return "up to date" not in capsys.readouterr().out

    assert is_done_again("--backend=vader")
    assert not is_done_again("--backend=vader")
    assert is_done_again()
    model = f"--model={make_classifier()}"
    assert is_done_again(model)
    assert not is_done_again(model)
    make_classifier(positions=12)
    assert is_done_again(model)
    transcripts.write_text("a so\n")
    assert is_done_again(model)
    make_classifier(("A", "B", "C"))
    assert is_done_again(model, "--label_order=negative,neutral,positive")
    assert is_done_again(model, "--label_order=positive,neutral,negative")
    (transcripts.parent.with_name("sentiment") / "utt2sentiment").unlink()
    assert is_done_again(model, "--label_order=positive,neutral,negative")


def test_no_marker_stands_beside_half_of_other_labels(
    transcripts, make_classifier, monkeypatch, capsys
):
    def killed(*_):
        write(*_)
        raise KeyboardInterrupt

    main(arguments(transcripts, "--backend=vader"))
    write = transcript_labels.write_sentiment
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(transcript_labels, "write_sentiment", killed)
        main(arguments(transcripts, f"--model={make_classifier()}"))
    capsys.readouterr()
    main(arguments(transcripts, "--backend=vader"))
    assert "up to date" not in capsys.readouterr().out
    assert summary(transcripts)["backend"] == "vader"


KILLED = """
import os, signal, sys
from sentemo.bin import text_sentiment
from sentemo.proxy import labelling
from sentemo.proxy.classifier import Classifier

calls, score = [], Classifier.score
def score_some(self, texts):
    calls.append(texts)
    if len(calls) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return score(self, texts)

labelling.TEXTS_PER_PART, Classifier.score = 2, score_some
text_sentiment.main(sys.argv[1:])
"""


def test_a_killed_run_goes_on_to_the_same_labels(transcripts, make_classifier, monkeypatch):
    words = ["good", "bad", "day", "the", "was"]
    lines = [f"u{n:02} {' '.join(words[: n % 5 + 1] + words[n % 3 :])}\n" for n in range(15)]
    transcripts.write_text("".join(lines))
    options = arguments(transcripts, f"--model={make_classifier()}")
    run = subprocess.run([sys.executable, "-c", KILLED, *options], capture_output=True, check=False)
    dest = transcripts.parent.with_name("sentiment")
    assert run.returncode == -signal.SIGKILL
    assert [path.name for path in dest.iterdir()] == [".text_sentiment.partial"]

    scored = []
    original = transcript_labels.Classifier.score
    monkeypatch.setattr("sentemo.proxy.labelling.TEXTS_PER_PART", 2)
    monkeypatch.setattr(
        transcript_labels.Classifier,
        "score",
        lambda self, texts: [scored.extend(texts), original(self, texts)][1],
    )
    main(options)
    left, resumed = len(scored), (dest / "utt2sentiment_probs").read_bytes()
    (dest / ".done.text_sentiment.json").unlink()
    main(options)
    assert len(scored) - left == left + 6
    assert (dest / "utt2sentiment_probs").read_bytes() == resumed


def test_nothing_to_do_does_not_load_torch(transcripts):
    options = arguments(transcripts, "--backend=vader")
    main(options)
    script = (
        "import sys; from sentemo.bin.text_sentiment import main; main(sys.argv[1:]);"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *options], capture_output=True, text=True, check=True
    )
    assert run.stdout.endswith("sentiment: up to date\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--label_order=negative,positive"], "is not an order of negative,neutral,positive"),
        (["--half=true"], "--half true needs --ngpu 1"),
        (["--backend=vader", "--model=m"], "belong to --backend transformers"),
        (["--backend=bert"], "invalid choice: 'bert'"),
    ],
)
def test_bad_options_are_explained(transcripts, capsys, options, message):
    with pytest.raises(SystemExit):
        main(arguments(transcripts, *options))
    assert message in capsys.readouterr().err


def test_a_malformed_table_is_refused_before_the_work(transcripts):
    transcripts.write_text("b so\na no\nb oh\n")
    with pytest.raises(SentemoError, match=r"unsorted id: 1(.|\n)*duplicate id: 1"):
        main(arguments(transcripts, "--backend=vader"))
    assert not transcripts.parent.with_name("sentiment").exists()
