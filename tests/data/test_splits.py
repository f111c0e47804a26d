import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.corpora.emodb import GENDERS
from sentemo.data.fold_files import read_folds, read_protocol, write_folds
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import (
    SIDES,
    Fold,
    choose_folds,
    leave_one_speaker_out,
    overlap_notes,
    partition,
    side_of_fold,
)

RECIPES = Path(__file__).parents[2] / "egs"
HEADER = "fold\tvalid\ttest\n"


def utterances_of(speakers):
    """Two utterances of each speaker."""
    return [Utterance(f"{s}-{n}", s, Path("none.wav")) for s in speakers for n in (1, 2)]


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
    write_folds(path, folds, "Why")
    assert read_folds(path, utterances_of(speakers)) == folds


def test_the_next_speaker_validates_in_cyclic_order():
    first, _, last = leave_one_speaker_out(["c", "a", "b"])
    assert first == Fold(1, train=("c",), valid=("b",), test=("a",))
    assert last == Fold(3, train=("b",), valid=("a",), test=("c",))


def test_two_speakers_are_too_few():
    with pytest.raises(SentemoError, match="at least 3 speakers"):
        leave_one_speaker_out(["a", "b"])


def test_a_comma_in_a_name_cannot_be_written(tmp_path):
    with pytest.raises(SentemoError, match="comma"):
        write_folds(tmp_path / "f.tsv", leave_one_speaker_out(["a,b", "c", "d"]), "Why")
    assert list(tmp_path.iterdir()) == []


def test_comments_and_several_speakers_are_read(tmp_path):
    (tmp_path / "f.tsv").write_text("# why\n" + HEADER + "1\ta, b\tc,d\n")
    assert read_folds(tmp_path / "f.tsv", utterances_of("fedcba")) == [
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
        (HEADER + "1\t\tb\n", "no valid speakers"),
        (HEADER + "1\ta\t\n", "no test speakers"),
        (HEADER + "1\ta,c\tb,d\n", "no train speakers"),
        (HEADER + "1\ta\tb\n1\tb\ta,c,d\n", "no train speakers"),
        (HEADER + "1\ta\tb\n1\tb\ta\n", "duplicate fold: 1"),
        (HEADER + "1\ta\tb\n2\tc\tb\n", "tested more than once: 1"),
        (HEADER + "1\ta\tb\n2\tb\ta\n", "never tested: 2"),
    ],
)
def test_bad_files_are_refused(tmp_path, content, message):
    (tmp_path / "f.tsv").write_text(content)
    with pytest.raises(SentemoError, match=re.escape(message)):
        read_folds(tmp_path / "f.tsv", utterances_of("abcd"))


def test_a_single_fold_need_not_test_everyone(tmp_path):
    (tmp_path / "f.tsv").write_text(HEADER + "1\ta\tb\n")
    assert len(read_folds(tmp_path / "f.tsv", utterances_of("abcd"))) == 1


@given(content=st.text())
def test_any_text_is_folds_or_a_clear_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("folds") / "f.tsv"
    path.write_text(HEADER + content, encoding="utf-8")
    try:
        folds = read_folds(path, utterances_of("abcd"))
    except SentemoError as error:
        assert str(path) in str(error)
    else:
        assert all(fold.train and fold.valid and fold.test for fold in folds)


def test_the_recipe_of_emodb_leaves_one_of_its_speakers_out():
    assert read_folds(
        RECIPES / "emodb/folds/loso.tsv", utterances_of(GENDERS)
    ) == leave_one_speaker_out(GENDERS)


def test_the_first_line_names_the_protocol(tmp_path):
    path = tmp_path / "mine.tsv"
    for comment in ("", "#\n", "# .\n"):
        path.write_text(comment + HEADER + "1\ta\tb\n")
        assert read_protocol(path) == "folds of mine.tsv"
    assert read_protocol(RECIPES / "iemocap/folds/loso.tsv") == (
        "Leave one speaker out: the other speaker of the session validates"
    )


SPLIT_HEADER = "fold\ttrain\tvalid\ttest\tdisjoint\n"


def in_parts(speakers="aabbccdd", parts="train train valid valid test1 test1 test2 test2"):
    pairs = zip(speakers, parts.split(), strict=True)
    return [
        Utterance(f"{speaker}-{n}", speaker, Path("none.wav"), split=part)
        for n, (speaker, part) in enumerate(pairs)
    ]


def test_parts_of_a_partition_are_sides_and_others_are_left_out(tmp_path):
    path = tmp_path / "f.tsv"
    path.write_text(SPLIT_HEADER + "1\ttrain\tvalid\ttest1\tspeakers\n")
    utterances = in_parts()
    (fold,) = read_folds(path, utterances)
    sides = {side: {u.split for u in side_of_fold(utterances, fold, side)} for side in SIDES}
    assert sides == {"train": {"train"}, "valid": {"valid"}, "test": {"test1"}}
    write_folds(tmp_path / "again.tsv", [fold], "The partition")
    assert read_protocol(tmp_path / "again.tsv") == "The partition"
    assert read_folds(tmp_path / "again.tsv", utterances) == [fold]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\ttrain\tvalid\ttest3\tspeakers\n", "f.tsv:2: test is test3; utt2split has test1,"),
        ("1\t\tvalid\ttest1\tspeakers\n", "train is nothing"),
        ("1\ttrain\tvalid,train\ttest1\tspeakers\n", "part named twice: 1"),
        ("1\ttrain\tvalid\ttest1\tyes\n", "'yes' is neither speakers nor nothing"),
        ("1\ttrain\tvalid\ttest1\n", "malformed line: 1"),
    ],
)
def test_bad_files_of_parts_are_refused(tmp_path, content, message):
    (tmp_path / "f.tsv").write_text(SPLIT_HEADER + content)
    with pytest.raises(SentemoError, match=re.escape(message)):
        read_folds(tmp_path / "f.tsv", in_parts())


