"""Scores of a linear probe of each layer by itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sentemo.core.files import write_json
from sentemo.core.structured import read_json
from sentemo.folds.job import FoldJob
from sentemo.folds.probe_choice import LinearMap, ProbeData, Setting
from sentemo.folds.ridge import ProbeTarget
from sentemo.folds.separate import predictions
from sentemo.models.ser import SpeechEmotionModel
from sentemo.scoring.classes import score_predictions
from sentemo.scoring.dimensions import score_dimensions
from sentemo.scoring.predictions import AnyPrediction, DimensionPrediction, Prediction
from sentemo.scoring.schemas.probe import ProbeTable


def final_maps(
    data: ProbeData,
    job: FoldJob,
    setting: Setting,
    pooled: np.ndarray | None = None,
    scales: Mapping[str, float] | None = None,
) -> dict[str, LinearMap]:
    """Learn a fold's maps by target, with outputs that are logits or dimensions.

    Parameters
    ----------
    pooled
        What `ProbeData.pooled` returns for the layer of the setting.
    scales
        Factors of the outputs by target; None lets the fold's validation side choose them.
    """
    if pooled is None:
        pooled = data.pooled(setting.layer)
    found, valid = {}, data.rows(job, "valid")
    for target in data.targets:
        learnt = _map(data, pooled, job, setting, target)
        scale = scales[target.name] if scales else target.scale(learnt(pooled[valid]), valid)
        found[target.name] = learnt.scaled(scale)
    return found


def _map(
    data: ProbeData, pooled: np.ndarray, job: FoldJob, setting: Setting, target: ProbeTarget
) -> LinearMap:
    [found] = data.maps(pooled, data.rows(job, "train"), target, [setting.penalty])
    return found


def validation_scales(data: ProbeData, setting: Setting) -> dict[str, float]:
    """Return the factor of the outputs that fits the validation sides of all folds, by target.

    One validation side alone is often one speaker, who is easy or hard, and says nothing of how
    sure a model may be of the next one.
    """
    pooled = data.pooled(setting.layer)
    valid = [data.rows(job, "valid") for job in data.jobs]
    found = {}
    for target in data.targets:
        outputs = [
            _map(data, pooled, job, setting, target)(pooled[rows])
            for job, rows in zip(data.jobs, valid, strict=True)
        ]
        found[target.name] = target.scale(np.concatenate(outputs), np.concatenate(valid))
    return found


@torch.no_grad()
def score_layers(data: ProbeData, model: SpeechEmotionModel, table_file: Path) -> None:
    """Add to the table the scores of each layer, with the penalty chosen for it on validation.

    Parameters
    ----------
    model
        A model with the heads of the experiment, whose weights do not matter.
    """
    table = dict[str, Any](read_json(table_file, ProbeTable))
    for row in table["layers"]:
        row["scores"] = _score(
            data, model, [Setting(row["layer"], row["penalty"])] * len(data.jobs)
        )
    own = [Setting(row["layer"], row["penalty"]) for row in table["folds"]]
    table["by_fold"] = {"scores": _score(data, model, own)}
    write_json(table_file, table)


def _score(
    data: ProbeData, model: SpeechEmotionModel, settings: Sequence[Setting]
) -> dict[str, Any]:
    """Score probes with one setting for each fold."""
    found: dict[str, list[AnyPrediction]] = {"valid": [], "test": []}
    read = {layer: data.pooled(layer) for layer in {setting.layer for setting in settings}}
    for job, setting in zip(data.jobs, settings, strict=True):
        pooled = read[setting.layer]
        maps = final_maps(data, job, setting, pooled)
        for side in found:
            rows = data.rows(job, side)
            outputs = {name: torch.from_numpy(of(pooled[rows])) for name, of in maps.items()}
            records = model.records(outputs, data.batch(rows), data.names(rows))
            found[side] += predictions(job, records)
    return _scores(data.jobs[0].labels, found)


def _scores(labels: Sequence[str] | None, found: dict[str, list[AnyPrediction]]) -> dict[str, Any]:
    """Return the scores of both sides, as `scores.json` has them."""
    classes = {side: [p for p in of if isinstance(p, Prediction)] for side, of in found.items()}
    dimensions = {
        side: [p for p in of if isinstance(p, DimensionPrediction)] for side, of in found.items()
    }
    scores: dict[str, Any] = {}
    if labels:
        scored = score_predictions(labels, classes["valid"], classes["test"])
        scores |= {side: scored[side] for side in ("valid", "test")}
    if dimensions["test"]:
        scores["dimensions"] = score_dimensions(dimensions["valid"], dimensions["test"])
    return scores
