import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.sentiment import most_likely
from sentemo.proxy.vader import Vader, probabilities


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("what a wonderful day i love it", "positive"),
        ("this is terrible and i hate it", "negative"),
        ("he put the book on the table", "neutral"),
        ("this is not good", "negative"),
        ("…", "neutral"),
        ("погода сегодня", "neutral"),
    ],
)
def test_known_sentences(text, sentiment):
    (score,) = Vader().score([text])
    assert most_likely(score[:3]) == sentiment
    assert not score.truncated


@pytest.mark.parametrize(
    ("compound", "expected", "sentiment"),
    [
        (0.0, (0, 1, 0), "neutral"),
        (0.0499, (0, 0.501, 0.499), "neutral"),
        (0.05, (0, 0.5, 0.5), "positive"),
        (-0.0499, (0.499, 0.501, 0), "neutral"),
        (-0.05, (0.5, 0.5, 0), "negative"),
        (1.0, (0, 0, 1), "positive"),
        (-1.0, (1, 0, 0), "negative"),
    ],
)
def test_the_thresholds_are_those_of_the_authors(compound, expected, sentiment):
    score = probabilities(compound)
    assert score[:3] == pytest.approx(expected)
    assert most_likely(score[:3]) == sentiment


@given(st.text())
def test_any_text_has_probabilities(text):
    (score,) = VADER.score([text])
    assert min(score[:3]) >= 0
    assert sum(score[:3]) == pytest.approx(1)


VADER = Vader()


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "vaderSentiment.vaderSentiment", None)
    with pytest.raises(SentemoError, match=r'pip install "sentemo\[proxy\]"'):
        Vader()
