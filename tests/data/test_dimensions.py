import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.dimensions import SCALES, Scale, constant_notes, dimension_targets
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.scoring.metrics import ccc


def rated(*ratings):
    return [Utterance(f"u{n}", "a", Path("a.wav"), avd=avd) for n, avd in enumerate(ratings)]


def test_ratings_of_a_data_dir_become_targets_in_their_order(tmp_path):
    for name, value in (("wav.scp", "a.wav"), ("utt2spk", "anna"), ("utt2avd", "7 1 2.5")):
        (tmp_path / name).write_text(f"u1 {value}\n")
    targets = dimension_targets(read_data_dir(tmp_path), SCALES["msp_podcast"])
    np.testing.assert_allclose(targets["u1"], [1, 0, 0.25])


@given(
    st.floats(-10, 10),
    st.floats(0.1, 20),
    st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=20),
)
def test_the_scale_of_training_leads_back(low, width, values):
    scale, values = Scale(low, low + width), np.array(values)
    np.testing.assert_allclose(scale.to_unit(scale.from_unit(values)), values, atol=1e-9)


def test_ccc_is_the_same_on_either_scale():
    predicted, target = np.random.default_rng(0).uniform(0, 1, (2, 20, 3))
    back = SCALES["iemocap"].from_unit
    np.testing.assert_allclose(ccc(back(predicted), back(target)), ccc(predicted, target))


def test_every_problem_is_counted_and_named():
    utterances = rated((1, 2, 3), None, (1, math.nan, 3), (1, 5.01, 3), (0.99, 2, 3), (5, 1, 5))
    with pytest.raises(SentemoError) as raised:
        dimension_targets(utterances, Scale(1, 5))
    message = str(raised.value)
    assert "dimensions: 4 problems" in message
    assert "u1: no line in utt2avd" in message
    assert "u2: activation 1, valence nan, dominance 3" in message
    assert "outside of 1 to 5: 2" in message
    assert "u3: activation 1, valence 5.01" in message
    assert "u4: activation 0.99" in message
    assert "u0" not in message and "u5" not in message


def test_iemocaps_means_may_leave_its_scale_by_a_half():
    (target,) = dimension_targets(rated((2, 5.5, 0.5)), SCALES["iemocap"]).values()
    np.testing.assert_allclose(target, [0.25, 1.125, -0.125])
    with pytest.raises(SentemoError, match="outside of 1 to 5: 1"):
        dimension_targets(rated((2, 5.6, 3)), SCALES["iemocap"])


@pytest.mark.parametrize("ends", [(5, 1), (1, 1), (1, math.nan), (-math.inf, 1), (1, 5, -1)])
def test_what_is_no_scale_is_refused(ends):
    with pytest.raises(SentemoError, match="is not a scale: give the lowest"):
        Scale(*ends)


def test_dimensions_that_nobody_varied_are_noted(tmp_path):
    utterances = [Utterance(str(n), "s", tmp_path, avd=(3.5, n, 4.0)) for n in range(3)]
    (note,) = constant_notes([*utterances, Utterance("none", "s", tmp_path)])
    assert note.startswith("all ratings are equal: activation 3.5, dominance 4; there the CCC is 0")
    assert constant_notes([]) == []
