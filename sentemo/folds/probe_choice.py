"""A linear probe of every layer and of all together: which layer and penalty validation chooses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from sentemo.data.splits import side_of_fold
from sentemo.data.targets import targets_of
from sentemo.folds.job import FoldJob
from sentemo.folds.ridge import (
    ClassTarget,
    DimensionTarget,
    ProbeTarget,
    Standardisation,
    ridge_solutions,
)
from sentemo.states.kept import KeptStates

ALL_LAYERS = "all"
# With more of both utterances and features, all layers together would take hours and gigabytes.
LARGEST_SYSTEM = 12_000


@dataclass(frozen=True)
class Setting:
    """Layers that a probe reads, by name (or `ALL_LAYERS`), and its penalty."""

    layer: str
    penalty: float


@dataclass(frozen=True)
class LinearMap:
    """What a probe learnt: outputs are ``inputs @ weights + bias``.

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
        ``model_conf.encoder_layer``: ``best`` tries every layer and all together, any other value
        is the only candidate.
    """

    def __init__(self, jobs: Sequence[FoldJob], kept: KeptStates, setting: str | int) -> None:
        self.jobs, self.kept = jobs, kept
        self.utterances = sorted(utt.id for utt in jobs[0].utterances)
        self._row = {utt: row for row, utt in enumerate(self.utterances)}
        numbered = [name for name in kept.layers if name != "last"]
        self.all_layers = numbered or list(kept.layers)
        if setting == ALL_LAYERS:
            self.candidates = [ALL_LAYERS]
        elif setting != "best":
            self.candidates = [kept.name_of(str(setting))]
        else:
            self.candidates = self.all_layers + [ALL_LAYERS] * self._may_join()

    def _may_join(self) -> bool:
        features = 2 * self.kept.size * len(self.all_layers)
        smaller = min(len(self.utterances), features)
        return len(self.all_layers) > 1 and smaller <= LARGEST_SYSTEM

    def layers_of(self, candidate: str) -> list[str]:
        """Return the names of the layers that a candidate reads."""
        return self.all_layers if candidate == ALL_LAYERS else [candidate]

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
        found: list[ProbeTarget] = []
        for target in targets_of(first.utterances, first.labels, first.scale):
            values = np.array([target.rows[utt] for utt in self.utterances])
            if target.name == "label":
                found.append(ClassTarget(values[:, 0], len(first.labels or ())))
            else:
                found.append(DimensionTarget(values))
        return found

    def maps(
        self, pooled: np.ndarray, train: np.ndarray, target: ProbeTarget, penalties: Sequence[float]
    ) -> Iterator[LinearMap]:
        """Learn from the utterances of these rows, and yield the map of every penalty.

        Parameters
        ----------
        pooled
            What `pooled` returned.
        """
        inputs = pooled[train].reshape(len(train), -1)
        standard = Standardisation.of(inputs)
        centred, mean, weights = target.training(train)
        root = np.sqrt(pooled.shape[1])  # several layers together weigh as much as one
        for found in ridge_solutions(standard.apply(inputs) / root, centred, weights, penalties):
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
        The choice by the validation sides of all folds together. These have all speakers where
        speakers take turns, so it is no estimate for a new corpus, but the usual protocol.
    of_layer
        The same for every candidate by itself.
    """

    folds: list[Setting]
    pooled: Setting
    of_layer: dict[str, Setting]


def choose(data: ProbeData, penalties: Sequence[float]) -> ProbeChoice:
    """Learn a probe of every candidate, fold and penalty, and choose by the loss on validation."""
    settings = [Setting(layer, penalty) for layer in data.candidates for penalty in penalties]
    losses = np.zeros((len(settings), len(data.jobs)))
    pooled_losses = np.zeros(len(settings))
    valid = [data.rows(job, "valid") for job in data.jobs]
    for first, layer in zip(range(0, len(settings), len(penalties)), data.candidates, strict=True):
        pooled = data.pooled(layer)
        for target in data.targets:
            scaled: list[list[np.ndarray]] = [[] for _ in penalties]
            for fold, job in enumerate(data.jobs):
                maps = data.maps(pooled, data.rows(job, "train"), target, penalties)
                for index, found in enumerate(maps):
                    outputs = found(pooled[valid[fold]])
                    outputs = outputs * target.scale(outputs, valid[fold])
                    losses[first + index, fold] += target.loss(outputs, valid[fold])
                    scaled[index].append(outputs)
            rows = np.concatenate(valid)
            for index, outputs_of_folds in enumerate(scaled):
                pooled_losses[first + index] += target.loss(np.concatenate(outputs_of_folds), rows)
    by_layer = {
        layer: settings[first + int(np.argmin(pooled_losses[first : first + len(penalties)]))]
        for first, layer in zip(
            range(0, len(settings), len(penalties)), data.candidates, strict=True
        )
    }
    return ProbeChoice(
        folds=[settings[index] for index in losses.argmin(axis=0)],
        pooled=settings[int(pooled_losses.argmin())],
        of_layer=by_layer,
    )
