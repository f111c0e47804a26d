"""Train every fold of an emotion recogniser, and report the pooled validation result.

Usage:
  python -m sentemo.bin.train --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --corpus emodb \
      --protocol "leave one speaker out" --exp exp/ser_scratch
"""

import argparse
import time
from pathlib import Path

from humanfriendly import format_timespan

from sentemo.bin.fold_jobs import add_fold_arguments, corpus_notes, fold_experiment, fold_jobs
from sentemo.errors import run_command
from sentemo.metrics import unweighted_accuracy
from sentemo.predictions import Prediction, write_predictions
from sentemo.scoring import predictions_confusion
from sentemo.training.folds import FoldJob, train_fold
from sentemo.workers import run_in_workers


def main(argv: list[str] | None = None) -> None:
    """Train the folds that are not finished yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    add_fold_arguments(parser)
    parser.add_argument("--corpus", required=True, help="named in the results")
    parser.add_argument("--protocol", required=True, help="named in the results")
    parser.add_argument("--title", help="named in the results (default: after the configuration)")
    args = parser.parse_args(argv)
    experiment = fold_experiment(args)
    if experiment.is_done("train", "predictions/valid.tsv"):
        print(f"{args.exp}: training is finished")
        return
    name = args.config.stem.removeprefix("train_ser_")
    upstream = args.asr_model.resolve().name if args.asr_model else None
    experiment.start(
        corpus=args.corpus,
        title=args.title or (f"{name}, {upstream}" if upstream else name),
        protocol=args.protocol,
        seed=args.seed,
        asr_model=upstream,
        notes=corpus_notes(args.data, args.dump),
    )
    labels, jobs = fold_jobs(args)
    _train(args.exp, labels, jobs, args.nj)
    experiment.finish("train")


def _train(exp: Path, labels: list[str], jobs: list[FoldJob], processes: int) -> None:
    print(f"{exp}: training {len(jobs)} folds; output in {exp}/fold_*/train.log", flush=True)
    started, valid = time.perf_counter(), []
    for done, (job, result) in enumerate(run_in_workers(train_fold, jobs, processes), start=1):
        valid += result.valid
        left = (time.perf_counter() - started) / done * (len(jobs) - done)
        print(
            f"fold {job.fold.number}: best epoch {result.best_epoch} of {result.epochs}, "
            f"valid UA {_mean_recall(result.valid, labels):.3f}, "
            f"{format_timespan(round(result.seconds))}; "
            f"{done}/{len(jobs)} folds, about {format_timespan(round(left))} left",
            flush=True,
        )
    write_predictions(exp / "predictions" / "valid.tsv", labels, valid)
    pooled = _mean_recall(valid, labels)
    print(f"{exp}: pooled validation UA {pooled:.4f} over {len(valid)} predictions")


def _mean_recall(predictions: list[Prediction], labels: list[str]) -> float:
    return float(unweighted_accuracy(predictions_confusion(labels, predictions)))


if __name__ == "__main__":
    run_command(main)
