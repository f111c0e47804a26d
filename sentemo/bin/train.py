"""Train every fold of an emotion recogniser, and report the pooled validation result.

Usage:
  python -m sentemo.bin.train --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --exp exp/ser_scratch
"""

import argparse
import os
import time
from pathlib import Path

from humanfriendly import format_timespan

from sentemo.core.errors import run_command
from sentemo.data.kaldi import Utterance
from sentemo.experiment.ser import (
    add_fold_arguments,
    describe_data,
    each_fold,
    fold_experiment,
    fold_jobs,
    is_done,
    other_corpora,
    speeds_of_copies,
    trained_together,
)
from sentemo.folds.job import FoldJob
from sentemo.folds.run import train_fold, train_together
from sentemo.scoring.classes import in_short
from sentemo.scoring.predictions import write_answers
from sentemo.upstreams import model_name


def main(argv: list[str] | None = None) -> None:
    """Train the folds that are not finished yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    add_fold_arguments(parser)
    parser.add_argument("--corpus", help="named in the results (default: as in the data)")
    parser.add_argument("--title", help="named in the results (default: after the configuration)")
    args = parser.parse_args(argv)
    experiment = fold_experiment(args)
    if is_done(experiment, "train", args.task):
        print(f"{args.exp}: training is finished")
        return
    labels, jobs = fold_jobs(args)
    upstream = model_name(args.asr_model) if args.asr_model else None
    utterances = jobs[0].utterances
    described = describe_data(
        args.data, args.dump, args.folds, [job.fold for job in jobs], utterances
    )
    if args.corpus:
        described["corpus"] = args.corpus
    if args.text:
        described["notes"].append(f"transcripts: {os.path.relpath(args.text)}")
    experiment.start(
        title=args.title or _title(args.config, upstream, utterances),
        seed=args.seed,
        asr_model=upstream,
        task=args.task,
        trained_with=other_corpora(utterances),
        **described,
    )
    _train(args, labels, jobs)
    experiment.finish("train")


def _title(config: Path, upstream: str | None, utterances: list[Utterance]) -> str:
    """Name an experiment: its configuration, the ASR model, further corpora, copies' speeds."""
    name = config.stem.removeprefix("train_").removeprefix("ser_")
    others = [f"with {corpus}" for corpus in other_corpora(utterances)]
    more = [*others, *speeds_of_copies(utterances)]
    return ", ".join([name, *([upstream] if upstream else []), *more])


def _train(args: argparse.Namespace, labels: list[str] | None, jobs: list[FoldJob]) -> None:
    started, valid, joint = time.perf_counter(), [], trained_together(args)
    how, where = ("in one pass", "") if joint else ("one by one", "fold_*/")
    output = f"{args.exp}/{where}train.log"
    print(f"{args.exp}: training {len(jobs)} folds {how}; output in {output}", flush=True)
    trained = each_fold(train_fold, jobs, args, "train", train_together)
    for done, (job, result) in enumerate(trained, start=1):
        valid += result.valid
        left = (time.perf_counter() - started) / done * (len(jobs) - done)
        print(
            f"fold {job.fold.number}: best epoch {result.best_epoch} of {result.epochs}, "
            f"valid {in_short(labels, result.valid)}, "
            f"{format_timespan(round(result.seconds))}; {done}/{len(jobs)} folds"
            + ("" if joint else f", about {format_timespan(round(left))} left"),
            flush=True,
        )
    write_answers(args.exp, "valid", labels, valid)
    print(f"{args.exp}: pooled validation {in_short(labels, valid)} over {len(valid)} predictions")


if __name__ == "__main__":
    run_command(main)
