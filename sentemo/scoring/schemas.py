"""Schemas of ``experiment.json`` and of each kind of ``scores.json``; see `sentemo.core.schema`."""

from typing import Any, TypedDict

Range = tuple[float, float] | None
Published = dict[str, Any] | None


class Experiment(TypedDict, total=False):
    """Content of ``experiment.json``; older versions wrote less."""

    corpus: str
    title: str
    protocol: str
    seed: int | str | None  # text of a study with several
    config: str | None
    asr_model: str | None
    epochs: str
    notes: list[str]
    command: str
    plugin: dict[str, str]
    task: str
    trained_with: list[str]
    commit: str | None
    versions: dict[str, str | None]


# Keys that a result needs.
DESCRIBED = (
    *("corpus", "title", "protocol", "seed", "config"),
    *("asr_model", "epochs", "notes", "command"),
)


class _Scored(Experiment, total=False):
    kind: str
    experiment: str
    finished: str


class _OverSpeakers(TypedDict, total=False):
    """What older versions did not know, as they drew no speakers."""

    ci95_speakers: Range


class _Pooled(_OverSpeakers):
    """A measure over the whole set, and over the folds."""

    pooled: float | None
    ci95: Range
    fold_mean: float | None
    fold_sd: float | None


class _Classes(TypedDict):
    wa: _Pooled
    ua: _Pooled
    macro_f1: _Pooled
    recall: dict[str, float | None]
    confusion: list[list[int]]


class _Speaker(TypedDict):
    utterances: int
    wa: float | None
    ua: float | None


class _Counts(TypedDict):
    utterances: int
    folds: int


class ClassScores(_Scored, total=False):
    """Scores of an experiment that learnt classes, and perhaps dimensions too."""

    labels: list[str]
    counts: _Counts
    test: _Classes
    valid: dict[str, float | None]
    speakers: dict[str, _Speaker]
    dimensions: dict[str, dict[str, Any]]
    probe: dict[str, Any]


class _Rate(TypedDict):
    pooled: float | None
    errors: int
    units: int


class _Transcribed(TypedDict):
    utterances: int
    hours: float


class TranscriptScores(_Scored, total=False):
    """Scores of a recogniser."""

    set: str
    decoding: str
    counts: _Transcribed
    test: dict[str, _Rate]
    proxy_sentiment: dict[str, Any]


class _Tested(_OverSpeakers, total=False):
    p: float
    p_holm: float


class _Difference(_Tested):
    """A measure of a row less that of the first row."""

    difference: float
    ci95: Range


class _StudyRow(TypedDict):
    row: str
    published: Published
    test: dict[str, Any]
    difference: dict[str, _Difference] | None


class StudyScores(_Scored, total=False):
    """Scores of a study."""

    counts: _Counts
    test: list[_StudyRow]


class TextScores(_Scored, total=False):
    """Scores of the sentiment of transcripts, beside the emotions."""

    counts: dict[str, Any]
    test: dict[str, Any]
    published: Published
    sentiment: dict[str, Any]


SCORES: dict[str, Any] = {
    "ser": ClassScores,
    "asr": TranscriptScores,
    "study": StudyScores,
    "text_sentiment": TextScores,
}
