"""Text sentiment against speech emotion: SA2SR's Table 1."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.scoring.rank_correlation import rank_correlation
from sentemo.scoring.text_emotion import pair, ranks, text_emotion_scores

# As printed in the paper: negative, neutral, positive.
TABLE_1 = {
    "sad": [339, 604, 137],
    "angry": [490, 518, 94],
    "frustrated": [658, 1049, 141],
    "neutral": [253, 1251, 204],
    "happy": [252, 848, 533],
}
SENTIMENT = {"n": "negative", "o": "neutral", "p": "positive"}


def said(label, sentiments):
    """Utterances of one label, and the sentiments of their words: n, o, p, or - for no words."""
    utterances = [
        Utterance(f"{label}{n}", "a", Path("a.wav"), label, None if one == "-" else "words")
        for n, one in enumerate(sentiments)
    ]
    named = {f"{label}{n}": SENTIMENT[one] for n, one in enumerate(sentiments) if one != "-"}
    return utterances, named


def corpus(**sentiments):
    """`said` of several labels."""
    utterances, named = [], {}
    for label, letters in sentiments.items():
        more, theirs = said(label, letters)
        utterances, named = utterances + more, named | theirs
    return utterances, named


def test_the_papers_table_gives_0_288():
    assert rank_correlation(*ranks(TABLE_1)) == pytest.approx(0.288, abs=5e-4)


def test_the_correlation_is_pearsons_of_the_mean_ranks():
    emotions, sentiments = ranks({"angry": [2, 0, 1], "sad": [0, 1, 0], "happy": [0, 2, 1]})
    assert emotions.tolist() == [0, 0, 0, 0, 2, 2, 2]
    assert sentiments.tolist() == [0, 0, 2, 1, 1, 1, 2]
    of_emotions, of_sentiments = [2.5] * 4 + [6] * 3, [1.5, 1.5, 6.5, 4, 4, 4, 6.5]
    expected = np.corrcoef(of_emotions, of_sentiments)[0, 1]
    assert rank_correlation(emotions, sentiments) == pytest.approx(expected)


def test_excited_is_happy_in_the_papers_rows_and_itself_among_all_labels():
    found = text_emotion_scores(
        *corpus(excited="opp", happy="on", sad="nnnn", surprised="o"), recipe="own"
    )
    assert found["test"]["rows"] == {
        "sad": [4, 0, 0],
        "angry": [0, 0, 0],
        "frustrated": [0, 0, 0],
        "neutral": [0, 0, 0],
        "happy": [1, 2, 2],
    }
    assert list(found["test"]["all"].items()) == [
        ("sad", [4, 0, 0]),
        ("excited", [0, 1, 2]),
        ("happy", [1, 1, 0]),
        ("surprised", [0, 1, 0]),
    ]
    assert found["test"]["correlation"]["utterances"] == 9
    assert found["counts"]["utterances"] == 10
    assert found["published"] is None


def test_iemocap_stands_beside_the_published_table():
    published = text_emotion_scores(*corpus(happy="op", sad="nn"), recipe="iemocap")["published"]
    assert published["rows"] == TABLE_1
    assert published["stated"] == 0.22
    assert published["correlation"] == pytest.approx(0.288, abs=5e-4)


def test_who_is_left_out_is_counted_by_the_reason():
    utterances, sentiment = corpus(no_agreement="n-", angry="-no", neutral="o")
    utterances.append(replace(utterances[0], id="z", label=None))
    pairs, left_out = pair(utterances, sentiment | {"z": "neutral"})
    assert sorted(pairs) == [("angry", "negative"), ("angry", "neutral"), ("neutral", "neutral")]
    assert left_out == {"no consensus label": 3, "no transcript with words": 1}


def test_sentiment_of_other_transcripts_is_refused_by_name():
    utterances, sentiment = corpus(angry="-n", neutral="o")
    with pytest.raises(SentemoError, match=r"words without a sentiment: 1\n    angry1"):
        pair(utterances, {"neutral0": "neutral"})
    with pytest.raises(SentemoError, match=r"sentiment without words: 1\n    angry0: positive"):
        pair(utterances, sentiment | {"angry0": "positive"})


def test_the_interval_surrounds_the_correlation_and_narrows():
    few, many = (
        text_emotion_scores(
            *corpus(angry="nno" * n, neutral="nop" * n, happy="opp" * n), recipe=""
        )["test"]["correlation"]
        for n in (10, 40)
    )
    assert few["rho"] == pytest.approx(many["rho"])
    for found in (few, many):
        low, high = found["ci95"]
        assert low < found["rho"] < high
    assert np.ptp(few["ci95"]) == pytest.approx(2 * np.ptp(many["ci95"]), rel=0.15)


def test_what_all_say_alike_correlates_with_nothing():
    found = text_emotion_scores(*corpus(angry="ooo", happy="oo"), recipe="")["test"]["correlation"]
    assert found == {"rho": None, "ci95": None, "utterances": 5}


@pytest.mark.parametrize("labels", [{"angry": "n", "sad": "o"}, {"good": "p"}, {"sad": "-"}])
def test_one_group_of_emotions_is_refused(labels):
    with pytest.raises(SentemoError, match="nothing to correlate"):
        text_emotion_scores(*corpus(**labels), recipe="")
