import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.corpora.librispeech import PART_NAMES, find_parts, parse_librispeech
from sentemo.corpora.release import OTHER_NAME
from sentemo.data.fold_files import read_folds
from sentemo.data.splits import SIDES, side_of_fold

FOLDS = Path(__file__).parents[2] / "egs/librispeech/folds"


def parse(folder, parts=()):
    """Parse a small part of the corpus, with all lines checked."""
    try:
        return parse_librispeech(folder, parts)
    except SentemoError as error:
        if "published parts" not in str(error):
            raise
    return parse_librispeech(folder, parts, allow_partial=True)


LETTERS = {*string.ascii_uppercase, "'", " "}


def add_chapter(root, part, speaker, chapter, texts, audio=None):
    """Write empty flac files and transcripts, as the parser reads no audio."""
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
    parsed = parse(corpus, ["test-clean"])
    assert [utt.id for utt in parsed.utterances] == [
        "121-121726-0000",
        "61-70968-0000",
        "61-70968-0001",
    ]
    last = parsed.utterances[-1]
    assert (last.speaker, last.text, last.label) == ("61", "GIVE'S", None)
    assert last.split == "test-clean"
    assert last.audio == corpus / "test-clean/61/70968/61-70968-0001.flac"


def test_the_folder_above_and_all_parts_are_found(corpus):
    assert parse(corpus.parent) == parse(corpus)
    assert len(parse(corpus).utterances) == 4
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
        parse(tmp_path)
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
    assert parse(corpus).dropped == {
        "macOS resource file": ["test-clean/61/70968/._61-70968-0000.flac"],
    }


def test_audio_that_somebody_put_there_is_left_out_and_counted(corpus):
    (corpus / "test-clean/61/70968/61-70968-0000 (copy).flac").touch()
    (corpus / "test-clean/61/70968/notes").mkdir()
    assert parse(corpus).dropped == {
        "folder in place of a file": ["test-clean/61/70968/notes"],
        OTHER_NAME: ["test-clean/61/70968/61-70968-0000 (copy).flac"],
    }


def test_the_corpus_is_named_by_its_part_or_their_number(corpus):
    assert parse(corpus, ["dev-clean"]).name == "LibriSpeech dev-clean"
    both = parse(corpus)
    assert (both.name, both.elicitation) == ("LibriSpeech (2 parts)", "read speech")


def test_texts_become_capitals_with_single_spaces(tmp_path):
    add_chapter(tmp_path, "dev-clean", "1", "2", ["it's  so\tGood "])
    assert parse(tmp_path).utterances[0].text == "IT'S SO GOOD"


@pytest.mark.parametrize("text", ["7 UP", "WELL-KNOWN", "CAFÉ", "STRAẞE", "ﬁSH", "A <UNK>"])
def test_other_characters_are_named_with_their_line(tmp_path, text):
    """This includes characters that become plain capitals in upper case, such as ﬁ and ß."""
    add_chapter(tmp_path, "dev-clean", "1", "2", ["FINE", text])
    with pytest.raises(
        SentemoError, match=r": 1 problem\n.*character outside A to Z(.|\n)*txt:2: "
    ):
        parse(tmp_path)


@given(
    texts=st.lists(st.text(st.sampled_from("abcXYZ' é7\t"), max_size=8), min_size=1, max_size=4),
    line=st.binary(max_size=30),
)
def test_any_transcript_is_parsed_whole_or_refused_with_a_line(tmp_path_factory, texts, line):
    root = tmp_path_factory.mktemp("LibriSpeech")
    folder = add_chapter(root, "dev-clean", "1", "2", texts)
    with open(folder / "1-2.trans.txt", "ab") as stream:
        stream.write(line)
    try:
        utterances = parse(root).utterances
    except SentemoError as error:
        assert "dev-clean/1/2/1-2.trans.txt:" in str(error)
    else:
        assert len(utterances) == len(texts)
        assert {letter for utt in utterances for letter in utt.text} <= LETTERS


def test_official_folds_take_the_parts_that_are_there(corpus):
    add_chapter(corpus, "train-clean-360", "14", "208", ["CHAPTER ONE"])
    utterances = parse(corpus).utterances
    (fold,) = read_folds(FOLDS / "official.tsv", utterances)
    sides = [[u.speaker for u in side_of_fold(utterances, fold, side)] for side in SIDES]
    assert sides == [["14"], ["84"], ["121", "61", "61"]]
    assert fold.speaker_disjoint
    with pytest.raises(SentemoError, match=r"empty side(.|\n)*train is train-clean-100, "):
        read_folds(FOLDS / "official.tsv", parse(corpus, PART_NAMES[3:4]).utterances)


def test_real_test_clean_is_complete_and_fits_the_folds(real_librispeech):
    parsed = parse_librispeech(real_librispeech, ["test-clean"])
    speakers = {utt.speaker for utt in parsed.utterances}
    assert (len(parsed.utterances), len(speakers)) == (2620, 40)
    (fold,) = read_folds(FOLDS / "test-clean.tsv", parsed.utterances)
    assert [len(side) for side in (fold.train, fold.valid, fold.test)] == [32, 4, 4]
    assert {letter for utt in parsed.utterances for letter in utt.text} == LETTERS


def test_an_incomplete_part_is_refused_or_noted(corpus):
    with pytest.raises(SentemoError, match=r"dev-clean 1 of 2703(.|\n)*--allow_partial true"):
        parse_librispeech(corpus, ["dev-clean"])
    assert "dev-clean 1 of 2703" in parse(corpus, ["dev-clean"]).notes[0]


def test_a_file_that_is_missing_is_left_out_and_counted_where_that_is_allowed(corpus):
    next(corpus.glob("test-clean/*/*/*.flac")).unlink()
    with pytest.raises(SentemoError, match="transcript without audio: 1"):
        parse_librispeech(corpus)
    parsed = parse_librispeech(corpus, allow_partial=True)
    assert len(parsed.dropped["transcript without audio"]) == 1
    assert "left out, transcript without audio: 1" in parsed.notes
