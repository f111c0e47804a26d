"""Paired tests between two experiments on the same utterances."""

from dataclasses import replace

import numpy as np
import pytest

from sentemo.bin.compare_results import main
from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.scoring.comparison import compare, compare_dimensions, mcnemar
from sentemo.scoring.predictions import (
    DimensionPrediction,
    Prediction,
    write_dimension_predictions,
    write_predictions,
)

LABELS = ["happy", "sad"]


def predictions(*right, label="happy"):
    """One utterance for each given word: whether the experiment has it right."""
    wrong = LABELS[1 - LABELS.index(label)]
    return [
        Prediction(f"{label}{n}", 1, "a", label, label if ok else wrong, (0.5, 0.5))
        for n, ok in enumerate(right)
    ]


def dimensions(noise, utterances=60, seed=1):
    """Predicted dimensions: the ratings, and normal noise of a deviation."""
    targets = np.random.default_rng(0).uniform(1, 5, (utterances, 3)).round(3)
    predicted = targets + np.random.default_rng(seed).normal(0, noise, targets.shape)
    return [
        DimensionPrediction(f"u{n:02d}", 1, "a", tuple(target.tolist()), tuple(values.tolist()))
        for n, (target, values) in enumerate(zip(targets, predicted, strict=True))
    ]


def experiment(exp, task, classes=None, values=None):
    write_json(exp / "experiment.json", {"task": task})
    if classes:
        write_predictions(exp / "predictions" / "test.tsv", LABELS, classes)
    if values:
        write_dimension_predictions(exp / "predictions" / "test_avd.tsv", values)
    return str(exp)


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
    assert found.mcnemar_p < 1e-6 and found.ua_difference.p <= 0.001
    low, high = found.ua_difference.ci95
    assert 0.3 < low < 0.5 < high < 0.7
    same = compare(LABELS, bad, bad)
    assert same.mcnemar_p == same.ua_difference.p == 1.0
    assert same.ua_difference.ci95 == (0.0, 0.0)


def test_the_difference_is_paired_not_of_two_independent_sets():
    """A is right wherever B is, and twice more: an unpaired interval would hold 0."""
    b = predictions(*[True, False] * 100)
    a = predictions(*[True, False] * 80, *[True] * 40)
    found = compare(LABELS, a, b)
    assert found.ua_difference.ci95[0] > 0


def test_what_one_speaker_gains_is_not_sure_over_speakers(tmp_path, capsys):
    """A hundred utterances of the same voice are one draw of a speaker."""
    right = {"of a": [True] * 20, "of b": [False] * 20}
    a, b = (
        [
            replace(p, utterance=f"{speaker}{p.utterance}", speaker=speaker)
            for speaker in "vwxyz"
            for p in predictions(*(right[name] if speaker == "z" else [True] * 20))
        ]
        for name in right
    )
    found = compare(LABELS, a, b).ua_difference
    assert found.ci95[0] > 0.1
    assert found.ci95_speakers[0] == 0
    assert found.p == 1
    main([experiment(tmp_path / "a", "label", a), experiment(tmp_path / "b", "label", b)])
    assert "| [12.2, 27.8]  | [0.0, 60.0]   | 1.000 " in capsys.readouterr().out


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
    one = experiment(tmp_path / "one", "label", predictions(*[True] * 9, False))
    main([one, experiment(tmp_path / "two", "label", predictions(*[False] * 9, True))])
    printed = capsys.readouterr().out
    assert "| WA      | 90.0   | 10.0   | 80.0  |" in printed
    assert "Of 10 utterances, 9 are right in A alone and 1 in B alone" in printed
    assert "0.021" in printed


def test_dimensions_differ_clearly_or_not_at_all():
    good, bad = dimensions(0.3), dimensions(2.0, seed=2)
    found = compare_dimensions(good, bad)
    assert found.utterances == 60
    for name in ("activation", "valence", "dominance", "mean"):
        low, high = found.difference[name].ci95
        assert 0 < low < found.a[name] - found.b[name] < high
        assert found.difference[name].p <= 0.001
    same = compare_dimensions(bad, [replace(p) for p in bad])
    assert {(one.ci95, one.p) for one in same.difference.values()} == {((0.0, 0.0), 1.0)}


def test_dimensions_are_paired_by_utterance_and_not_by_their_order():
    good = dimensions(0.3)
    found = compare_dimensions(good, good[::-1])
    assert {one.ci95 for one in found.difference.values()} == {(0.0, 0.0)}


def test_dimensions_of_other_utterances_or_ratings_are_named():
    a = dimensions(0.3)
    with pytest.raises(SentemoError, match=r"missing in B: 1\s+u59"):
        compare_dimensions(a, a[:-1])
    with pytest.raises(SentemoError, match=r"other label: 1\n.*u00: .* in A, 1 2 3 in B"):
        compare_dimensions(a, [replace(a[0], target=(1.0, 2.0, 3.0)), *a[1:]])


def test_the_command_compares_what_both_have_learnt(tmp_path, capsys):
    right = predictions(*[True] * 9, False)
    both = experiment(tmp_path / "both", "both", right, dimensions(0.3))
    alone = experiment(tmp_path / "alone", "dimensional", values=dimensions(2.0, seed=2))
    main([both, alone])
    printed = capsys.readouterr().out
    assert "| mean       |" in printed and "WA" not in printed
    assert "60 utterances; paired bootstrap, of which p draws utterances." in printed
    main([both, both])
    printed = capsys.readouterr().out
    assert "| WA      |" in printed and "| mean       |" in printed
    with pytest.raises(SentemoError, match="one predicts classes, the other dimensions"):
        main([alone, experiment(tmp_path / "classes", "label", right)])
