"""Sentiment of the words compared with emotion of the speech (SA2SR, section 3.1).

Spearman's correlation orders both: sentiment as negative < neutral < positive, emotion as {sad,
angry, frustrated} < neutral < happy, which includes excited, as in the paper's Table 1. That table
gives 0.288 in this order, where the paper's text says 0.22 and names no order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.kaldi import NO_AGREEMENT, Utterance
from sentemo.data.sentiment import SENTIMENTS
from sentemo.scoring.intervals import utterance_bootstrap_interval
from sentemo.scoring.rank_correlation import rank_correlation

ROWS = ("sad", "angry", "frustrated", "neutral", "happy")  # of the paper's table
MERGED = {"excited": "happy"}
ORDER = {"sad": 0, "angry": 0, "frustrated": 0, "neutral": 1, "happy": 2}
UNLABELLED, WORDLESS = "no consensus label", "no transcript with words"

LabelPair = tuple[str, str]  # emotion and sentiment of an utterance
Table = dict[str, list[int]]  # by emotion, how many are negative, neutral, positive


@dataclass(frozen=True)
class Published:
    """A paper's table, and the correlation that its text states."""

    table: Table
    correlation: float


PUBLISHED = {
    "iemocap": Published(
        {
            "sad": [339, 604, 137],
            "angry": [490, 518, 94],
            "frustrated": [658, 1049, 141],
            "neutral": [253, 1251, 204],
            "happy": [252, 848, 533],
        },
        0.22,
    )
}


def pair(
    utterances: Sequence[Utterance], sentiment: Mapping[str, str]
) -> tuple[list[LabelPair], dict[str, int]]:
    """Return both labels of every utterance that has them.

    Parameters
    ----------
    utterances
        Utterances of the data; where the annotators did not agree, the label is `NO_AGREEMENT` or
        missing.
    sentiment
        Sentiment by utterance; utterances without words have none.

    Returns
    -------
    pairs : list
        Emotion and sentiment.
    left_out : dict
        Number of the other utterances, by reason.

    Raises
    ------
    SentemoError
        Naming the utterances with words but no sentiment, or with sentiment but no words.
    """
    problems = Problems("sentiment")
    with_words = {utt.id for utt in utterances if utt.text}
    for name in sorted(with_words - sentiment.keys()):
        problems.add("words without a sentiment", name, "no label")
    for name in sorted(sentiment.keys() - with_words):
        problems.add("sentiment without words", name, sentiment[name])
    problems.raise_if_any(
        "It belongs to other transcripts: run python -m sentemo.bin.text_sentiment."
    )
    pairs: list[LabelPair] = []
    left_out = {UNLABELLED: 0, WORDLESS: 0}
    for utt in utterances:
        if utt.label is None or utt.label == NO_AGREEMENT:
            left_out[UNLABELLED] += 1
        elif utt.id not in sentiment:
            left_out[WORDLESS] += 1
        else:
            pairs.append((utt.label, sentiment[utt.id]))
    return pairs, left_out


def tabulate(pairs: Sequence[LabelPair], rows: Sequence[str]) -> Table:
    """Count the sentiments of each row's emotion."""
    counts = Counter(pairs)
    return {emotion: [counts[emotion, one] for one in SENTIMENTS] for emotion in rows}


def ranks(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return the emotions and the sentiments of a table's utterances in this module's order.

    Parameters
    ----------
    table
        Table with `ROWS`, or some of them.

    Returns
    -------
    emotions, sentiments : np.ndarray
        From 0 to 2, shape (utterances,).
    """
    counts = np.array(list(table.values()))
    emotions = np.repeat([ORDER[row] for row in table], counts.sum(axis=1))
    sentiments = np.repeat(np.tile(range(len(SENTIMENTS)), len(table)), counts.ravel())
    return emotions, sentiments


def _with_interval(table: Table) -> dict[str, Any]:
    """Return correlation and interval; each is None where it, or that of a draw, is nan."""
    emotions, sentiments = ranks(table)
    rho = rank_correlation(emotions, sentiments)
    low, high = utterance_bootstrap_interval(rank_correlation, emotions, sentiments)
    return {
        "rho": None if np.isnan(rho) else rho,
        "ci95": None if np.isnan(low) else [float(low), float(high)],
        "utterances": len(emotions),
    }


def text_emotion_scores(
    utterances: Sequence[Utterance], sentiment: Mapping[str, str], recipe: str
) -> dict[str, Any]:
    """Return the content of `scores.json` for a corpus.

    Parameters
    ----------
    utterances, sentiment
        As in `pair`.
    recipe
        Recipe whose published numbers stand beside the result.

    Raises
    ------
    SentemoError
        In the same cases as `pair`; and when the utterances have fewer than two of the three groups
        of emotions, so that there is nothing to correlate.
    """
    pairs, left_out = pair(utterances, sentiment)
    labels = [emotion for emotion, _ in Counter(emotion for emotion, _ in pairs).most_common()]
    table = tabulate([(MERGED.get(emotion, emotion), one) for emotion, one in pairs], ROWS)
    if len({ORDER[row] for row in ROWS if any(table[row])}) < 2:
        raise SentemoError(
            f"{len(pairs)} utterances with words and a label, of {', '.join(labels) or 'none'}: "
            "nothing to correlate. It takes two of the groups: "
            "sad, angry and frustrated; neutral; happy and excited."
        )
    published = PUBLISHED.get(recipe)
    return {
        "counts": {"utterances": len(pairs), "of": len(utterances), "left_out": left_out},
        "test": {
            "rows": table,
            "all": tabulate(pairs, labels),
            "correlation": _with_interval(table),
        },
        "published": published
        and {
            "rows": published.table,
            "correlation": rank_correlation(*ranks(published.table)),
            "stated": published.correlation,
        },
    }
