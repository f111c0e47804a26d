"""Reliability of probabilities."""

import numpy as np
import pytest

from sentemo.scoring.calibration import expected_calibration_error, reliability


def test_an_answer_of_a_bins_upper_edge_belongs_to_it_and_certainty_to_the_last():
    counts = [found.count for found in reliability([0.0, 0.1, 0.1001, 1.0], [1, 1, 1, 1])]
    assert counts == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]


def test_a_bin_has_its_mean_confidence_and_its_share_of_right_answers():
    found = reliability([0.62, 0.68, 0.66, 0.64], [True, True, True, False])[6]
    assert (found.low, found.high, found.count) == (pytest.approx(0.6), pytest.approx(0.7), 4)
    assert found.confidence == pytest.approx(0.65)
    assert found.accuracy == 0.75


def test_an_empty_bin_has_no_accuracy():
    assert reliability([0.95], [True])[0].accuracy is None


def test_the_error_of_guo_et_al_by_hand():
    # 4 answers at 0.9, of which 2 are right; 1 at 0.3, which is right: (4 × 0.4 + 1 × 0.7) / 5
    bins = reliability([0.9, 0.9, 0.9, 0.9, 0.3], [1, 1, 0, 0, 1])
    assert expected_calibration_error(bins) == pytest.approx(0.46)


def test_probabilities_that_mean_what_they_say_have_little_error():
    draw = np.random.default_rng(0)
    confidences = draw.uniform(0.25, 1, 20_000)
    bins = reliability(confidences, draw.uniform(size=20_000) < confidences)
    assert expected_calibration_error(bins) < 0.01
