"""Schemas of measures and counts, which several kinds of ``scores.json`` have."""

from typing import TypedDict

from sentemo.scoring.schemas.experiment import ScoredFurther

Range = tuple[float, float] | None


class OverSpeakers(TypedDict, total=False):
    """The interval over speakers, which older versions did not compute."""

    ci95_speakers: Range


class Measured(OverSpeakers):
    """A measure over the whole set."""

    pooled: float | None
    ci95: Range


class _Pooled(Measured):
    """A measure over the whole set, and over the folds."""

    fold_mean: float | None
    fold_sd: float | None


class Classes(TypedDict):
    """Measures of classes on the test sides."""

    wa: _Pooled
    ua: _Pooled
    macro_f1: _Pooled
    recall: dict[str, float | None]
    confusion: list[list[int]]


class _FurtherValidation(TypedDict, total=False):
    wa: float | None
    macro_f1: float | None


class Validation(_FurtherValidation):
    """Measures of classes on the validation sides; older versions wrote UA alone."""

    ua: float | None


class Dimensions(TypedDict):
    """Concordance of activation, valence and dominance."""

    test: dict[str, _Pooled]
    valid: dict[str, float | None]


class Corpus(TypedDict):
    """Measures of classes on the test utterances of one corpus."""

    utterances: int
    wa: Measured
    ua: Measured
    macro_f1: Measured


class _Counted(TypedDict):
    utterances: int
    folds: int


class _Counts(_Counted, total=False):
    speakers: int
    classes: dict[str, int]


class Counting(ScoredFurther):
    """Scores with the number of utterances and folds that they are of."""

    counts: _Counts