def test_data_without_parts_say_so(tmp_path):
    (tmp_path / "f.tsv").write_text(SPLIT_HEADER + "1\ttrain\tvalid\ttest\tspeakers\n")
    with pytest.raises(SentemoError, match="divides by utt2split, which the data do not have"):
        read_folds(tmp_path / "f.tsv", utterances_of("abc"))


def test_a_claim_of_disjoint_speakers_is_checked(tmp_path):
    path = tmp_path / "f.tsv"
    path.write_text(SPLIT_HEADER + "1\ttrain\tvalid\ttest1\tspeakers\n")
    with pytest.raises(SentemoError, match=r"fold 1: b: on the sides valid, test"):
        read_folds(path, in_parts("aabbbcdd"))
    half_known = in_parts(["a", "Unknown", "b", "b", "c", "Unknown", "d", "d"])
    assert overlap_notes(read_folds(path, half_known), half_known) == [
        "speakers may be on two sides: utterances of unknown speakers: 1 train, 0 valid, 1 test"
    ]


def test_folds_that_claim_nothing_say_how_far_from_disjoint_they_are(tmp_path):
    path = tmp_path / "f.tsv"
    path.write_text(SPLIT_HEADER + "1\ttrain\tvalid\ttest1\tnothing\n")
    utterances = in_parts(["a", "Unknown", "b", "a", "c", "Unknown", "d", "d"])
    assert overlap_notes(read_folds(path, utterances), utterances) == [
        "not speaker-disjoint: 1 of 4 known speakers on two sides",
        "speakers may be on two sides: utterances of unknown speakers: 1 train, 0 valid, 1 test",
    ]
    path.write_text(SPLIT_HEADER + "1\ttrain\tvalid\ttest1\tspeakers\n")
    assert overlap_notes(read_folds(path, in_parts()), in_parts()) == []


@given(speakers=names, factors=st.sets(st.sampled_from(["0.9", "1.1"])))
def test_copies_train_with_their_originals_and_are_never_evaluated(
    tmp_path_factory, speakers, factors
):
    path = tmp_path_factory.mktemp("folds") / "loso.tsv"
    originals = utterances_of(speakers)
    copies = [
        replace(utt, id=f"sp{f}-{utt.id}", speaker=f"sp{f}-{utt.speaker}", original=utt.id)
        for f in factors
        for utt in originals
    ]
    write_folds(path, leave_one_speaker_out(speakers), "Why")
    for fold in read_folds(path, originals + copies):
        for side in ("valid", "test"):
            assert not any(u.original for u in side_of_fold(originals + copies, fold, side))
        train = side_of_fold(originals + copies, fold, "train")
        assert {u.original or u.id for u in train} == {
            u.id for u in originals if u.speaker in fold.train
        }
        assert len(train) == 2 * len(fold.train) * (1 + len(factors))


def in_sides(speakers):
    return in_parts(speakers, "train train valid valid test test test test")


def test_a_partition_is_checked_before_it_is_used():
    assert partition(in_sides("aabbccdd")).speaker_disjoint
    with pytest.raises(SentemoError, match=r"1 speakers in two parts: a \(train, test\)"):
        partition(in_sides("aabbccda"))
    with pytest.raises(SentemoError, match="no utterance is valid"):
        partition([utt for utt in in_sides("aabbccdd") if utt.split != "valid"])


def test_unknown_speakers_are_never_one_speaker_of_a_fold(tmp_path):
    (tmp_path / "f.tsv").write_text(HEADER + "1\ta\tUnknown\n")
    with pytest.raises(SentemoError, match="utterances of unknown speakers"):
        read_folds(tmp_path / "f.tsv", utterances_of(["a", "b", "Unknown"]))


def test_more_speakers_than_anybody_trains_for_are_tested_in_groups():
    utterances = utterances_of([f"s{n:03d}" for n in range(101)])
    folds, protocol = choose_folds(utterances)
    assert len(folds) == 100
    assert sorted(len(fold.test) for fold in folds) == [1] * 99 + [2]
    assert protocol.startswith("Leave one of 100 groups of speakers out")


def test_own_parts_are_left_out_one_by_one_and_checked_for_speakers():
    utterances = in_parts("aabbccdd")
    named = [replace(utt, split=f"session{n // 2}") for n, utt in enumerate(utterances)]
    folds, _ = choose_folds(named)
    assert [fold.test for fold in folds] == [(f"session{n}",) for n in range(4)]
    assert all(fold.speaker_disjoint for fold in folds)
    assert overlap_notes(folds, named) == []
    unknown = [replace(utt, speaker="Unknown") for utt in named]
    assert overlap_notes(choose_folds(unknown)[0], unknown) == [
        "speakers may be on two sides of every fold: 8 of 8 utterances of unknown speakers"
    ]
    with pytest.raises(SentemoError, match="neither train, valid, test nor at least 3 parts"):
        choose_folds(named[:4])
