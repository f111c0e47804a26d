"""Mean and deviation over time, of one utterance and of several together."""

import numpy as np
import pytest

from sentemo.core.errors import SentemoError
from sentemo.states.pooling import halved, pool, pool_together


def test_parts_pooled_together_are_the_whole():
    states = np.random.default_rng(0).normal(2.0, 3.0, (2, 30, 5))
    parts = np.split(states, [4, 19], axis=1)
    together = pool_together(np.stack([pool(part) for part in parts]), [4, 15, 11])
    np.testing.assert_allclose(together, pool(states))
    np.testing.assert_allclose(pool(states)[1, 0], states[1].mean(axis=0))
    np.testing.assert_allclose(pool(states)[1, 1], states[1].std(axis=0))


def test_what_half_precision_cannot_hold_is_an_error():
    assert halved(np.array([1.5, -65504.0])).tolist() == [1.5, -65504.0]
    with pytest.raises(SentemoError, match="reach 70000, more than half precision"):
        halved(np.array([1.0, -70000.0]))
