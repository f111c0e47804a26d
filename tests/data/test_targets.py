import math
from pathlib import Path

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.dimensions import SCALES, Scale, parse_scale
from sentemo.data.kaldi import Utterance
from sentemo.data.targets import targets_of

UTTERANCES = [
    Utterance("a-1", "a", Path("a.wav"), "sad", avd=(1, 4, 7)),
    Utterance("a-2", "a", Path("a.wav"), "happy", avd=(2.5, 5.5, 7)),
]
LABELS = ["happy", "sad"]


def test_classes_are_numbers_and_dimensions_lie_within_0_and_1():
    label, avd = targets_of(UTTERANCES, LABELS, Scale(1, 7))
    assert label.table(["a-1"]) == {"a-1": "1"}
    assert avd.rows["a-2"] == [0.25, 0.75, 1.0]
    assert avd.table(["a-1"]) == {"a-1": "0.0 0.5 1.0"}


def test_utterances_without_a_class_count_for_dimensions_alone():
    nobody_agreed = [Utterance("a-3", "a", Path("a.wav"), "no_agreement", avd=(1, 1, 1))]
    (avd,) = targets_of(nobody_agreed, None, Scale(1, 7))
    assert avd.rows == {"a-3": [0, 0, 0]}
    with pytest.raises(SentemoError, match="a-3: no_agreement"):
        targets_of(nobody_agreed, LABELS, Scale(1, 7))


def test_ratings_that_cannot_be_are_counted_and_named():
    wrong = [(1, math.nan, 2), (1, 2, 9), None, (0, 1, 1)]
    utterances = [Utterance(f"b-{n}", "b", Path("b.wav"), avd=avd) for n, avd in enumerate(wrong)]
    with pytest.raises(SentemoError) as refused:
        targets_of(utterances, None, Scale(1, 7))
    message = str(refused.value)
    for expected in ("outside of 1 to 7: 2", "not a number: 1", "no dimensions: 1", "b-1: "):
        assert expected in message


def test_a_scale_is_that_of_a_corpus_or_two_numbers():
    assert parse_scale("iemocap") == SCALES["iemocap"]
    assert parse_scale("-1,1.5") == Scale(-1, 1.5)


@pytest.mark.parametrize("text", ["emodb", "1", "1,2,3", "7,1", "1,nan"])
def test_what_is_no_scale_is_refused(text):
    with pytest.raises(SentemoError, match="not a scale"):
        parse_scale(text)
