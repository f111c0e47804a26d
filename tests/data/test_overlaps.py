from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from sentemo.data.overlaps import TOLERANCE, Stretch, overlapping

times = st.none() | st.tuples(st.integers(0, 20), st.integers(1, 6))
drawn = st.lists(
    st.tuples(
        st.sampled_from(["f", "g"]),
        st.sampled_from([None, 0, 1]),
        st.sampled_from([None, "x", "y"]),
    ).flatmap(lambda known: times.map(lambda span: (*known, span))),
    max_size=12,
)


def stretch(number, file, channel, speaker, span):
    start, end = (None, None) if span is None else (float(span[0]), float(sum(span)))
    return Stretch(str(number), file, channel, speaker, start, end)


def overlap(one, other):
    """Tell by the definition whether two stretches hold the same samples of one voice."""
    agree = all(
        None in pair or pair[0] == pair[1]
        for pair in ((one.channel, other.channel), (one.speaker, other.speaker))
    )
    starts, ends = zip(
        *((s.start or 0.0, float("inf") if s.end is None else s.end) for s in (one, other)),
        strict=True,
    )
    return one.file == other.file and agree and min(ends) - max(starts) > TOLERANCE


@given(drawn)
def test_stretches_are_grouped_as_pairs_say(rows):
    stretches = [stretch(number, *row) for number, row in enumerate(rows)]
    group_of = {one.name: {one.name} for one in stretches}
    for one, other in combinations(stretches, 2):
        if overlap(one, other):
            joined = group_of[one.name] | group_of[other.name]
            group_of.update(dict.fromkeys(joined, joined))
    expected = {frozenset(group) for group in group_of.values() if len(group) > 1}
    assert set(map(frozenset, overlapping(stretches))) == expected
    assert sum(map(len, overlapping(stretches))) == sum(map(len, expected))
