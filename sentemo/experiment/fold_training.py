"""The progress of training an experiment's folds, and the validation predictions in the end."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from humanfriendly import format_timespan

from sentemo.folds.job import FoldJob, TrainedFold
from sentemo.scoring.predictions import AnyPrediction, write_prediction_tables
from sentemo.scoring.summary import summary

SHORT = 10  # seconds: a duration below has decimals


def announce_training(directory: Path, folds: int, joint: bool) -> None:
    """Say how folds are about to be trained, and where the output of the training goes."""
    how, where = ("in one pass", "") if joint else ("one by one", "fold_*/")
    output = f"{directory}/{where}train.log"
    print(f"{directory}: training {folds} folds {how}; output in {output}", flush=True)


def follow_training(
    directory: Path,
    jobs: Sequence[FoldJob],
    trained: Iterable[tuple[FoldJob, TrainedFold]],
    joint: bool,
) -> None:
    """Print what was chosen for each fold as it comes; write predictions of all validation sides.

    Parameters
    ----------
    trained
        Each of the jobs with its outcome, when it is done.
    joint
        Whether one pass trains all folds, so that no time is left after the first.
    """
    started, labels, valid = time.perf_counter(), jobs[0].labels, list[AnyPrediction]()
    for done, (job, result) in enumerate(trained, start=1):
        valid += result.valid
        left = (time.perf_counter() - started) / done * (len(jobs) - done)
        print(
            f"fold {job.fold.number}: {result.chosen}, valid {summary(labels, result.valid)}, "
            f"{_duration(result.seconds)}; {done}/{len(jobs)} folds"
            + ("" if joint else f", about {format_timespan(round(left))} left"),
            flush=True,
        )
    write_prediction_tables(directory, "valid", labels, valid)
    print(f"{directory}: pooled validation {summary(labels, valid)} over {len(valid)} predictions")


def _duration(seconds: float) -> str:
    return format_timespan(round(seconds, 1) if seconds < SHORT else round(seconds))
