"""Late fusion: the predictions of several models for an utterance become one.

Of classes, each fold's models are calibrated by a temperature on the fold's validation side (Guo et
al. 2017), then their log probabilities are averaged: a geometric mean without weights chosen by
hand. Dimensions are averaged as they are: all models predict on the corpus' own scale.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sentemo.core.errors import Problems
from sentemo.core.files import write_json
from sentemo.core.markers import Marker
from sentemo.scoring.predictions import (
    DimensionPrediction,
    Prediction,
    PredictionT,
    predictions_file,
    read_dimension_predictions,
    read_predictions,
    write_dimension_predictions,
    write_predictions,
)
from sentemo.scoring.scores_file import EXPERIMENT, experiment_targets, read_experiment
from sentemo.scoring.temperature import fit_temperature, log_probabilities, softmax, tempered


def fuse_experiments(members: Sequence[Path], exp: Path, side: str) -> None:
    """Write a fused experiment's predictions of a side, and its description.

    Parameters
    ----------
    members
        Directories of experiments that learnt the same targets and predicted the same folds.
    exp
        The fused experiment's directory.
    side
        ``valid`` or ``test``; for both, the members' validation predictions are read.
    """
    marker, targets = _marker(members, exp, side), experiment_targets(members[0])
    if "label" in targets:
        _fuse_classes(members, exp, side)
    if "avd" in targets:
        _fuse_dimensions(members, exp, side)
    described = read_experiment(members[0])
    described |= {
        "title": " + ".join(member.name for member in members),
        "epochs": "the members'" + "; temperatures by validation loss" * ("label" in targets),
    }
    write_json(exp / EXPERIMENT, described)
    marker.write()


def is_fused(members: Sequence[Path], exp: Path, side: str) -> bool:
    """Tell whether a side was fused from the present predictions of these members."""
    if not all((member / EXPERIMENT).is_file() for member in members):
        return False
    needed = [*_tables(members, members, side), *_tables(members, [exp], side)]
    return all(file.is_file() for file in needed) and _marker(members, exp, side).is_current()


def _marker(members: Sequence[Path], exp: Path, side: str) -> Marker:
    inputs = [file for name in {"valid", side} for file in _tables(members, members, name)]
    return Marker(exp / f".done.fuse_{side}.json", inputs, {})


def _tables(members: Sequence[Path], exps: Sequence[Path], side: str) -> list[Path]:
    """Return the tables that experiments have for what the members learnt."""
    targets = experiment_targets(members[0])
    return [exp / predictions_file(target, side) for exp in exps for target in targets]


def _fuse_classes(members: Sequence[Path], exp: Path, side: str) -> None:
    read = {
        name: [read_predictions(member / predictions_file("label", name)) for member in members]
        for name in {"valid", side}
    }
    labels = read[side][0][0]
    valid, wanted = ([found for _, found in read[name]] for name in ("valid", side))
    fused = fuse(labels, valid, wanted)
    write_predictions(exp / predictions_file("label", side), labels, fused)


def _fuse_dimensions(members: Sequence[Path], exp: Path, side: str) -> None:
    table = predictions_file("avd", side)
    fused = fuse_dimensions([read_dimension_predictions(member / table) for member in members])
    write_dimension_predictions(exp / table, fused)


def fuse(
    labels: Sequence[str],
    valid: Sequence[Sequence[Prediction]],
    wanted: Sequence[Sequence[Prediction]],
) -> list[Prediction]:
    """Fuse the predictions of several models for the same utterances.

    Parameters
    ----------
    labels
        Label order.
    valid
        Each model's predictions of the validation sides, which set its temperatures.
    wanted
        Each model's predictions of the side to fuse.

    Raises
    ------
    SentemoError
        Naming utterances that one of the models did not predict.
    """
    by_utterance = _by_utterance(wanted)
    temperatures = [_temperatures(labels, found) for found in valid]
    fused = []
    for key, first in by_utterance[0].items():
        scores = [
            log_probabilities(tempered(found[key].probabilities, temperature[key[0]]))
            for temperature, found in zip(temperatures, by_utterance, strict=True)
        ]
        probabilities = softmax(np.mean(scores, axis=0))
        predicted = labels[int(probabilities.argmax())]
        fused.append(
            replace(first, predicted=predicted, probabilities=tuple(probabilities.tolist()))
        )
    return fused


def fuse_dimensions(models: Sequence[Sequence[DimensionPrediction]]) -> list[DimensionPrediction]:
    """Average several models' predictions of activation, valence and dominance.

    Parameters
    ----------
    models
        Each model's predictions of the same utterances.

    Raises
    ------
    SentemoError
        Naming utterances that one of the models did not predict.
    """
    by_utterance = _by_utterance(models)
    fused = []
    for key, first in by_utterance[0].items():
        mean = np.mean([found[key].predicted for found in by_utterance], axis=0)
        fused.append(replace(first, predicted=tuple(mean.tolist())))
    return fused


def _by_utterance(
    models: Sequence[Sequence[PredictionT]],
) -> list[dict[tuple[int, str], PredictionT]]:
    """Return each model's predictions by fold and utterance, insisting that none lacks one."""
    by_utterance = [{(p.fold, p.utterance): p for p in found} for found in models]
    problems = Problems("the models to fuse")
    all_keys: set[tuple[int, str]] = set().union(*by_utterance)
    for number, found in enumerate(by_utterance, start=1):
        for fold, utterance in sorted(all_keys - found.keys()):
            problems.add("missing prediction", utterance, f"of model {number}, in fold {fold}")
    problems.raise_if_any("Fuse models that were trained on the same data and folds.")
    return by_utterance


def _temperatures(labels: Sequence[str], valid: Sequence[Prediction]) -> dict[int, float]:
    """Return the temperature of each fold, by the loss on its validation side."""
    return {
        fold: fit_temperature(labels, [p for p in valid if p.fold == fold])
        for fold in {p.fold for p in valid}
    }
