"""Schemas of the scores of models elsewhere: on a corpus left out, and under conditions."""

from typing import TypedDict

from sentemo.scoring.schemas.measures import Corpus, Counting
from sentemo.scoring.schemas.probe import Choice


class _LeftOut(Corpus, Choice):
    """Scores of a corpus that is left out, and what the others chose for it."""

    valid_ua: float


class _Normalisation(TypedDict):
    normalisation: str
    mean_ua: float
    corpora: dict[str, _LeftOut]


class CrossCorpusScores(Counting):
    """Scores that leave one corpus out, under each normalisation of states."""

    test: list[_Normalisation]


class _UnderCondition(Corpus):
    condition: str


class RobustnessScores(Counting):
    """Scores of an experiment as it was recorded, which is first, and under conditions."""

    test: list[_UnderCondition]
