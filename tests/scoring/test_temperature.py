"""Temperature scaling."""

import numpy as np
import pytest

from sentemo.scoring.predictions import Prediction
from sentemo.scoring.temperature import at_temperature, fit_temperature, tempered

LABELS = ["happy", "sad"]


def answers(confidence, right, count=200):
    """Answers of one confidence, of which so many are right."""
    return [
        Prediction(f"u{n}", 1, "a", LABELS[n >= right], "happy", (confidence, 1 - confidence))
        for n in range(count)
    ]


def test_a_temperature_of_one_changes_nothing_and_no_temperature_changes_the_class():
    shares = np.random.default_rng(0).dirichlet(np.ones(4), 50)
    np.testing.assert_allclose(tempered(shares, 1.0), shares, atol=1e-5)
    for temperature in (0.2, 5.0):
        assert (tempered(shares, temperature).argmax(axis=1) == shares.argmax(axis=1)).all()


def test_by_hand():
    """Logits of log 9 and 0, halved, are log 3 and 0."""
    np.testing.assert_allclose(tempered([0.9, 0.1], 2.0), [0.75, 0.25])


@pytest.mark.parametrize(("said", "right"), [(0.99, 160), (0.6, 160)])
def test_confidence_becomes_the_share_that_is_right(said, right):
    valid = answers(said, right)
    (first, *_) = at_temperature(valid, fit_temperature(LABELS, valid))
    assert first.probabilities[0] == pytest.approx(0.8, abs=0.02)
    assert first.predicted == "happy"


def test_a_certain_model_that_errs_is_cooled_by_what_can_be_counted():
    valid = answers(1.0, 190)
    assert 1 < fit_temperature(LABELS, valid) < 10
