"""VADER (Hutto and Gilbert 2014), a lexicon with rules, which needs no GPU and no network."""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.extras import install
from sentemo.proxy.labelling import Score

THRESHOLD = 0.05  # of the compound score, as VADER's authors recommend


class Vader:
    """Sentiment from VADER's compound score.

    Raises
    ------
    SentemoError
        When VADER is not installed.
    """

    def __init__(self) -> None:
        try:
            from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
        except ImportError:
            raise SentemoError(f"VADER is not installed: {install('proxy')}") from None
        self._analyser = SentimentIntensityAnalyzer()
        self.description = {
            "backend": "vader",
            "model": "VADER's lexicon and rules",
            "versions": {"vaderSentiment": version("vaderSentiment")},
        }

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Score texts of any length."""
        return [probabilities(self._analyser.polarity_scores(text)["compound"]) for text in texts]


def probabilities(compound: float) -> Score:
    """Map a compound score to probabilities whose highest is the label of VADER's authors.

    Neutral has 1 at a compound score of 0, ½ at the thresholds ±0.05 and 0 at ±1, linear in
    between; the rest goes to the side of the score's sign. VADER's own shares of negative, neutral
    and positive words are unsuitable: most words are neutral in nearly every sentence.
    """
    neutral = float(np.interp(abs(compound), [0, THRESHOLD, 1], [1, 0.5, 0]))
    if compound > 0:
        return Score(0.0, neutral, 1 - neutral)
    return Score(1 - neutral, neutral, 0.0)
