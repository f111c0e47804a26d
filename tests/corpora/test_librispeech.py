import string
from pathlib import Path

import pytest

from sentemo.corpora.librispeech import find_parts, parse_librispeech
from sentemo.data.splits import read_folds
from sentemo.errors import SentemoError

FOLDS = Path(__file__).parents[2] / "egs/librispeech/folds/test-clean.tsv"


def add_chapter(root, part, speaker, chapter, texts, audio=None):
    """The parser reads names and transcripts only, so that empty flac files serve."""
    folder = root / part / speaker / chapter
    folder.mkdir(parents=True)
    ids = [f"{speaker}-{chapter}-{n:04}" for n in range(len(texts))]
    lines = [f"{utt} {text}\n" for utt, text in zip(ids, texts, strict=True)]
    (folder / f"{speaker}-{chapter}.trans.txt").write_text("".join(lines))
    for utt in ids if audio is None else audio:
        (folder / f"{utt}.flac").touch()
    return folder


@pytest.fixture
def corpus(tmp_path):
    root = tmp_path / "my corpora" / "LibriSpeech"
    add_chapter(root, "test-clean", "61", "70968", ["HE BEGAN A CONFUSED COMPLAINT", "GIVE'S"])
    add_chapter(root, "test-clean", "121", "121726", ["ALSO A POPULAR CONTRIVANCE"])
    add_chapter(root, "dev-clean", "84", "121123", ["GO DO YOU HEAR"])
    return root


def test_folders_and_transcripts_become_utterances(corpus):
    parsed = parse_librispeech(corpus, ["test-clean"])
    assert [utt.id for utt in parsed.utterances] == [
        "121-121726-0000",
        "61-70968-0000",
        "61-70968-0001",
    ]
    last = parsed.utterances[-1]
    assert (last.speaker, last.text, last.label) == ("61", "GIVE'S", None)
    assert last.audio == corpus / "test-clean/61/70968/61-70968-0001.flac"


def test_the_folder_above_and_all_parts_are_found(corpus):
    assert parse_librispeech(corpus.parent) == parse_librispeech(corpus)
    assert len(parse_librispeech(corpus).utterances) == 4
    assert [path.name for path in find_parts(corpus)] == ["dev-clean", "test-clean"]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["test-other"], "expected test-other, found dev-clean, test-clean"),
        (["testclean"], "not a part of LibriSpeech: testclean; choose from train-clean-100"),
    ],
)
def test_missing_parts_are_named(corpus, parts, message):
    with pytest.raises(SentemoError, match=message):
        find_parts(corpus, parts)


def test_a_wrong_folder_says_what_was_expected(tmp_path):
    with pytest.raises(SentemoError, match="no such directory"):
        find_parts(tmp_path / "gone")
    with pytest.raises(SentemoError, match=r"expected parts such as test-clean, found no part"):
        find_parts(tmp_path)


def test_what_does_not_belong_together_is_counted_with_lines(tmp_path):
    folder = add_chapter(
        tmp_path, "test-clean", "1", "2", ["ONE", "TWO", ""], ["1-2-0000", "1-2-0007", "._1-2-0000"]
    )
    with open(folder / "1-2.trans.txt", "a") as stream:
        stream.write("1-2-0000 ONE AGAIN\n9-9-0000 STRANGER\n")
    (tmp_path / "dev-clean").mkdir()
    with pytest.raises(SentemoError) as error:
        parse_librispeech(tmp_path)
    message = str(error.value)
    assert "6 problems" in message
    assert "transcript without audio: 2" in message
    assert "malformed transcript line: 2" in message
    assert "audio without transcript: 1" in message
    assert "empty part: 1" in message
    for line in (2, 3, 4, 5):
        assert f"1-2.trans.txt:{line}: " in message
    assert "1-2-0007.flac" in message


def test_mac_files_are_dropped_and_counted(corpus):
    (corpus / "test-clean/61/70968/._61-70968-0000.flac").touch()
    assert parse_librispeech(corpus).dropped == {
        "macOS resource file": ["._61-70968-0000.flac"],
    }


def test_real_test_clean_is_complete_and_fits_the_folds(real_librispeech):
    parsed = parse_librispeech(real_librispeech, ["test-clean"])
    speakers = {utt.speaker for utt in parsed.utterances}
    assert (len(parsed.utterances), len(speakers)) == (2620, 40)
    (fold,) = read_folds(FOLDS, speakers)
    assert [len(side) for side in (fold.train, fold.valid, fold.test)] == [32, 4, 4]
    letters = {letter for utt in parsed.utterances for letter in utt.text}
    assert letters == {*string.ascii_uppercase, "'", " "}
