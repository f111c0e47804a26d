"""Schemas of what a probe chose, and of the scores of its layers."""

from typing import TypedDict

from sentemo.scoring.schemas.measures import Classes, Dimensions, Validation


class Choice(TypedDict):
    """A layer, and the penalty of its probe."""

    layer: str
    penalty: float


class _FoldChoice(Choice):
    fold: int


class _Criterion(TypedDict, total=False):
    criterion: str


class ProbeTable(_Criterion):
    """Content of ``probe.json``; see `sentemo.folds.probe_table.read_probe_table`."""

    choice: str
    folds: list[_FoldChoice]
    pooled: Choice
    layers: list[Choice]


class _ClassesOfProbe(TypedDict):
    test: Classes
    valid: Validation


class _DimensionsOfProbe(TypedDict):
    dimensions: Dimensions


class _ByFold(TypedDict):
    scores: _ClassesOfProbe | _DimensionsOfProbe


class _LayerOfProbe(Choice, _ByFold):
    pass


class ScoredProbe(_Criterion):
    """The same, once its experiment was decoded."""

    choice: str
    folds: list[_FoldChoice]
    pooled: Choice
    layers: list[_LayerOfProbe]
    by_fold: _ByFold
