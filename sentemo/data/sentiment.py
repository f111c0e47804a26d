"""Sentiment of transcripts: a table of labels and a table of their probabilities.

``utt2sentiment`` has lines ``<utterance> <negative, neutral or positive>``, ``utt2sentiment_probs``
``<utterance> <negative> <neutral> <positive>``. Utterances without words are in neither.
"""

from collections.abc import Mapping
from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.data.tables import read_table, write_table

SENTIMENTS = ("negative", "neutral", "positive")
SENTIMENT_TABLE, PROBABILITY_TABLE = "utt2sentiment", "utt2sentiment_probs"
SENTIMENT_JSON = "sentiment.json"  # origin of the labels, and counts
PROBABILITY_DECIMALS = 6

Probabilities = tuple[float, float, float]


def most_likely(probabilities: Probabilities) -> str:
    """Return the sentiment of the highest probability; neutral needs more than any other."""
    by_name = dict(zip(SENTIMENTS, probabilities, strict=True))
    return max(("negative", "positive", "neutral"), key=by_name.__getitem__)


def write_sentiment(folder: Path, sentiment: Mapping[str, Probabilities]) -> dict[str, str]:
    """Write both tables, and return the labels.

    Parameters
    ----------
    sentiment
        Probabilities of negative, neutral and positive, which sum to 1, by utterance.
    """
    rounded: dict[str, Probabilities] = {}
    for utt, probabilities in sentiment.items():
        negative, neutral, positive = (round(p, PROBABILITY_DECIMALS) for p in probabilities)
        rounded[utt] = negative, neutral, positive
    labels = {utt: most_likely(probabilities) for utt, probabilities in rounded.items()}
    lines = {
        utt: " ".join(f"{value:.{PROBABILITY_DECIMALS}f}" for value in probabilities)
        for utt, probabilities in rounded.items()
    }
    write_table(folder / PROBABILITY_TABLE, lines)
    write_table(folder / SENTIMENT_TABLE, labels)
    return labels


def doubt_notes(counts: Mapping[str, int]) -> list[str]:
    """Return one note per reason to doubt labels, from the counts in `SENTIMENT_JSON`."""
    reasons = {
        "truncated": "transcripts longer than the model reads",
        "not_latin": "transcripts mostly not in Latin letters",
    }
    return [f"{reason}: {counts[key]}" for key, reason in reasons.items() if counts[key]]


def read_sentiment(folder: Path) -> dict[str, Probabilities]:
    """Read the probabilities of negative, neutral and positive of each labelled utterance.

    Raises
    ------
    SentemoError
        Naming the utterances whose lines are malformed, or whose label and probabilities disagree.
    """
    labels, lines = read_table(folder / SENTIMENT_TABLE), read_table(folder / PROBABILITY_TABLE)
    problems = Problems(str(folder))
    sentiment = {}
    for utt in sorted(labels.keys() | lines.keys()):
        line, label = lines.get(utt), labels.get(utt)
        try:
            negative, neutral, positive = (float(value) for value in (line or "").split())
        except ValueError:
            problems.add(f"not three probabilities in {PROBABILITY_TABLE}", utt, str(line))
            continue
        sentiment[utt] = negative, neutral, positive
        if not (min(sentiment[utt]) >= 0 and abs(sum(sentiment[utt]) - 1) < 1e-5):
            problems.add(f"not three probabilities in {PROBABILITY_TABLE}", utt, str(line))
        elif label != most_likely(sentiment[utt]):
            problems.add(f"{SENTIMENT_TABLE} is not the most likely one", utt, f"{label}, {line}")
    problems.raise_if_any(
        "Remove both tables, and make them again: python -m sentemo.bin.text_sentiment."
    )
    return sentiment
