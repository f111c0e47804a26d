"""CCC of whole sets, with what it varies by."""

import numpy as np
import pytest
from torchmetrics.functional import concordance_corrcoef

from sentemo.scoring.dimensions import mean_ccc_difference, score_dimensions
from sentemo.scoring.predictions import DimensionPrediction


def predictions(noise, folds=2, utterances=40, seed=0):
    """Ratings from 1 to 7, and guesses that err by so much."""
    draw = np.random.default_rng(1)
    target = draw.uniform(1, 7, (utterances, 3))
    guesses = target + noise * np.random.default_rng(seed).normal(size=target.shape)
    return [
        DimensionPrediction(f"u{n:02}", 1 + n % folds, "a", tuple(t), tuple(g))
        for n, (t, g) in enumerate(zip(target, guesses, strict=True))
    ]


def independent(found):
    """The coefficients of torchmetrics, whose variances divide by n - 1, with Lin's by n."""
    import torch

    columns = [torch.tensor([getattr(p, name) for p in found]) for name in ("predicted", "target")]
    p, t = (column.double() for column in columns)
    unbiased = concordance_corrcoef(p, t)
    spread = p.var(0) + t.var(0)
    n, shift = len(found), (p.mean(0) - t.mean(0)) ** 2
    return (unbiased * (spread + shift) / (spread + shift * n / (n - 1))).tolist()


def test_a_set_is_scored_whole_with_its_interval_and_by_fold():
    test = predictions(noise=2.0)
    scores = score_dimensions(predictions(noise=1.0), test)
    found = scores["test"]
    expected = independent(test)
    names = ["activation", "valence", "dominance"]
    assert [found[name]["pooled"] for name in names] == pytest.approx(expected)
    assert found["mean"]["pooled"] == pytest.approx(np.mean(expected))
    folds = [independent([p for p in test if p.fold == number]) for number in (1, 2)]
    assert [found[name]["fold_mean"] for name in names] == pytest.approx(np.mean(folds, axis=0))
    sd = np.std(folds, axis=0, ddof=1)
    assert [found[name]["fold_sd"] for name in names] == pytest.approx(sd)
    for name in (*names, "mean"):
        low, high = found[name]["ci95"]
        assert low < found[name]["pooled"] < high
    assert scores["valid"]["mean"] > found["mean"]["pooled"]


def test_one_fold_has_no_deviation():
    found = score_dimensions(predictions(1.0, folds=1), predictions(1.0, folds=1))
    assert found["test"]["valence"]["fold_sd"] is None


def test_a_difference_is_paired_over_utterances_in_the_mean_over_seeds():
    better = [predictions(1.0, seed=seed) for seed in (1, 2)]
    worse = [predictions(3.0, seed=seed) for seed in (3, 4, 5)]
    found = mean_ccc_difference(better, worse)
    means = [np.mean([independent(p) for p in seeds], axis=0) for seeds in (better, worse)]
    names = ["activation", "valence", "dominance"]
    expected = means[0] - means[1]
    assert [found[name].difference for name in names] == pytest.approx(expected)
    low, high = found["mean"].ci95
    assert 0 < low < found["mean"].difference < high
    same = mean_ccc_difference(better, better)["mean"]
    assert same.difference == 0 and same.ci95 == (0, 0)
