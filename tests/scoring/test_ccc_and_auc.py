"""AUC and CCC over a whole set, and their bootstrap."""

import math
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import roc_auc_score
from torchmetrics.regression import ConcordanceCorrCoef

from sentemo.scoring.intervals import utterance_bootstrap_interval
from sentemo.scoring.metrics import ccc, roc_auc

ratings = arrays(float, st.tuples(st.integers(2, 30), st.just(3)), elements=st.floats(1, 7))


@st.composite
def pairs_of_ratings(draw):
    target = draw(ratings)
    return draw(arrays(float, target.shape, elements=st.floats(1, 7))), target


def by_hand(predicted, target):
    """Lin (1989), one dimension, in sums."""
    n = len(target)
    mean_p, mean_t = sum(predicted) / n, sum(target) / n
    cov = sum((p - mean_p) * (t - mean_t) for p, t in zip(predicted, target, strict=True)) / n
    var_p = sum((p - mean_p) ** 2 for p in predicted) / n
    var_t = sum((t - mean_t) ** 2 for t in target) / n
    return 2 * cov / (var_p + var_t + (mean_p - mean_t) ** 2)


def test_ccc_is_lins():
    """Of 1, 2, 3 against 2, 2, 5: 2 * 1 / (2/3 + 2 + 1)."""
    np.testing.assert_allclose(ccc([[1], [2], [3]], [[2], [2], [5]]), [6 / 11])
    rng = np.random.default_rng(0)
    target = rng.uniform(1, 7, (50, 3))
    predicted = 0.7 * target + rng.normal(1, 0.5, (50, 3))
    expected = [by_hand(predicted[:, d], target[:, d]) for d in range(3)]
    np.testing.assert_allclose(ccc(predicted, target), expected)


def test_ccc_agrees_with_torchmetrics():
    """Its variances have n - 1: a difference of means larger by sqrt(n / (n - 1)) undoes that."""
    rng = np.random.default_rng(1)
    target = rng.uniform(1, 7, (20, 3))
    predicted = 0.5 * target + rng.normal(0, 0.5, (20, 3))
    shift = predicted.mean(0) - target.mean(0)
    stretched = predicted + shift * (np.sqrt(20 / 19) - 1)
    theirs = ConcordanceCorrCoef(num_outputs=3).set_dtype(torch.double)
    expected = theirs(torch.from_numpy(stretched), torch.from_numpy(target))
    np.testing.assert_allclose(ccc(predicted, target), expected, rtol=1e-5)


@given(pairs_of_ratings())
def test_ccc_is_symmetric_and_inside_the_scale(drawn):
    predicted, target = drawn
    scores = ccc(predicted, target)
    assert (np.abs(scores) <= 1 + 1e-9).all()
    np.testing.assert_allclose(scores, ccc(target, predicted), atol=1e-9)


@given(ratings, st.floats(0.1, 3), st.floats(1.1, 3))
def test_another_level_or_another_scale_lowers_it(target, shift, factor):
    assume((target.std(axis=0) > 0.01).all())
    np.testing.assert_allclose(ccc(target, target), 1)
    np.testing.assert_allclose(ccc(-target + 2 * target.mean(axis=0), target), -1)
    assert (ccc(target + shift, target) < 1 - 1e-6).all()
    centred = target - target.mean(axis=0)
    assert (ccc(factor * centred, centred) < 1 - 1e-6).all()
    np.testing.assert_allclose(
        ccc(10 * target + 3, 10 * (target + shift) + 3), ccc(target, target + shift)
    )


@pytest.mark.parametrize("predicted", [0.1, 0.7])
@pytest.mark.parametrize("utterances", [1, 7])
def test_what_is_constant_agrees_with_nothing(predicted, utterances):
    """0.1 is no binary fraction: the mean of seven is another number."""
    constant, other = np.full((utterances, 3), predicted), np.full((utterances, 3), 0.1)
    assert (ccc(constant, other) == 0).all()
    varied = np.random.default_rng(0).uniform(size=(7, 3))
    np.testing.assert_allclose(ccc(np.full((7, 3), 0.1), varied), 0, atol=1e-12)
    assert (ccc(varied, np.full((7, 3), 0.1)) == 0).all()


@pytest.mark.parametrize(
    ("predicted", "target", "message"),
    [
        (np.ones((2, 3)), np.ones((3, 3)), "predictions, .* targets"),
        (np.ones(3), np.ones(3), "as .utterances, dimensions."),
        (np.ones((0, 3)), np.ones((0, 3)), "at least one utterance"),
        (np.ones((2, 3)), np.array([[1, 2, 3], [1, np.nan, 3]]), "targets: 1 of 2 utterances"),
        (np.full((2, 3), np.inf), np.ones((2, 3)), "predictions: 2 of 2 utterances"),
    ],
)
def test_ccc_refuses_what_it_cannot_score(predicted, target, message):
    with pytest.raises(ValueError, match=message):
        ccc(predicted, target)


def by_pairs(references, probabilities):
    """Share of pairs, of the class and of the rest, that are in the right order."""
    areas = []
    for c in set(references):
        inside, outside = probabilities[references == c, c], probabilities[references != c, c]
        right = [(a > b) + 0.5 * (a == b) for a in inside for b in outside]
        areas.append(sum(right) / len(right))
    return sum(areas) / len(areas)


