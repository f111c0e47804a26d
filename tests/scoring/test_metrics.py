import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, recall_score
from sklearn.metrics import confusion_matrix as sklearn_confusion

from sentemo.scoring.intervals import bootstrap_interval, mean_and_sd
from sentemo.scoring.metrics import (
    class_recall,
    confusion_matrix,
    error_rate,
    macro_f1,
    unweighted_accuracy,
    weighted_accuracy,
)

CLASSES = 4
pairs = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=60
)
words = st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=6)


def counted(drawn):
    references, predictions = np.array(drawn).T
    return references, predictions, confusion_matrix(references, predictions, CLASSES)


@given(pairs)
@pytest.mark.filterwarnings("ignore")  # scikit-learn warns of classes that are only predicted
def test_scores_agree_with_scikit_learn(drawn):
    references, predictions, confusion = counted(drawn)
    every = sklearn_confusion(references, predictions, labels=range(CLASSES))
    assert np.array_equal(confusion, every)
    assert weighted_accuracy(confusion) == pytest.approx(accuracy_score(references, predictions))
    assert unweighted_accuracy(confusion) == pytest.approx(
        balanced_accuracy_score(references, predictions)
    )
    assert macro_f1(confusion) == pytest.approx(f1_score(references, predictions, average="macro"))
    assert weighted_accuracy(confusion) == pytest.approx(
        recall_score(references, predictions, average="weighted", zero_division=0)
    )
    expected = recall_score(
        references, predictions, labels=range(CLASSES), average=None, zero_division=np.nan
    )
    np.testing.assert_allclose(class_recall(confusion), expected)


@given(pairs, st.permutations(range(CLASSES)))
def test_scores_do_not_depend_on_the_order_of_classes(drawn, order):
    _, _, confusion = counted(drawn)
    for metric in (weighted_accuracy, unweighted_accuracy, macro_f1):
        assert metric(confusion[np.ix_(order, order)]) == pytest.approx(float(metric(confusion)))


@given(st.lists(pairs, min_size=1, max_size=5))
def test_a_stack_of_sets_is_scored_like_each_set(sets):
    stack = np.stack([counted(drawn)[2] for drawn in sets])
    for metric in (weighted_accuracy, unweighted_accuracy, macro_f1, class_recall):
        np.testing.assert_allclose(metric(stack), [metric(one) for one in stack])


def test_an_empty_set_has_no_score():
    empty = np.zeros((CLASSES, CLASSES), int)
    for metric in (weighted_accuracy, unweighted_accuracy, macro_f1):
        assert np.isnan(metric(empty))
    with pytest.raises(ValueError, match="no utterances"):
        bootstrap_interval(empty, weighted_accuracy)


@pytest.mark.parametrize("wrong", [-1, CLASSES])
def test_an_index_that_is_no_class_is_refused(wrong):
    with pytest.raises(ValueError, match="invalid entry"):
        confusion_matrix([0, wrong], [0, 1], CLASSES)


def test_sets_of_different_length_are_refused():
    with pytest.raises(ValueError, match="references"):
        confusion_matrix([0, 1], [0], CLASSES)


@given(pairs)
def test_the_interval_is_the_same_each_time_and_inside_the_scale(drawn):
    _, _, confusion = counted(drawn)
    low, high = bootstrap_interval(confusion, unweighted_accuracy, draws=200)
    assert 0 <= low <= high <= 1
    assert (low, high) == bootstrap_interval(confusion, unweighted_accuracy, draws=200)


def test_the_interval_of_accuracy_is_the_binomial_one():
    confusion = np.array([[160, 40], [40, 160]])
    low, high = bootstrap_interval(confusion, weighted_accuracy)
    half = 1.96 * np.sqrt(0.8 * 0.2 / 400)
    assert (low, high) == pytest.approx((0.8 - half, 0.8 + half), abs=0.005)


def test_the_interval_equals_drawing_utterances_one_by_one():
    rng = np.random.default_rng(1)
    references = rng.integers(0, CLASSES, 300)
    predictions = np.where(rng.random(300) < 0.7, references, rng.integers(0, CLASSES, 300))
    drawn = rng.integers(0, 300, (2000, 300))
    values = [macro_f1(confusion_matrix(references[i], predictions[i], CLASSES)) for i in drawn]
    confusion = confusion_matrix(references, predictions, CLASSES)
    assert bootstrap_interval(confusion, macro_f1) == pytest.approx(
        tuple(np.quantile(values, [0.025, 0.975])), abs=0.01
    )


def test_folds_have_a_sample_standard_deviation():
    assert mean_and_sd([0.6, 0.8, 0.7]) == pytest.approx((0.7, 0.1))
    assert mean_and_sd([0.6]) == (0.6, None)


def by_recurrence(a, b):
    """Levenshtein's distance from its definition, to check the library's."""
    if not a or not b:
        return len(a) + len(b)
    rest = by_recurrence(a[1:], b[1:])
    if a[0] == b[0]:
        return rest
    return 1 + min(rest, by_recurrence(a[1:], b), by_recurrence(a, b[1:]))


@given(st.lists(st.tuples(words, words), max_size=4))
def test_error_rate_sums_edit_distances(drawn):
    references, hypotheses = [r for r, _ in drawn], [h for _, h in drawn]
    errors, units = error_rate(references, hypotheses)
    assert errors == sum(by_recurrence(r, h) for r, h in drawn)
    assert units == sum(map(len, references))


def test_characters_count_spaces():
    assert error_rate(["ab cd"], ["abcd"]) == (1, 5)
    assert error_rate(["", "ab"], ["x", ""]) == (3, 2)


def test_error_rate_needs_pairs():
    with pytest.raises(ValueError):
        error_rate(["a"], [])
