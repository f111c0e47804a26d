import pytest

from sentemo.core.errors import SentemoError
from sentemo.corpora.release import check_counts, excerpt, find_files, listing, numbered_lines


def test_lines_come_with_their_numbers_whatever_the_encoding(tmp_path):
    file = tmp_path / "a folder" / "labels.txt"
    file.parent.mkdir()
    file.write_bytes("\ufeffone\r\n\n  zwölf\t\n".encode() + b"don\x92t\n\x81\n")
    assert list(numbered_lines(file, tmp_path)) == [
        ("a folder/labels.txt:1", "one"),
        ("a folder/labels.txt:3", "zwölf"),
        ("a folder/labels.txt:4", "don’t"),
        ("a folder/labels.txt:5", "\N{REPLACEMENT CHARACTER}"),
    ]


def test_an_excerpt_is_short_and_shows_what_is_invisible():
    assert excerpt("a\tb") == r"'a\tb'"
    assert len(excerpt("x" * 1000)) < 100


def test_files_are_found_in_order_without_those_of_macos(tmp_path):
    for name in ("b.txt", "a.txt", "._a.txt", "c.wav"):
        (tmp_path / name).touch()
    dropped = {"earlier": ["x"]}
    assert [file.name for file in find_files(tmp_path, "*.txt", dropped)] == ["a.txt", "b.txt"]
    assert dropped == {"earlier": ["x"], "macOS resource file": ["._a.txt"]}


def test_a_listing_stays_short(tmp_path):
    assert listing(tmp_path) == "an empty directory"
    for name in "cab":
        (tmp_path / name).touch()
    assert listing(tmp_path) == "a, b, c"
    for name in "defg":
        (tmp_path / name).touch()
    assert listing(tmp_path) == "a, b, c, d, e and 2 more"


def test_other_counts_than_the_published_are_all_named(tmp_path):
    checks = {
        "the release": ({"happy": 2, "sad": 3}, {"happy": 2, "sad": 4, "angry": 1}),
        "its speakers": ({"a": 1}, {"a": 1}),
    }
    note = "differs from the release (found of expected): sad 3 of 4, angry 0 of 1"
    assert check_counts(tmp_path, checks, allow_partial=True) == [note]
    with pytest.raises(SentemoError) as error:
        check_counts(tmp_path, checks, allow_partial=False)
    assert note in str(error.value)
    assert "--allow_partial true" in str(error.value)
    del checks["the release"]
    assert check_counts(tmp_path, checks, allow_partial=False) == []
