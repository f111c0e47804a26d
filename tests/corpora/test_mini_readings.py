"""Properties of the plans of all look-alikes of read English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.corpora.mini import librispeech, speechocean762

plans = pytest.mark.parametrize("plan", [librispeech.plan, speechocean762.plan])


@plans
@given(seed=st.integers(0, 10**6), few=st.integers(1, 30), more=st.integers(1, 30))
def test_a_larger_plan_keeps_the_smaller_ones_utterances(plan, seed, few, more):
    few, more = sorted((few, more))
    larger = plan(seed, more)
    assert set(plan(seed, few)) <= set(larger)
    assert len({reading.id for reading in larger}) == len(larger) == 10 * more


@plans
@pytest.mark.parametrize("per_speaker", [0, 101])
def test_a_number_out_of_range_is_refused(plan, per_speaker):
    with pytest.raises(SentemoError, match=f"--per_speaker {per_speaker}"):
        plan(0, per_speaker)
