"""Intervals over speakers, and tests that exchange whole speakers."""

from itertools import product

import numpy as np
import pytest

from sentemo.data.kaldi import UNKNOWN_SPEAKER
from sentemo.scoring.classes import score_predictions
from sentemo.scoring.dimensions import score_dimensions
from sentemo.scoring.metrics import unweighted_accuracy
from sentemo.scoring.predictions import DimensionPrediction, Prediction
from sentemo.scoring.row_difference import mean_ua_difference
from sentemo.scoring.speakers import confusion_interval, exchange_p, holm, known_speakers

LABELS = ["happy", "sad"]


def predictions(right, label="happy", speakers=("a",)):
    """One utterance for each truth value, of the speakers in turn."""
    wrong = LABELS[1 - LABELS.index(label)]
    return [
        Prediction(
            f"{label}{n}", 1, speakers[n % len(speakers)], label, label if ok else wrong, (0.5, 0.5)
        )
        for n, ok in enumerate(right)
    ]


def test_speakers_who_differ_make_the_interval_over_speakers_wide():
    """Half of the speakers are always right, and half never: ten draws, not a thousand."""
    speakers = [f"s{n}" for n in range(10)]
    test = [
        p
        for label in LABELS
        for p in predictions([n % 2 == 0 for n in range(500)], label, speakers)
    ]
    ua = score_predictions(LABELS, test, test)["test"]["ua"]
    assert ua["pooled"] == 0.5
    low, high = ua["ci95"]
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 1000**0.5, rel=0.1)
    low, high = ua["ci95_speakers"]
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 10**0.5, rel=0.15)


def test_equal_speakers_make_no_interval():
    confusions = np.tile([[3, 1], [1, 3]], (6, 1, 1))
    assert confusion_interval(confusions, unweighted_accuracy) == (0.75, 0.75)


@pytest.mark.parametrize("speakers", [list("abcd"), [*"abcdef", UNKNOWN_SPEAKER]])
def test_few_or_unknown_speakers_have_no_interval(speakers):
    test = [p for label in LABELS for p in predictions([True, False] * 10, label, speakers)]
    assert known_speakers(test) is None
    assert score_predictions(LABELS, test, test)["test"]["wa"]["ci95_speakers"] is None


def test_dimensions_are_drawn_by_speaker_too():
    rng = np.random.default_rng(0)
    target = rng.uniform(1, 5, (60, 3))
    noise = np.repeat([0.1, 2.0], 30)[:, None] * rng.normal(size=target.shape)
    test = [
        DimensionPrediction(f"u{n:02d}", 1, f"s{n // 6}", tuple(t), tuple(p))
        for n, (t, p) in enumerate(zip(target, target + noise, strict=True))
    ]
    found = score_dimensions(test, test)["test"]["mean"]
    widths = [high - low for low, high in (found["ci95"], found["ci95_speakers"])]
    assert widths[1] > 1.3 * widths[0]
    alone = [DimensionPrediction(p.utterance, 1, "a", p.target, p.predicted) for p in test]
    assert score_dimensions(alone, alone)["test"]["mean"]["ci95_speakers"] is None


def test_the_exchange_of_few_units_counts_every_exchange():
    parts = np.array([0.3, -0.1, 0.25, 0.2])
    sums = [np.dot(signs, parts) for signs in product([1, -1], repeat=4)]
    expected = np.mean([abs(s) >= abs(parts.sum()) - 1e-12 for s in sums])
    assert exchange_p(parts) == expected
    assert exchange_p(np.ones(10)) == 2 / 2**10
    assert exchange_p(np.zeros(4)) == 1


def test_the_exchange_of_many_units_agrees_with_the_normal_distribution():
    parts = np.random.default_rng(3).normal(0.15, 1, 200)
    z = parts.sum() / np.sqrt((parts**2).sum())
    from scipy.stats import norm

    assert exchange_p(parts) == pytest.approx(2 * norm.sf(abs(z)), abs=0.02)
    assert exchange_p(parts) == exchange_p(parts)


def test_corrected_p_values_are_holms():
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_the_mean_difference_over_seeds_has_the_interval_of_a_paired_mean():
    """Of 40 happy utterances A has 3/4 and B 1/4 in the mean of two seeds; sad ones are alike."""
    sad = predictions([True, False] * 20, label="sad")
    a = [[*predictions([True] * 40), *sad], [*predictions([True, False] * 20), *sad]]
    b = [[*predictions([False] * 40), *sad], [*predictions([True, False] * 20), *sad]]
    found = mean_ua_difference(LABELS, a, b)
    assert found.difference == pytest.approx((0.75 - 0.25) / 2)
    assert found.ci95 == pytest.approx((0.25, 0.25))  # each utterance gains 1/2
    assert found.ci95_speakers is None
    b[1] = [*predictions([False, True] * 20), *sad]  # gains 1 and 0 in turn
    found = mean_ua_difference(LABELS, a, b)
    assert found.difference == pytest.approx(0.25)
    low, high = found.ci95
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 40**0.5 / 2, rel=1e-3)
    assert found.p < 0.001


def test_one_speaker_who_gains_is_no_proof_for_new_speakers():
    """A is right where B is not for one of six speakers alone, in all of that speaker's words."""
    speakers = list("abcdef")
    a = [p for label in LABELS for p in predictions([True] * 120, label, speakers)]
    b = [
        p for label in LABELS for p in predictions([n % 6 > 0 for n in range(120)], label, speakers)
    ]
    found = mean_ua_difference(LABELS, [a], [b])
    assert found.difference == pytest.approx(1 / 6)
    assert found.ci95[0] > 0.1
    low, high = found.ci95_speakers
    assert low == 0 and high > 0.3
    assert found.p == 1.0  # an exchange of that speaker turns the sign, and nothing else
