"""Predict each fold's test side with the weights that its validation side chose.

Usage: the arguments of the training
  python -m sentemo.bin.decode --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --exp exp/ser_scratch
"""

import argparse

from sentemo.core.errors import SentemoError, run_command
from sentemo.experiment.ser import (
    add_fold_arguments,
    each_fold,
    fold_experiment,
    fold_jobs,
    is_done,
    use_one_gpu,
)
from sentemo.folds.run import predict_test, predict_together
from sentemo.scoring.predictions import write_answers


def main(argv: list[str] | None = None) -> None:
    """Write `predictions/test.tsv`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    add_fold_arguments(parser)
    args = parser.parse_args(argv)
    use_one_gpu(args)
    experiment = fold_experiment(args)
    if not is_done(experiment, "train", args.task):
        raise SentemoError(
            f"{args.exp}: not trained with these settings. Run the train stage first."
        )
    if is_done(experiment, "decode", args.task):
        print(f"{args.exp}: predictions are up to date")
        return
    experiment.claim()
    labels, jobs = fold_jobs(args)
    predictions = []
    decoded = each_fold(predict_test, jobs, args, "decode", predict_together)
    for done, (_, found) in enumerate(decoded, start=1):
        predictions += found
        print(f"{done}/{len(jobs)} folds, {len(predictions)} predictions", flush=True)
    write_answers(args.exp, "test", labels, predictions)
    experiment.finish("decode")


if __name__ == "__main__":
    run_command(main)
