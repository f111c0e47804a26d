"""Every fold of a cross-validation, in worker processes that load ESPnet once each."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sentemo.data.features import FeatureDir
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import Fold
from sentemo.errors import SentemoError
from sentemo.predictions import Prediction

Result = TypeVar("Result")


@dataclass(frozen=True)
class FoldJob:
    """One fold of an experiment, with all that its worker process needs.

    Attributes
    ----------
    exp
        The fold's directory.
    config
        Training configuration.
    settings
        Arguments of the task beyond the configuration.
    threads
        Threads of the worker. One where several folds are trained, whatever `--nj`: sums in
        another order would give other numbers.
    """

    fold: Fold
    exp: Path
    config: Path
    labels: list[str]
    utterances: list[Utterance]
    features: FeatureDir
    settings: dict[str, Any]
    threads: int


def run_folds(
    work: Callable[[FoldJob], Result], jobs: Sequence[FoldJob], processes: int
) -> Iterator[tuple[FoldJob, Result]]:
    """Run `work` on every fold, yielding as they finish; each prints to its own log.

    Raises
    ------
    SentemoError
        When a fold fails; folds that finished before stay finished.
    """
    # Spawned, not forked: a process that forks after torch started its threads can hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(processes, max(len(jobs), 1)), mp_context=context)
    with pool:
        futures = {pool.submit(work, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise SentemoError(
                "A worker process was killed, most likely for want of memory. "
                "Use fewer at once (--nj 1) and run the same command again."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class TrainedFold:
    """How a fold's training ended: its best epoch, and what that says of the validation side."""

    best_epoch: int
    epochs: int
    seconds: float
    valid: list[Prediction]


def train_fold(job: FoldJob) -> TrainedFold:
    """Train one fold, and predict its validation side with the best epoch."""
    from sentemo.training.logs import log_to

    started = time.perf_counter()
    with log_to(job.exp / "train.log"):
        from sentemo.training.ser import predict_side, train_on_fold

        best_epoch, epochs = train_on_fold(job)
        return TrainedFold(
            best_epoch, epochs, time.perf_counter() - started, predict_side(job, "valid")
        )


def predict_test(job: FoldJob) -> list[Prediction]:
    """Predict one fold's test side with its best epoch."""
    from sentemo.training.logs import log_to

    with log_to(job.exp / "decode.log"):
        from sentemo.training.ser import predict_side

        return predict_side(job, "test")