scored = st.lists(
    st.tuples(st.integers(0, 2), *[st.sampled_from([0.0, 0.1, 0.3, 0.9])] * 3),
    min_size=2,
    max_size=30,
)


@given(scored)
def test_auc_counts_pairs_in_the_right_order(drawn):
    table = np.array(drawn)
    references, probabilities = table[:, 0].astype(int), table[:, 1:]
    if len(set(references)) < 2:
        assert math.isnan(roc_auc(references, probabilities))
    else:
        expected = by_pairs(references, probabilities)
        assert roc_auc(references, probabilities) == pytest.approx(expected)


def test_auc_is_scikit_learns_macro_average():
    rng = np.random.default_rng(0)
    references = np.arange(60) % 3
    probabilities = rng.dirichlet([1, 1, 1], 60)
    expected = roc_auc_score(references, probabilities, multi_class="ovr", average="macro")
    assert roc_auc(references, probabilities) == pytest.approx(expected)
    assert roc_auc(references, np.eye(3)[references]) == 1
    assert roc_auc(references, np.full((60, 3), 1 / 3)) == 0.5


def test_auc_leaves_out_a_class_that_no_utterance_has():
    references, probabilities = [0, 1, 0, 1], np.array([[4, 1, 9], [2, 3, 9], [3, 2, 9], [1, 4, 9]])
    assert roc_auc(references, probabilities) == 1


@pytest.mark.parametrize(
    ("references", "probabilities", "message"),
    [
        ([0, 1], np.ones((3, 2)), "2,. references, .3, 2. probabilities"),
        ([0, 1], np.ones(2), "probabilities"),
        ([0, 2], np.ones((2, 2)), "classes .0 2., probabilities of 2"),
        ([0, -1], np.ones((2, 2)), "classes .-1  0., probabilities of 2"),
        ([0, 1], np.full((2, 2), np.nan), "NaN"),
    ],
)
def test_auc_refuses_what_it_cannot_score(references, probabilities, message):
    with pytest.raises(ValueError, match=message):
        roc_auc(references, probabilities)


@pytest.fixture
def scores():
    """Agreement that differs by dimension."""
    rng = np.random.default_rng(2)
    target = rng.normal(4, 1, (400, 3))
    return target + rng.normal(0, [0.2, 1, 3], (400, 3)), target


def test_the_interval_of_ccc_is_lins(scores):
    """Lin (1989): the Fisher transform of the coefficient of normal variables is normal."""
    predicted, target = scores
    low, high = utterance_bootstrap_interval(ccc, predicted, target, seed=3)
    found = ccc(predicted, target)
    r = np.array([np.corrcoef(predicted[:, d], target[:, d])[0, 1] for d in range(3)])
    deviations = predicted.std(axis=0) * target.std(axis=0)
    u = (predicted.mean(axis=0) - target.mean(axis=0)) / np.sqrt(deviations)
    variance = (
        (1 - r**2) * found**2 / ((1 - found**2) * r**2)
        + 2 * found**3 * (1 - found) * u**2 / (r * (1 - found**2) ** 2)
        - found**4 * u**4 / (2 * r**2 * (1 - found**2) ** 2)
    ) / (len(target) - 2)
    half = 1.96 * np.sqrt(variance)
    np.testing.assert_allclose(low, np.tanh(np.arctanh(found) - half), atol=0.015)
    np.testing.assert_allclose(high, np.tanh(np.arctanh(found) + half), atol=0.015)


def test_the_interval_is_that_of_its_seed_and_of_pairs(scores):
    first, second = (utterance_bootstrap_interval(ccc, *scores, draws=50, seed=1) for _ in "ab")
    np.testing.assert_array_equal(first, second)
    other = utterance_bootstrap_interval(ccc, *scores, draws=50, seed=2)
    assert (other[0] != first[0]).all()
    exact = utterance_bootstrap_interval(ccc, scores[1], scores[1], draws=50)
    np.testing.assert_allclose(exact, 1)


def test_the_interval_takes_any_metric_of_utterances():
    rng = np.random.default_rng(0)
    references = rng.integers(0, 3, 300)
    probabilities = rng.dirichlet([1, 1, 1], 300)
    low, high = utterance_bootstrap_interval(roc_auc, references, probabilities, draws=40)
    assert low < roc_auc(references, probabilities) < high


@pytest.mark.parametrize("rows", [(0, 0), (2, 3), (3, 2)])
def test_the_bootstrap_needs_the_same_utterances_in_all_arrays(rows):
    with pytest.raises(ValueError, match=f"arrays of .{rows[0]}, {rows[1]}. rows"):
        utterance_bootstrap_interval(ccc, *(np.ones((number, 3)) for number in rows))


def test_many_utterances_need_little_memory():
    """Ten draws of 50000 utterances at once would be 24 MB in predictions and targets alone."""
    target = np.random.default_rng(0).normal(size=(50_000, 3))
    tracemalloc.start()
    utterance_bootstrap_interval(ccc, target, target, draws=10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16e6
