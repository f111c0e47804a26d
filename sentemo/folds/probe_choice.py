"""A linear probe of every layer and of all together: which layer and penalty validation chooses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from sentemo.data.splits import side_of_fold
from sentemo.data.targets import DISTRIBUTION, targets_of
from sentemo.folds.job import FoldJob
from sentemo.folds.probe_table import TOGETHER, criterion_of
from sentemo.folds.ridge import (
    ClassTarget,
    DimensionTarget,
    ProbeTarget,
    Standardisation,
    balanced_weights,
    ridge_solutions,
)
from sentemo.models.layer_settings import ALL, BEST, LAST, LayerSetting
from sentemo.states.kept import KeptStates

PENALTIES = 10.0 ** np.arange(-2.5, 3, 0.5)
# With more of both utterances and features, all layers together would take hours and gigabytes.
LARGEST_SYSTEM = 12_000


@dataclass(frozen=True)
class Setting:
    """Layers that a probe reads, by name (``3``, ``1+2+3`` or `ALL`), and its penalty.

    The penalty is beside the mean squared error, so that it means the same for sides of any size.
    """

    layer: str
    penalty: float


@dataclass(frozen=True)
class LinearMap:
    """The linear map that a probe learnt: outputs are ``inputs @ weights + bias``.

    Attributes
    ----------
    weights
        ``(layers, 2, size, outputs)``: of mean and deviation of the layers that it reads.
    bias
        ``(outputs,)``.
    """

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, pooled: np.ndarray) -> np.ndarray:
        """Map ``(utterances, layers, 2, size)`` to ``(utterances, outputs)``."""
        return np.tensordot(pooled, self.weights, axes=3) + self.bias

    def scaled(self, factor: float) -> "LinearMap":
        """Return the map whose outputs are larger by a factor."""
        return LinearMap(factor * self.weights, factor * self.bias)


class ProbeData:
    """Pooled states, targets and sides of every fold, for `choose` and for the final probes.

    Parameters
    ----------
    jobs
        All folds of an experiment.
    kept
        States of all utterances.
    setting
        ``model_conf.encoder_layer``: ``best`` makes every layer a candidate, any other value is the
        only one.
    """

    def __init__(self, jobs: Sequence[FoldJob], kept: KeptStates, setting: LayerSetting) -> None:
        self.jobs, self.kept = jobs, kept
        self.utterances = sorted(utt.id for utt in jobs[0].utterances)
        self._row = {utt: row for row, utt in enumerate(self.utterances)}
        numbered = [name for name in kept.layers if name != LAST]
        self.all_layers = numbered or list(kept.layers)
        if setting in (BEST, ALL):
            self.candidates = self.all_layers if setting == BEST else [ALL]
        else:
            named = setting if isinstance(setting, list | tuple) else [setting]
            self.candidates = [TOGETHER.join(kept.name_of(str(layer)) for layer in named)]

    @property
    def shown(self) -> list[str]:
        """Candidates, and all layers together beside each, where that takes no hours."""
        features = 2 * self.kept.size * len(self.all_layers)
        fits = min(len(self.utterances), features) <= LARGEST_SYSTEM
        return self.candidates + [ALL] * (len(self.candidates) > 1 and fits)

    def layers_of(self, candidate: str) -> list[str]:
        """Return the names of the layers that a candidate reads."""
        return self.all_layers if candidate == ALL else candidate.split(TOGETHER)

    def pooled(self, candidate: str) -> np.ndarray:
        """Return mean and deviation of a candidate's layers, ``(utterances, layers, 2, size)``."""
        return self.kept.pooled(self.utterances, self.layers_of(candidate))

    def rows(self, job: FoldJob, side: str) -> np.ndarray:
        """Return the rows of the utterances of a side of a fold."""
        return np.array(
            sorted(self._row[utt.id] for utt in side_of_fold(job.utterances, job.fold, side))
        )

    def names(self, rows: np.ndarray) -> list[str]:
        """Return the utterances of these rows."""
        return [self.utterances[row] for row in rows]

    def batch(self, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """Return the targets of these rows as a model has them in a batch."""
        return {target.name: torch.from_numpy(target.batch(rows)) for target in self.targets}

    @cached_property
    def targets(self) -> list[ProbeTarget]:
        """Targets of all utterances, in the order of their ids."""
        first = self.jobs[0]
        values = {
            target.name: np.array([target.rows[utt] for utt in self.utterances])
            for target in targets_of(first.utterances, first.labels, first.scale)
        }
        found: list[ProbeTarget] = []
        if first.labels:
            numbers, shares = values["label"][:, 0], values.get(DISTRIBUTION)
            classes = len(first.labels)
            criterion = criterion_of(first.config)
            found.append(ClassTarget(numbers, classes, self.corpora, shares, criterion))
        if first.scale:
            found.append(DimensionTarget(values["avd"], self.corpora))
        return found

    @cached_property
    def corpora(self) -> np.ndarray:
        """Number of every utterance's corpus, where several were put together."""
        corpus = {utt.id: utt.corpus or "" for utt in self.jobs[0].utterances}
        return np.unique([corpus[utt] for utt in self.utterances], return_inverse=True)[1]

    def standardisation(self, pooled: np.ndarray, train: np.ndarray) -> Standardisation:
        """Return mean and deviation of the utterances of these rows; all corpora weigh the same.

        Parameters
        ----------
        pooled
            What `pooled` returned.
        """
        inputs = pooled[train].reshape(len(train), -1)
        return Standardisation.of(inputs, balanced_weights(self.corpora[train]))

    def maps(
        self, pooled: np.ndarray, train: np.ndarray, target: ProbeTarget, penalties: Sequence[float]
    ) -> Iterator[LinearMap]:
        """Learn from the utterances of these rows, and yield the map of every penalty.

        Parameters
        ----------
        pooled
            What `pooled` returned.
        """
        return learnt_maps(pooled, train, target, self.corpora, penalties)


def learnt_maps(
    pooled: np.ndarray,
    train: np.ndarray,
    target: ProbeTarget,
    corpora: np.ndarray,
    penalties: Sequence[float],
) -> Iterator[LinearMap]:
    """Learn from the utterances of some rows, and yield the map of every penalty.

    Parameters
    ----------
    pooled
        Mean and deviation of layers, ``(utterances, layers, 2, size)``.
    train
        Rows that are learnt from.
    corpora
        Number of every utterance's corpus; all corpora weigh the same in the inputs' mean.
    """
    inputs = pooled[train].reshape(len(train), -1)
    standard = Standardisation.of(inputs, balanced_weights(corpora[train]))
    centred, mean, weights = target.training(train)
    root = np.sqrt(pooled.shape[1])  # several layers together weigh as much as one
    sums = [penalty * len(train) for penalty in penalties]  # of squares, not of their mean
    for found in ridge_solutions(standard.apply(inputs) / root, centred, weights, sums):
        own = found / standard.deviation[:, None] / root
        bias = mean - standard.mean @ own
        yield LinearMap(own.reshape(*pooled.shape[1:], -1), bias)


@dataclass(frozen=True)
class ProbeChoice:
    """The settings that validation chose.

    Attributes
    ----------
    folds
        Each fold's own choice, by its validation side alone.
    pooled
        The choice by the validation sides of all folds together. Where speakers take turns, these
        have the test speakers of other folds.
    of_layer
        The same choice of a penalty for each layer by itself, and for all together.
    """

    folds: list[Setting]
    pooled: Setting
    of_layer: list[Setting]


def choose(data: ProbeData, penalties: Sequence[float]) -> ProbeChoice:
    """Learn a probe of every candidate, fold and penalty, and choose on validation.

    The criterion is the one that a network's epochs are chosen by; in its loss, all classes weigh
    the same.
    """
    costs = [_validation_costs(data, layer, penalties) for layer in data.shown]
    of_candidates, pooled = costs[: len(data.candidates)], [of_all for _, of_all in costs]
    settings = _settings(data, penalties)
    return ProbeChoice(
        folds=_of_each_fold(settings, [of_folds for of_folds, _ in of_candidates]),
        pooled=settings[int(np.concatenate([of_all for _, of_all in of_candidates]).argmin())],
        of_layer=[
            Setting(layer, penalties[int(losses.argmin())])
            for layer, losses in zip(data.shown, pooled, strict=True)
        ],
    )


def _settings(data: ProbeData, penalties: Sequence[float]) -> list[Setting]:
    return [Setting(layer, penalty) for layer in data.candidates for penalty in penalties]


def _of_each_fold(settings: Sequence[Setting], costs: Sequence[np.ndarray]) -> list[Setting]:
    """Return each fold's best setting; the costs of a candidate are ``(penalties, folds)``."""
    return [settings[index] for index in np.concatenate(costs).argmin(axis=0)]


def _validation_costs(
    data: ProbeData, layer: str, penalties: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the costs of each fold, ``(penalties, folds)``, and of all, ``(penalties,)``."""
    of_folds, of_all = np.zeros((len(penalties), len(data.jobs))), np.zeros(len(penalties))
    pooled = data.pooled(layer)
    valid = [data.rows(job, "valid") for job in data.jobs]
    for target in data.targets:
        scaled: list[list[np.ndarray]] = [[] for _ in penalties]
        for fold, job in enumerate(data.jobs):
            maps = data.maps(pooled, data.rows(job, "train"), target, penalties)
            for index, found in enumerate(maps):
                outputs = found(pooled[valid[fold]])
                outputs = outputs * target.scale(outputs, valid[fold])
                of_folds[index, fold] += target.cost(outputs, valid[fold])
                scaled[index].append(outputs)
        for index, outputs_of_folds in enumerate(scaled):
            of_all[index] += target.cost(np.concatenate(outputs_of_folds), np.concatenate(valid))
    return of_folds, of_all


def best_layers(jobs: Sequence[FoldJob]) -> list[str]:
    """Return the layer of each fold whose probe is the best on the fold's validation side."""
    assert jobs[0].states is not None  # an experiment keeps them before it trains
    data, penalties = ProbeData(jobs, KeptStates(jobs[0].states), BEST), PENALTIES.tolist()
    costs = [_validation_costs(data, layer, penalties)[0] for layer in data.candidates]
    return [setting.layer for setting in _of_each_fold(_settings(data, penalties), costs)]
