"""Which notes on data limit a result."""

from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.corpora.release import check_counts
from sentemo.data.caveats import caveats
from sentemo.data.kaldi import Utterance
from sentemo.data.random_parts import with_parts


def test_partial_data_and_shared_voices_limit_and_a_conversion_does_not():
    problems = Problems("corpus")
    problems.add("transcript without audio", "a", "a.wav")
    partial = problems.settle(True, {}, "")
    partial += check_counts(Path("corpus"), {"the paper": ({"sad": 1}, {"sad": 2})}, True)
    recordings = [Utterance(str(n), Path("a.wav"), "one", label="sad") for n in range(10)]
    _, shared = with_parts(recordings)
    assert caveats([*partial, *shared, "converted by sox: 3 recordings"]) == {
        "Partial corpus": partial,
        "Speakers are not disjoint": shared,
    }
    assert caveats(["resampled from 24000 Hz to 16000 Hz: 9 recordings"]) == {}
