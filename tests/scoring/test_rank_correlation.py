"""Rank correlation within utterances, averaged over them."""

import numpy as np
import pytest

from sentemo.scoring.rank_correlation import mean_rank_correlation, rank_correlation


def test_only_ranks_matter_and_a_constant_has_none():
    assert rank_correlation(np.array([1, 2, 9]), np.array([0.1, 5, 6])) == pytest.approx(1)
    assert np.isnan(rank_correlation(np.array([1, 1, 1]), np.array([1, 2, 3])))


def test_the_mean_is_over_utterances_that_have_an_order():
    rising, falling = ([1, 2, 3], [4, 5, 6]), ([1, 2, 3], [3, 2, 1])
    uncounted = [([1, 2], [1, 2]), ([1, 1, 1], [1, 2, 3])]
    found = mean_rank_correlation([rising, rising, rising, falling, *uncounted])
    assert (found["mean"], found["utterances"]) == (0.5, 4)
    low, high = found["interval"]
    assert -1 <= low < 0.5 < high <= 1
    assert mean_rank_correlation(uncounted) is None
