"""Schema of the scores of a recogniser."""

from typing import TypedDict

from sentemo.scoring.schemas.experiment import ScoredFurther
from sentemo.scoring.schemas.measures import Measured


class _Rate(TypedDict):
    pooled: float | None
    errors: int
    units: int


class _Transcribed(TypedDict):
    utterances: int
    hours: float


class _Sentiment(TypedDict):
    labels: list[str]
    counts: dict[str, int]
    auc: float | None
    wa: Measured
    cer_minus_auc: float | None
    confusion: list[list[int]]


class _Rates(TypedDict):
    cer: _Rate
    wer: _Rate


class _TranscriptScores(ScoredFurther):
    set: str
    decoding: str
    counts: _Transcribed
    test: _Rates


class TranscriptScores(_TranscriptScores, total=False):
    """Scores of a recogniser, and perhaps of the sentiment that it predicts."""

    proxy_sentiment: _Sentiment
