"""Annotators' distributions: their table, the sides they may be on, and the shares of classes."""

from dataclasses import replace
from pathlib import Path

import pytest

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.check import check_data_dir
from sentemo.data.distributions import distribution_of, format_distribution, parse_distributions
from sentemo.data.kaldi import NO_AGREEMENT, Utterance, read_data_dir
from sentemo.data.labels import balanced_weights, class_shares, without_distributions
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import leave_one_speaker_out, side_of_fold
from sentemo.data.targets import targets_of

LABELS = ["happy", "sad"]
MIXED = {"sad": 0.5, "other": 0.3, "happy": 0.2}


@pytest.fixture
def utterances():
    return [
        Utterance(f"{speaker}-{label}", speaker, Path("a.wav"), label, distribution=shares)
        for speaker in "abc"
        for label, shares in (("happy", {"happy": 1.0}), ("sad", None), (NO_AGREEMENT, MIXED))
    ]


def test_each_annotator_counts_once_however_many_classes_are_chosen():
    found = distribution_of([("sad",), ("sad", "happy"), (), ("other",)])
    assert found == pytest.approx({"sad": 0.5, "happy": 1 / 6, "other": 1 / 3})
    assert distribution_of([(), ()]) is None


def test_a_data_directory_keeps_distributions(tmp_path, make_audio, utterances):
    audio = make_audio(tmp_path / "a.wav")
    write_data_dir(tmp_path / "data", ParsedCorpus([replace(u, audio=audio) for u in utterances]))
    found = {utt.id: utt for utt in read_data_dir(tmp_path / "data")}
    assert found["a-no_agreement"].distribution == MIXED
    assert found["a-sad"].distribution is None
    table = (tmp_path / "data" / "utt2distribution").read_text()
    assert "a-no_agreement sad:0.5 other:0.3 happy:0.2\n" in table
    summary = check_data_dir(tmp_path / "data", LABELS)
    assert summary.endswith("happy 3 · sad 3, 3 without agreement, only trained on")


@pytest.mark.parametrize("line", ["sad", "sad:x", "sad:0.5", "sad:0.5 :0.5", "sad:1.5 happy:-0.5"])
def test_malformed_lines_are_named(line):
    with pytest.raises(SentemoError, match="malformed distribution: 1"):
        parse_distributions({"a-1": line}, Problems("data"))


def test_written_lines_are_read_whatever_the_shares():
    shares = distribution_of([("a:b",), ("c",), ("c", "d", "a:b")])
    line = format_distribution(shares)
    assert parse_distributions({"u": line}, Problems("data"))["u"] == pytest.approx(
        shares, abs=1e-5
    )


def test_utterances_without_agreement_are_on_no_side_but_the_training_side(utterances):
    for fold in leave_one_speaker_out("abc"):
        sides = {
            side: {utt.id for utt in side_of_fold(utterances, fold, side)}
            for side in ("train", "valid", "test")
        }
        assert {len(sides[side]) for side in ("valid", "test")} == {2}
        assert [utt for utt in sides["train"] if NO_AGREEMENT in utt] == [
            f"{speaker}-{NO_AGREEMENT}" for speaker in fold.train
        ]
        assert not any(NO_AGREEMENT in utt for utt in sides["valid"] | sides["test"])


def test_shares_are_those_of_the_classes_that_are_learnt(utterances):
    shares = class_shares(utterances, LABELS)
    assert shares["a-happy"] == [1, 0]
    assert shares["a-sad"] == [0, 1]
    assert shares["a-no_agreement"] == pytest.approx([2 / 7, 5 / 7])
    with pytest.raises(SentemoError, match="a-no_agreement: sad, other, happy"):
        class_shares(utterances, ["angry", "neutral"])


def test_an_agreed_class_that_nobody_chose_first_is_the_only_one():
    odd = Utterance("a", "a", Path("a.wav"), "sad", distribution={"other": 0.8, "happy": 0.2})
    assert class_shares([odd], LABELS) == {"a": [0, 1]}


def test_the_shares_are_a_target_beside_the_class(utterances):
    label, distribution = targets_of(utterances, LABELS, None)
    assert (distribution.name, distribution.type) == ("distribution", "text_float")
    assert distribution.table(["a-sad"]) == {"a-sad": "0.0 1.0"}
    assert label.rows["a-no_agreement"] == [1]  # the largest share


def test_hard_targets_leave_them_out(utterances):
    hard = without_distributions(utterances)
    assert len(hard) == 6
    assert [target.name for target in targets_of(hard, LABELS, None)] == ["label"]


def test_weights_balance_the_sums_of_shares(utterances):
    weights = balanced_weights(utterances, LABELS)
    masses = [3 * (1 + 2 / 7), 3 * (1 + 5 / 7)]
    assert weights == pytest.approx([9 / 2 / mass for mass in masses])
