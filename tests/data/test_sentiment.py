import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.sentiment import SENTIMENTS, most_likely, read_sentiment, write_sentiment
from sentemo.data.tables import read_table


def normalised(weights):
    return tuple(weight / sum(weights) for weight in weights)


weights = st.tuples(*[st.floats(0, 1)] * 3).filter(lambda three: sum(three) > 1e-3)
ids = st.text("abcü-_.9", min_size=1)


@given(st.dictionaries(ids, weights.map(normalised), min_size=1))
def test_what_is_written_is_read_again(tmp_path_factory, sentiment):
    folder = tmp_path_factory.mktemp("sentiment")
    labels = write_sentiment(folder, sentiment)
    found = read_sentiment(folder)
    assert labels == read_table(folder / "utt2sentiment")
    assert found.keys() == labels.keys() == sentiment.keys()
    for utt, probabilities in sentiment.items():
        assert found[utt] == pytest.approx(probabilities, abs=1e-6)
        assert found[utt][SENTIMENTS.index(labels[utt])] == max(found[utt])


def test_the_tables_are_kaldi_tables(tmp_path):
    write_sentiment(tmp_path, {"b": (0.1, 0.2, 0.7), "a": (1.0, 0.0, 0.0)})
    assert (tmp_path / "utt2sentiment").read_text() == "a negative\nb positive\n"
    assert (tmp_path / "utt2sentiment_probs").read_text() == (
        "a 1.000000 0.000000 0.000000\nb 0.100000 0.200000 0.700000\n"
    )


def test_neutral_is_what_no_other_sentiment_reaches():
    assert most_likely((0.2, 0.4, 0.4)) == "positive"
    assert most_likely((0.4, 0.4, 0.2)) == "negative"
    assert most_likely((0.3, 0.4, 0.3)) == "neutral"


@pytest.mark.parametrize(
    ("label", "line", "message"),
    [
        ("a negative", "a 0.9 0.1", "not three probabilities.*\n.*a: 0.9 0.1"),
        ("a negative", "a 0.9 0.1 x", "not three probabilities"),
        ("a negative", "a 0.9 0.2 0.1", "not three probabilities"),
        ("a negative", "a 1.2 -0.1 -0.1", "not three probabilities"),
        ("a negative", "a nan nan nan", "not three probabilities"),
        ("a negative", "b 1 0 0", "not three probabilities(.|\n)*utt2sentiment is not the most"),
        ("a neutral", "a 0.9 0.1 0", "not the most likely one.*\n.*a: neutral, 0.9 0.1 0"),
    ],
)
def test_tables_that_disagree_or_are_malformed_are_refused(tmp_path, label, line, message):
    (tmp_path / "utt2sentiment").write_text(f"{label}\n")
    (tmp_path / "utt2sentiment_probs").write_text(f"{line}\n")
    with pytest.raises(SentemoError, match=message):
        read_sentiment(tmp_path)
