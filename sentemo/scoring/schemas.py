"""Schemas of ``experiment.json`` and of each kind of ``scores.json``; see `sentemo.core.schema`."""

from collections.abc import Mapping
from typing import Any, TypedDict

from sentemo.scoring.answer_limits import AnswerLimits

Range = tuple[float, float] | None


class _Described(TypedDict):
    """The keys of an experiment that a result needs."""

    corpus: str
    title: str
    protocol: str
    seed: int | str | None  # text of a study with several
    config: str | None
    asr_model: str | None
    epochs: str
    notes: list[str]
    command: str


class _Further(TypedDict, total=False):
    plugin: dict[str, str]
    task: str
    trained_with: list[str]
    commit: str | None
    versions: dict[str, str | None]


class Experiment(_Further, total=False):
    """Content of ``experiment.json``; older versions wrote less."""

    corpus: str
    title: str
    protocol: str
    seed: int | str | None
    config: str | None
    asr_model: str | None
    epochs: str
    notes: list[str]
    command: str


DESCRIBED = tuple(_Described.__annotations__)


class _Scored(_Described):
    kind: str
    experiment: str
    commit: str | None
    versions: dict[str, str | None]
    finished: str


class _ScoredFurther(_Scored, total=False):
    plugin: dict[str, str]
    task: str
    trained_with: list[str]


class _OverSpeakers(TypedDict, total=False):
    """The interval over speakers, which older versions did not compute."""

    ci95_speakers: Range


class _Measured(_OverSpeakers):
    """A measure over the whole set."""

    pooled: float | None
    ci95: Range


class _Pooled(_Measured):
    """A measure over the whole set, and over the folds."""

    fold_mean: float | None
    fold_sd: float | None


class _Classes(TypedDict):
    wa: _Pooled
    ua: _Pooled
    macro_f1: _Pooled
    recall: dict[str, float | None]
    confusion: list[list[int]]


class _FurtherValidation(TypedDict, total=False):
    wa: float | None
    macro_f1: float | None


class _Validation(_FurtherValidation):
    ua: float | None


class _Dimensions(TypedDict):
    test: dict[str, _Pooled]
    valid: dict[str, float | None]


class _Corpus(TypedDict):
    utterances: int
    wa: _Measured
    ua: _Measured
    macro_f1: _Measured


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
    """How far answers can be trusted; see `sentemo.scoring.limits.score_limits`."""

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


class _ClassesOfProbe(TypedDict):
    test: _Classes
    valid: _Validation


class _DimensionsOfProbe(TypedDict):
    dimensions: _Dimensions


class _Choice(TypedDict):
    """A layer, and the penalty of its probe."""

    layer: str
    penalty: float


class _FoldChoice(_Choice):
    fold: int


class _Criterion(TypedDict, total=False):
    criterion: str


class ProbeTable(_Criterion):
    """Content of ``probe.json``; see `sentemo.folds.probe_table.read_probe_table`."""

    choice: str
    folds: list[_FoldChoice]
    pooled: _Choice
    layers: list[_Choice]


class _ByFold(TypedDict):
    scores: _ClassesOfProbe | _DimensionsOfProbe


class _LayerOfProbe(_Choice, _ByFold):
    pass


class _ScoredProbe(_Criterion):
    """The same, once its experiment was decoded."""

    choice: str
    folds: list[_FoldChoice]
    pooled: _Choice
    layers: list[_LayerOfProbe]
    by_fold: _ByFold


class _Counted(TypedDict):
    utterances: int
    folds: int


class _Counts(_Counted, total=False):
    speakers: int
    classes: dict[str, int]


class _Counting(_ScoredFurther):
    counts: _Counts


class _Learnt(_Counting, total=False):
    probe: _ScoredProbe


class DimensionScores(_Learnt):
    """Scores of an experiment that learnt activation, valence and dominance alone."""

    dimensions: _Dimensions


class _ClassScores(_Learnt):
    labels: list[str]
    test: _Classes
    valid: _Validation


class ClassScores(_ClassScores, total=False):
    """Scores of an experiment that learnt classes, and perhaps dimensions too."""

    speakers: dict[str, _Speaker]
    corpora: dict[str, _Corpus]
    dimensions: _Dimensions
    limits: Limits
    groups: dict[str, _Grouping]


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
    wa: _Measured
    cer_minus_auc: float | None
    confusion: list[list[int]]


class _Rates(TypedDict):
    cer: _Rate
    wer: _Rate


class _TranscriptScores(_ScoredFurther):
    set: str
    decoding: str
    counts: _Transcribed
    test: _Rates


class TranscriptScores(_TranscriptScores, total=False):
    """Scores of a recogniser, and perhaps of the sentiment that it predicts."""

    proxy_sentiment: _Sentiment


class _OfSeeds(TypedDict):
    mean: float | None
    sd: float | None
    values: list[float]


class _MeasureOfSeeds(_OfSeeds):
    ci95: Range


class _Tested(_OverSpeakers, total=False):
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


class StudyScores(_Counting):
    """Scores of a study."""

    test: list[_StudyRow]


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


class TextScores(_ScoredFurther):
    """Scores of the sentiment of transcripts, beside the emotions."""

    counts: _CountsOfText
    test: _TextAndSpeech
    published: _PublishedTable | None
    sentiment: _Labelling


class _LeftOut(_Corpus, _Choice):
    """Scores of a corpus that is left out, and what the others chose for it."""

    valid_ua: float


class _Normalisation(TypedDict):
    normalisation: str
    mean_ua: float
    corpora: dict[str, _LeftOut]


class CrossCorpusScores(_Counting):
    """Scores that leave one corpus out, under each normalisation of states."""

    test: list[_Normalisation]


class _UnderCondition(_Corpus):
    condition: str


class RobustnessScores(_Counting):
    """Scores of an experiment as it was recorded, which is first, and under conditions."""

    test: list[_UnderCondition]


CROSS_CORPUS, ROBUSTNESS = "cross_corpus", "robustness"
SCORES: dict[str, Any] = {
    "ser": ClassScores,
    CROSS_CORPUS: CrossCorpusScores,
    ROBUSTNESS: RobustnessScores,
    "asr": TranscriptScores,
    "study": StudyScores,
    "text_sentiment": TextScores,
}


def schema_of_scores(found: Mapping[str, Any]) -> Any:
    """Return the schema of a ``scores.json`` by its kind and content; None for an unknown kind."""
    if found.get("kind") == "ser" and "dimensions" in found and "test" not in found:
        return DimensionScores
    return SCORES.get(str(found.get("kind")))
