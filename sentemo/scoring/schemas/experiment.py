"""Schema of ``experiment.json``, and what every ``scores.json`` has of it."""

from typing import TypedDict


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


class ScoredFurther(_Scored, total=False):
    """The description of an experiment that every ``scores.json`` has."""

    plugin: dict[str, str]
    task: str
    trained_with: list[str]
