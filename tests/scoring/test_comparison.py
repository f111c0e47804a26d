"""Paired tests between two experiments on the same utterances."""

import pytest

from sentemo.bin.compare_results import main
from sentemo.core.errors import SentemoError
from sentemo.scoring.comparison import compare, mcnemar, mean_ua_difference
from sentemo.scoring.predictions import Prediction, write_predictions

LABELS = ["happy", "sad"]


def predictions(*right, label="happy"):
    """One utterance for each given word: whether the experiment has it right."""
    wrong = LABELS[1 - LABELS.index(label)]
    return [
        Prediction(f"{label}{n}", 1, "a", label, label if ok else wrong, (0.5, 0.5))
        for n, ok in enumerate(right)
    ]


def test_mcnemar_is_the_exact_binomial_test():
    """Of 10 utterances that one alone has right, 9 and 1: 2 * (1 + 10) / 2^10."""
    assert mcnemar(9, 1) == pytest.approx(2 * 11 / 1024)
    assert mcnemar(1, 9) == mcnemar(9, 1)
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(3, 3) == 1.0


def test_a_clear_difference_and_none():
    good = [*predictions(*[True] * 40), *predictions(*[True] * 40, label="sad")]
    half = [True, False] * 20
    bad = [*predictions(*half), *predictions(*half, label="sad")]
    found = compare(LABELS, good, bad)
    assert (found.wa, found.ua) == ((1.0, 0.5), (1.0, 0.5))
    assert (found.only_a, found.only_b, found.utterances) == (40, 0, 80)
    assert found.mcnemar_p < 1e-6 and found.ua_p <= 0.001
    assert 0.3 < found.ua_difference[0] < 0.5 < found.ua_difference[1] < 0.7
    same = compare(LABELS, bad, bad)
    assert same.mcnemar_p == same.ua_p == 1.0
    assert same.ua_difference == (0.0, 0.0)


def test_the_difference_is_paired_not_of_two_independent_sets():
    """A is right wherever B is, and twice more: an unpaired interval would hold 0."""
    b = predictions(*[True, False] * 100)
    a = predictions(*[True, False] * 80, *[True] * 40)
    found = compare(LABELS, a, b)
    assert found.ua_difference[0] > 0


def test_other_utterances_or_labels_are_named():
    a, b = predictions(True, True), predictions(True, True, True)
    with pytest.raises(SentemoError, match=r"missing in A: 1\s+happy2"):
        compare(LABELS, a, b)
    with pytest.raises(SentemoError, match=r"twice in B: 1\s+happy0"):
        compare(LABELS, a, [*a, a[0]])
    other = [Prediction("happy0", 1, "a", "sad", "sad", (0.5, 0.5)), a[1]]
    with pytest.raises(SentemoError, match=r"other label: 1\n.*happy in A, sad in B"):
        compare(LABELS, a, other)


def test_the_command_prints_both_and_their_difference(tmp_path, capsys):
    for name, right in (("one", [True] * 9 + [False]), ("two", [False] * 9 + [True])):
        (tmp_path / name / "predictions").mkdir(parents=True)
        write_predictions(tmp_path / name / "predictions" / "test.tsv", LABELS, predictions(*right))
    main([str(tmp_path / "one"), str(tmp_path / "two")])
    printed = capsys.readouterr().out
    assert "| WA      | 90.0   | 10.0   | 80.0  |" in printed
    assert "Of 10 utterances, 9 are right in A alone and 1 in B alone" in printed
    assert "0.021" in printed


def test_the_mean_difference_over_seeds_has_the_interval_of_a_paired_mean():
    """Of 40 happy utterances A has 3/4 and B 1/4 in the mean of two seeds; sad ones are alike."""
    sad = predictions(*[True, False] * 20, label="sad")
    a = [[*predictions(*[True] * 40), *sad], [*predictions(*[True, False] * 20), *sad]]
    b = [[*predictions(*[False] * 40), *sad], [*predictions(*[True, False] * 20), *sad]]
    difference, (low, high) = mean_ua_difference(LABELS, a, b)
    assert difference == pytest.approx((0.75 - 0.25) / 2)
    assert low == pytest.approx(high) == pytest.approx(difference)  # each utterance gains 1/2
    b[1] = [*predictions(*[False, True] * 20), *sad]  # gains 1 and 0 in turn
    difference, (low, high) = mean_ua_difference(LABELS, a, b)
    assert difference == pytest.approx(0.25)
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 40**0.5 / 2, rel=1e-3)
