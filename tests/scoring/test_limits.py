"""How far the answers of a cross-validation can be trusted."""

from dataclasses import replace

import numpy as np
import pytest

from sentemo.scoring.limits import limited_folds, score_limits
from sentemo.scoring.predictions import Prediction

LABELS = ["happy", "neutral", "sad"]
SPEAKERS = "abcdef"


def said(speaker, fold, boast=1.0, seed=0, count=60):
    """Predictions of one speaker that are surer than they should be, by a factor of the logits."""
    draw = np.random.default_rng(seed + ord(speaker))
    found = []
    for number in range(count):
        shares = draw.dirichlet(np.full(3, 0.5))
        label = LABELS[draw.choice(3, p=shares)]
        loud = shares**boast / (shares**boast).sum()
        key = (f"{speaker}{number}", fold, speaker, label, LABELS[int(shares.argmax())])
        found.append(Prediction(*key, tuple(loud.tolist())))
    return found


@pytest.fixture
def sides():
    """Validation and test: each speaker tests once, and validates the fold before."""
    valid, test = [], []
    for fold, speaker in enumerate(SPEAKERS, start=1):
        test += said(speaker, fold, boast=4)
        valid += said(SPEAKERS[fold % len(SPEAKERS)], fold, boast=4)
    return valid, test


def test_boasting_is_found_and_mended(sides):
    found = score_limits(LABELS, *sides, limited_folds(LABELS, *sides))
    assert found["before"]["ece"] > 0.1
    assert found["after"]["ece"] < 0.06
    assert found["after"]["brier"] < found["before"]["brier"]
    assert all(one["temperature"] == pytest.approx(4, rel=0.4) for one in found["temperatures"])


def test_what_a_fold_tests_has_no_say_in_its_limits(sides):
    valid, test = sides
    swapped = [replace(p, label="happy", predicted="sad") if p.speaker == "a" else p for p in valid]
    before, after = limited_folds(LABELS, valid, test), limited_folds(LABELS, swapped, test)
    assert before[1].limits == after[1].limits  # fold 1 tests speaker a
    assert all(before[fold].limits != after[fold].limits for fold in range(2, 7))


def test_unknown_leaves_fewer_errors_and_sets_hold_the_right_class(sides):
    found = score_limits(LABELS, *sides, limited_folds(LABELS, *sides))
    wrong = np.mean([p.label != p.predicted for p in sides[1]])
    for one in found["unknown"]:
        assert 0 <= one["answered"] < 1
        assert one["wrong"] is None or one["wrong"] < wrong
    assert [one["answered"] for one in found["unknown"]] == sorted(
        one["answered"] for one in found["unknown"]
    )
    for one in found["sets"]:
        assert one["covered"] == pytest.approx(one["coverage"], abs=0.06)
        assert 1 <= one["size"] <= 3


def test_one_fold_is_limited_by_its_validation_side():
    valid, test = said("a", 1), said("b", 1)
    found = score_limits(LABELS, valid, test, limited_folds(LABELS, valid, test))
    assert [one["fold"] for one in found["temperatures"]] == [1]
    assert found["answers"]["utterances"] == 60
