"""The scores of an experiment's predictions: WA, UA, macro-F1 or CCC, intervals, folds, recalls."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.markers import Marker
from sentemo.core.version import __version__
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.splits import Fold
from sentemo.data.targets import TARGET_TABLES
from sentemo.experiment.description import fold_tables
from sentemo.folds.probe_table import PROBE_TABLE, choice_in_words, read_probe_table
from sentemo.scoring.check import check_predictions
from sentemo.scoring.classes import score_corpora, score_predictions
from sentemo.scoring.dimensions import MEAN, score_dimensions
from sentemo.scoring.groupings import Grouping, grouping_tables, read_groupings
from sentemo.scoring.groups import score_groups
from sentemo.scoring.limits import limited_folds, score_limits
from sentemo.scoring.predictions import (
    DimensionPrediction,
    Prediction,
    count_predictions,
    predictions_file,
    read_dimension_predictions,
    read_predictions,
)
from sentemo.scoring.scores_file import experiment_targets, read_scores_file, write_scores

SCORED_SIDES = ("valid", "test")
SCORES = "scores.json"
CONTENT = 3  # what is scored; it counts what was added, so that older scores are made again


def score_experiment(
    directory: Path, data: Path, folds: Path, labels: Path | None = None
) -> dict[str, Any]:
    """Write `scores.json`, unless it is that of these very predictions, and return its content.

    Parameters
    ----------
    directory
        Directory of an experiment, a baseline or a fusion.
    data, folds
        Data directory and fold file that it was trained with.
    labels
        Labels file, where classes were learnt.

    Raises
    ------
    SentemoError
        When a file is missing, or when the predictions do not fit the data.
    """
    targets = experiment_targets(directory)
    marker = _marker(directory, data, folds, labels)
    if (directory / SCORES).is_file() and marker.is_current():
        print(f"{directory}/{SCORES}: up to date")
        return read_scores_file(directory / SCORES)
    utterances = read_data_dir(data)
    read = read_folds(folds, utterances)
    scores: dict[str, Any] = {}
    if "avd" in targets:
        scores |= _score_dimensions(directory, utterances, read)
    if "label" in targets and labels is not None:
        groupings = read_groupings(data, utterances)
        scores |= _score_classes(directory, labels, utterances, read, groupings)
    if probe := read_probe_table(directory):
        scores["probe"] = probe
    write_scores(directory, "ser", scores)
    scores = read_scores_file(directory / SCORES)  # checked: the probe's table may be damaged
    marker.write()
    print(f"{directory}: {_in_words(scores)}")
    return scores


def is_scored(directory: Path, data: Path, folds: Path, labels: Path | None = None) -> bool:
    """Tell whether `scores.json` is that of these very predictions.

    Raises
    ------
    SentemoError
        When there are no predictions.
    """
    marker = _marker(directory, data, folds, labels)
    return (directory / SCORES).is_file() and marker.is_current()


def _marker(directory: Path, data: Path, folds: Path, labels: Path | None) -> Marker:
    targets = experiment_targets(directory)
    inputs = [directory / predictions_file(target, s) for target in targets for s in SCORED_SIDES]
    if "label" in targets:
        if labels is None:
            raise SentemoError(f"{directory} predicts classes. Give --labels.")
        inputs.append(labels)
    inputs += [folds, directory / "experiment.json"]
    if (directory / PROBE_TABLE).is_file():
        inputs.append(directory / PROBE_TABLE)
    inputs += fold_tables(data, *(TARGET_TABLES[target] for target in targets))
    inputs += grouping_tables(data)
    for path in inputs:
        if not path.is_file():
            raise SentemoError(f"{path} is missing. Run the stage that makes it first.")
    options = {"sentemo": __version__, "content": CONTENT}
    return Marker(directory / ".done.score.json", inputs, options)


def _score_classes(
    directory: Path,
    labels_file: Path,
    utterances: Sequence[Utterance],
    folds: Sequence[Fold],
    groupings: Sequence[Grouping],
) -> dict[str, Any]:
    labels = read_labels(labels_file)
    predictions: dict[str, list[Prediction]] = {}
    for side in SCORED_SIDES:
        path = directory / predictions_file("label", side)
        order, predictions[side] = read_predictions(path)
        if order != labels:
            raise SentemoError(
                f"{path}: its labels are {' '.join(order)}, those of {labels_file} are "
                f"{' '.join(labels)}. Run the train and decode stages again."
            )
        check_predictions(
            str(path), side, predictions[side], labels=labels, utterances=utterances, folds=folds
        )
    scores = score_predictions(labels, predictions["valid"], predictions["test"])
    limited = limited_folds(labels, predictions["valid"], predictions["test"])
    scores["limits"] = score_limits(labels, predictions["valid"], predictions["test"], limited)
    calibrated = [p for fold in limited.values() for p in fold.test]
    if groups := score_groups(labels, calibrated, groupings):
        scores["groups"] = groups
    corpora = {utt.id: utt.corpus for utt in utterances if utt.corpus and not utt.is_guest}
    if corpora:
        scores["corpora"] = score_corpora(labels, predictions["test"], corpora)
    return scores


def _score_dimensions(
    directory: Path, utterances: Sequence[Utterance], folds: Sequence[Fold]
) -> dict[str, Any]:
    predictions: dict[str, list[DimensionPrediction]] = {}
    for side in SCORED_SIDES:
        path = directory / predictions_file("avd", side)
        predictions[side] = read_dimension_predictions(path)
        check_predictions(
            str(path), side, predictions[side], labels=None, utterances=utterances, folds=folds
        )
    found = score_dimensions(predictions["valid"], predictions["test"])
    return {"counts": count_predictions(predictions["test"]), "dimensions": found}


def _in_words(scores: dict[str, Any]) -> str:
    found = []
    if "test" in scores:
        found += [f"{m.upper()} {100 * scores['test'][m]['pooled']:.1f} %" for m in ("wa", "ua")]
    if "dimensions" in scores:
        test = scores["dimensions"]["test"]
        found += [f"CCC of {name} {test[name]['pooled']:.3f}" for name in test if name != MEAN]
    counted = scores["counts"]
    return (
        f"{', '.join(found)} of {counted['utterances']} utterances in "
        f"{counted['folds']} fold{'s' * (counted['folds'] > 1)}"
        + (f"; {choice_in_words(scores['probe'])}" if "probe" in scores else "")
    )
