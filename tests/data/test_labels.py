from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import balanced_weights, read_labels


def test_the_order_of_the_file_is_kept(tmp_path):
    (tmp_path / "labels.txt").write_text("sad\nhappy\nangry\n")
    assert read_labels(tmp_path / "labels.txt") == ["sad", "happy", "angry"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "too few labels"),
        (b"happy\n", "too few labels"),
        (b"happy\nsad\nhappy\n", "labels.txt:3: happy"),
        (b"happy\nvery sad\n", "labels.txt:2: 'very sad'"),
        (b"happy\n\nsad\n", "labels.txt:2: ''"),
        (b"happy\n\xfc\n", "not UTF-8"),
        (b"happy\nHappy\n", "looks like another: 1\\s+.*labels.txt:2: 'Happy' and 'happy'"),
        ("happy\nhap\u200bpy\n".encode(), r"'hap\\u200bpy' and 'happy'"),
        ("happy\n\u202ehappy\n".encode(), r"'\\u202ehappy' and 'happy'"),
        ("happy\nｈappy\n".encode(), "looks like another"),
    ],
)
def test_bad_files_are_refused(tmp_path, content, message):
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(SentemoError, match=message):
        read_labels(tmp_path / "labels.txt")


def test_balanced_weights_make_every_class_weigh_the_same():
    training = [Utterance(str(n), "a", Path("a.wav"), label) for n, label in enumerate("xxxxxyz")]
    weights = balanced_weights(training, ["z", "y", "x"])
    assert weights == pytest.approx([7 / 3, 7 / 3, 7 / 15])


@given(labels=st.lists(st.from_regex(r"[a-zäöü]{1,6}", fullmatch=True), min_size=2, unique=True))
def test_distinct_words_read_back(tmp_path_factory, labels):
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    path.write_text("\n".join(labels) + "\n", encoding="utf-8")
    assert read_labels(path) == labels
