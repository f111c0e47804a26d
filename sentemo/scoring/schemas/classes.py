"""Schemas of the scores of an emotion recogniser: classes, dimensions, limits and groups."""

from typing import TypedDict

from sentemo.scoring.answer_limits import AnswerLimits
from sentemo.scoring.schemas.measures import (
    Classes,
    Corpus,
    Counting,
    Dimensions,
    Range,
    Validation,
)
from sentemo.scoring.schemas.probe import ScoredProbe


class _Speaker(TypedDict):
    utterances: int
    wa: float | None
    ua: float | None


class _Calibration(TypedDict):
    ece: float
    brier: float


class _FoldTemperature(TypedDict):
    fold: int
    temperature: float


class _WithUnknown(TypedDict):
    risk: float
    answered: float
    wrong: float | None
    wrong_ci95_speakers: Range


class _WithSets(TypedDict):
    coverage: float
    covered: float
    size: float


class Limits(TypedDict):
    """Calibration, abstention and sets of classes; see `sentemo.scoring.limits.score_limits`."""

    before: _Calibration
    after: _Calibration
    temperatures: list[_FoldTemperature]
    unknown: list[_WithUnknown]
    sets: list[_WithSets]
    answers: AnswerLimits


class _Group(TypedDict):
    utterances: int
    speakers: int
    ua: float
    ci95: Range
    recall: dict[str, float | None]
    sure: float


class _Grouping(TypedDict):
    groups: dict[str, _Group]
    gap: float
    p: float
    p_holm: float
    left_out: int


class _Learnt(Counting, total=False):
    probe: ScoredProbe


class DimensionScores(_Learnt):
    """Scores of an experiment that learnt activation, valence and dominance alone."""

    dimensions: Dimensions


class _ClassScores(_Learnt):
    labels: list[str]
    test: Classes
    valid: Validation


class ClassScores(_ClassScores, total=False):
    """Scores of an experiment that learnt classes, and perhaps dimensions too."""

    speakers: dict[str, _Speaker]
    corpora: dict[str, Corpus]
    dimensions: Dimensions
    limits: Limits
    groups: dict[str, _Grouping]
