import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.corpora.emodb import GENDERS
from sentemo.data.splits import Fold, leave_one_speaker_out, read_folds, write_folds
from sentemo.errors import SentemoError

RECIPES = Path(__file__).parents[2] / "egs"
HEADER = "fold\tvalid\ttest\n"

names = st.sets(st.from_regex(r"[a-z0-9_]{1,4}", fullmatch=True), min_size=3, max_size=12)


@given(speakers=names)
def test_leaving_one_out_tests_everyone_once_and_never_mixes_sides(speakers):
    folds = leave_one_speaker_out(speakers)
    assert sorted(s for fold in folds for s in fold.test) == sorted(speakers)
    assert sorted(s for fold in folds for s in fold.valid) == sorted(speakers)
    for fold in folds:
        assert sorted(fold.train + fold.valid + fold.test) == sorted(speakers)
        assert fold.train


@given(speakers=names)
def test_written_folds_read_back(tmp_path_factory, speakers):
    path = tmp_path_factory.mktemp("folds") / "loso.tsv"
    folds = leave_one_speaker_out(speakers)
    write_folds(path, folds)
    assert read_folds(path, speakers) == folds


def test_the_next_speaker_validates_in_cyclic_order():
    first, _, last = leave_one_speaker_out(["c", "a", "b"])
    assert first == Fold(1, train=("c",), valid=("b",), test=("a",))
    assert last == Fold(3, train=("b",), valid=("a",), test=("c",))


def test_two_speakers_are_too_few():
    with pytest.raises(SentemoError, match="at least 3 speakers"):
        leave_one_speaker_out(["a", "b"])


def test_a_comma_in_a_name_cannot_be_written(tmp_path):
    with pytest.raises(SentemoError, match="comma"):
        write_folds(tmp_path / "f.tsv", leave_one_speaker_out(["a,b", "c", "d"]))
    assert list(tmp_path.iterdir()) == []


def test_comments_and_several_speakers_are_read(tmp_path):
    (tmp_path / "f.tsv").write_text("# why\n" + HEADER + "1\ta, b\tc,d\n")
    assert read_folds(tmp_path / "f.tsv", "fedcba") == [
        Fold(1, train=("e", "f"), valid=("a", "b"), test=("c", "d"))
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "wrong header"),
        ("fold,valid,test\n1,a,b\n", "f.tsv:1: 'fold,valid,test'"),
        (HEADER, "no folds"),
        (HEADER + "1\ta\n", "f.tsv:2: '1\\ta'"),
        (HEADER + "one\ta\tb\n", "malformed line"),
        (HEADER + "1\ta\tz\n", "f.tsv:2: z is not in the data"),
        (HEADER + "1\ta\ta\n", "f.tsv:2: a (a, a)"),
        (HEADER + "1\ta,a\tb\n", "speaker named twice"),
        (HEADER + "1\t\tb\n", "no validation speakers"),
        (HEADER + "1\ta\t\n", "no test speakers"),
        (HEADER + "1\ta,c\tb,d\n", "no training speakers"),
        (HEADER + "1\ta\tb\n1\tb\ta,c,d\n", "no training speakers"),
        (HEADER + "1\ta\tb\n1\tb\ta\n", "duplicate fold: 1"),
        (HEADER + "1\ta\tb\n2\tc\tb\n", "tested more than once: 1"),
        (HEADER + "1\ta\tb\n2\tb\ta\n", "never tested: 2"),
    ],
)
def test_bad_files_are_refused(tmp_path, content, message):
    (tmp_path / "f.tsv").write_text(content)
    with pytest.raises(SentemoError, match=re.escape(message)):
        read_folds(tmp_path / "f.tsv", "abcd")


def test_a_single_fold_need_not_test_everyone(tmp_path):
    (tmp_path / "f.tsv").write_text(HEADER + "1\ta\tb\n")
    assert len(read_folds(tmp_path / "f.tsv", "abcd")) == 1


@given(content=st.text())
def test_any_text_is_folds_or_a_clear_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("folds") / "f.tsv"
    path.write_text(HEADER + content, encoding="utf-8")
    try:
        folds = read_folds(path, "abcd")
    except SentemoError as error:
        assert str(path) in str(error)
    else:
        assert all(fold.train and fold.valid and fold.test for fold in folds)


def test_the_recipe_of_emodb_leaves_one_of_its_speakers_out():
    assert read_folds(RECIPES / "emodb/folds/loso.tsv", GENDERS) == leave_one_speaker_out(GENDERS)
