"""Score an experiment's predictions: WA, UA, macro-F1 or CCC, intervals, folds, recalls.

Usage:
  python -m sentemo.bin.score --exp exp/ser_scratch --data data/all --labels labels.txt \
      --folds folds/loso.tsv
"""

import argparse
import json
from pathlib import Path
from typing import Any

import sentemo
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markers import Marker
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.splits import Fold
from sentemo.data.targets import TABLES, TASKS
from sentemo.experiment.ser import fold_tables
from sentemo.scoring.classes import check_predictions, counts, score_predictions, write_scores
from sentemo.scoring.dimensions import MEAN, score_dimensions
from sentemo.scoring.predictions import (
    DimensionPrediction,
    Prediction,
    predictions_file,
    read_dimension_predictions,
    read_predictions,
)

SIDES = ("valid", "test")


def main(argv: list[str] | None = None) -> None:
    """Write `scores.json`, unless it is that of these very predictions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--labels", type=Path, help="labels file, where classes were learnt")
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    args = parser.parse_args(argv)

    targets = _targets(args.exp)
    if "label" in targets and args.labels is None:
        raise SentemoError(f"{args.exp} predicts classes. Give --labels.")
    inputs = [args.exp / predictions_file(target, s) for target in targets for s in SIDES]
    inputs += [args.labels] if "label" in targets else []
    inputs += [args.folds, args.exp / "experiment.json"]
    inputs += fold_tables(args.data, *(TABLES[target] for target in targets))
    for path in inputs:
        if not path.is_file():
            raise SentemoError(f"{path} is missing. Run the stage that makes it first.")
    marker = Marker(args.exp / ".done.score.json", inputs, {"sentemo": sentemo.__version__})
    if (args.exp / "scores.json").is_file() and marker.is_current():
        print(f"{args.exp}/scores.json: up to date")
        return

    utterances = read_data_dir(args.data)
    folds = read_folds(args.folds, utterances)
    scores: dict[str, Any] = {}
    if "avd" in targets:
        scores |= _score_dimensions(args.exp, utterances, folds)
    if "label" in targets:
        scores |= _score_classes(args, utterances, folds)
    write_scores(args.exp, "ser", scores)
    marker.write()
    _report(args.exp, scores)


def _targets(exp: Path) -> tuple[str, ...]:
    """Return what the experiment learnt; of one that is older than the choice, and of a baseline,
    the class.
    """
    described = exp / "experiment.json"
    if not described.is_file():
        raise SentemoError(f"{described} is missing. Run the stage that makes it first.")
    return TASKS[json.loads(described.read_text(encoding="utf-8")).get("task", "label")]


def _score_classes(
    args: argparse.Namespace, utterances: list[Utterance], folds: list[Fold]
) -> dict[str, Any]:
    labels = read_labels(args.labels)
    predictions: dict[str, list[Prediction]] = {}
    for side in SIDES:
        path = args.exp / predictions_file("label", side)
        order, predictions[side] = read_predictions(path)
        if order != labels:
            raise SentemoError(
                f"{path}: its labels are {' '.join(order)}, those of {args.labels} are "
                f"{' '.join(labels)}. Run the train and decode stages again."
            )
        check_predictions(
            str(path),
            side,
            predictions[side],
            labels=labels,
            utterances=utterances,
            folds=folds,
        )
    return score_predictions(labels, predictions["valid"], predictions["test"])


def _score_dimensions(exp: Path, utterances: list[Utterance], folds: list[Fold]) -> dict[str, Any]:
    predictions: dict[str, list[DimensionPrediction]] = {}
    for side in SIDES:
        path = exp / predictions_file("avd", side)
        predictions[side] = read_dimension_predictions(path)
        check_predictions(
            str(path), side, predictions[side], labels=None, utterances=utterances, folds=folds
        )
    found = score_dimensions(predictions["valid"], predictions["test"])
    return {"counts": counts(predictions["test"]), "dimensions": found}


def _report(exp: Path, scores: dict[str, Any]) -> None:
    found = []
    if "test" in scores:
        found += [f"{m.upper()} {100 * scores['test'][m]['pooled']:.1f} %" for m in ("wa", "ua")]
    if "dimensions" in scores:
        test = scores["dimensions"]["test"]
        found += [f"CCC of {name} {test[name]['pooled']:.3f}" for name in test if name != MEAN]
    counted = scores["counts"]
    print(
        f"{exp}: {', '.join(found)} of {counted['utterances']} utterances in "
        f"{counted['folds']} fold{'s' * (counted['folds'] > 1)}"
    )


if __name__ == "__main__":
    run_command(main)
