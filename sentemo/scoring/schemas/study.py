"""Schema of the scores of a study."""

from typing import TypedDict

from sentemo.scoring.schemas.measures import Counting, OverSpeakers, Range


class _OfSeeds(TypedDict):
    mean: float | None
    sd: float | None
    values: list[float]


class _MeasureOfSeeds(_OfSeeds):
    ci95: Range


class _Tested(OverSpeakers, total=False):
    p: float
    p_holm: float


class _Difference(_Tested):
    """A measure of a row less that of the first row."""

    difference: float
    ci95: Range


class _RowOfStudy(TypedDict):
    row: str
    published: dict[str, float | None] | None
    test: dict[str, _MeasureOfSeeds | float | None]  # a number is of the annotators
    difference: dict[str, _Difference] | None


class _StudyRow(_RowOfStudy, total=False):
    candidate: str
    valid: dict[str, _OfSeeds]


class StudyScores(Counting):
    """Scores of a study."""

    test: list[_StudyRow]
