"""Score an experiment's predictions: WA, UA, macro-F1, intervals, folds, recalls.

Usage:
  python -m sentemo.bin.score --exp exp/ser_scratch --data data/all --labels labels.txt \
      --folds folds/loso.tsv
"""

import argparse
from pathlib import Path

import sentemo
from sentemo.bin.fold_jobs import fold_tables
from sentemo.data.kaldi import read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.splits import read_folds
from sentemo.errors import SentemoError, run_command
from sentemo.predictions import read_predictions
from sentemo.scoring import check_predictions, score_predictions, write_scores
from sentemo.stages import Marker


def main(argv: list[str] | None = None) -> None:
    """Write `scores.json`, unless it is that of these very predictions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--labels", type=Path, required=True, help="labels file")
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    args = parser.parse_args(argv)

    predicted = {side: args.exp / "predictions" / f"{side}.tsv" for side in ("valid", "test")}
    inputs = [*predicted.values(), args.labels, args.folds, args.exp / "experiment.json"]
    inputs += fold_tables(args.data)
    for path in inputs:
        if not path.is_file():
            raise SentemoError(f"{path} is missing. Run the stage that makes it first.")
    marker = Marker(args.exp / ".done.score.json", inputs, {"sentemo": sentemo.__version__})
    if (args.exp / "scores.json").is_file() and marker.is_current():
        print(f"{args.exp}/scores.json: up to date")
        return

    labels = read_labels(args.labels)
    utterances = read_data_dir(args.data)
    folds = read_folds(args.folds, utterances)
    predictions = {}
    for side, path in predicted.items():
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
    scores = score_predictions(labels, predictions["valid"], predictions["test"])
    write_scores(args.exp, "ser", scores)
    marker.write()
    wa, ua = (100 * scores["test"][name]["pooled"] for name in ("wa", "ua"))
    counts = scores["counts"]
    print(
        f"{args.exp}: WA {wa:.1f} %, UA {ua:.1f} % of {counts['utterances']} utterances in "
        f"{counts['folds']} fold{'s' * (counts['folds'] > 1)}"
    )


if __name__ == "__main__":
    run_command(main)
