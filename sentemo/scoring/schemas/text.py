"""Schema of the scores of the sentiment of transcripts."""

from typing import TypedDict

from sentemo.scoring.schemas.experiment import ScoredFurther
from sentemo.scoring.schemas.measures import Range


class _CountsOfText(TypedDict):
    utterances: int
    of: int
    left_out: dict[str, int]


class _Correlation(TypedDict):
    rho: float | None
    ci95: Range
    utterances: int


class _TextAndSpeech(TypedDict):
    rows: dict[str, list[int]]
    all: dict[str, list[int]]
    correlation: _Correlation


class _PublishedTable(TypedDict):
    rows: dict[str, list[int]]
    correlation: float
    stated: float


class _Labelling(TypedDict):
    note: str


class TextScores(ScoredFurther):
    """Scores of the sentiment of transcripts, beside the emotions."""

    counts: _CountsOfText
    test: _TextAndSpeech
    published: _PublishedTable | None
    sentiment: _Labelling
