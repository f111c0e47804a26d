"""Transcripts for a text branch, which must cover all utterances of the data and no others."""

from pathlib import Path

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.data.texts import mostly_not_latin, read_texts

UTTERANCES = [Utterance(name, "s", Path("none.wav")) for name in ("a", "b")]


def test_a_transcript_may_be_empty(tmp_path):
    (tmp_path / "text").write_text("a\nb oh no\n")
    assert read_texts(tmp_path / "text", UTTERANCES) == {"a": "", "b": "oh no"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a so\n", r"no transcript: 1\n\s+b: no line"),
        ("a so\nb no\nc oh\n", r"unknown utterance: 1\n\s+c: not in"),
        ("a so\na no\nb oh\n", r"duplicate id: 1\n.*text:2: a(.|\n)*only the id"),
        ("b so\na no\n", r"unsorted id: 1(.|\n)*sort -o"),
    ],
)
def test_what_does_not_fit_the_data_is_named(tmp_path, content, message):
    (tmp_path / "text").write_text(content)
    with pytest.raises(SentemoError, match=message) as error:
        read_texts(tmp_path / "text", UTTERANCES)
    assert str(tmp_path / "text") in str(error.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("12 – 14 …", False),
        ("ÇA VA ÊTRE ŁADNIE", False),
        ("добрый день", True),
        ("今日はいい天気", True),
        ("say да", False),
        ("he да да", True),
        ("ab да", False),
    ],
)
def test_the_script_of_most_letters_counts(text, expected):
    assert mostly_not_latin(text) == expected
