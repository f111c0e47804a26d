"""One fold of a cross-validation as a job for a worker process, which loads ESPnet once."""

import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.core.config import read_config
from sentemo.core.locks import hold
from sentemo.data.dimensions import Scale
from sentemo.data.features import FeatureDir
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import Fold
from sentemo.scoring.predictions import Answer

ENCODER = "encoder.pth"  # what is frozen, once for all folds
LOCK = ".training.lock"  # of whoever trains there, which may be a job on another machine
# Options of the task that training all folds in one pass does not know.
NOT_TOGETHER = ("grad_noise", "freeze_param", "exclude_weight_decay", "train_dtype")


@dataclass(frozen=True)
class FoldJob:
    """One fold of an experiment, with all that its worker process needs.

    Attributes
    ----------
    exp
        The fold's directory.
    config
        Training configuration.
    labels
        Classes in their order; None where no class is learnt.
    settings
        Arguments of the task beyond the configuration.
    threads
        Threads of the worker. One where several folds are trained one by one, whatever `--nj`:
        sums in another order would give other numbers.
    texts
        Transcripts that a text encoder reads; None where there is none.
    scale
        Of the dimensions; None where these are not learnt.
    processes
        That train one model, on each node.
    nodes
        Of the Slurm allocation that the worker is in; 1 is its machine.
    """

    fold: Fold
    exp: Path
    config: Path
    labels: list[str] | None
    utterances: list[Utterance]
    features: FeatureDir
    settings: dict[str, Any]
    threads: int
    texts: dict[str, str] | None = None
    scale: Scale | None = None
    processes: int = 1
    nodes: int = 1

    @property
    def name(self) -> str:
        """Of its directory, as one calls it among others."""
        return self.exp.name


def why_separate(config: Path, asr_model: str | None, folds: int) -> str | None:
    """Say why folds must be trained one by one, or None where they can be in one pass."""
    loaded = read_config(config)
    model = loaded.get("model_conf") or {}
    reasons = {
        "there is one fold": folds == 1,
        "the encoder is trained too": asr_model is None or not model.get("freeze_encoder"),
        "there is a text encoder": bool(loaded.get("text_encoder")),
        "accum_grad is not 1": loaded.get("accum_grad", 1) != 1,
        "use_amp is true": bool(loaded.get("use_amp")),
        "the scheduler looks at validation": "plateau" in (loaded.get("scheduler") or ""),
        **{f"{key} is given": bool(loaded.get(key)) for key in NOT_TOGETHER},
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


@dataclass(frozen=True)
class TrainedFold:
    """How a fold's training ended: its best epoch, and what that says of the validation side."""

    best_epoch: int
    epochs: int
    seconds: float
    valid: list[Answer]


def train_fold(job: FoldJob) -> TrainedFold:
    """Train one fold, and predict its validation side with the best epoch.

    Raises
    ------
    SentemoError
        When another process trains it; what the training itself raises.
    """
    from sentemo.core.logs import TRAIN_LOG, log_to

    started = time.perf_counter()
    # Of several folds, each in a process of its own, nobody could tell the lines apart.
    alone = multiprocessing.parent_process() is None
    with hold(job.exp / LOCK, "training"):
        with log_to(job.exp / TRAIN_LOG):
            from sentemo.folds.separate import predict_side, train_on_fold  # ESPnet has much to say

        best_epoch, epochs = train_on_fold(job, show_progress=alone)
        with log_to(job.exp / TRAIN_LOG):
            return TrainedFold(
                best_epoch, epochs, time.perf_counter() - started, predict_side(job, "valid")
            )


def train_together(jobs: Sequence[FoldJob]) -> list[TrainedFold]:
    """Train all folds in one pass; see `sentemo.folds.joint`."""
    with hold(jobs[0].exp.parent / LOCK, "training"):
        from sentemo.folds.joint import train_folds_together  # ESPnet takes seconds

        return train_folds_together(jobs)


def predict_together(jobs: Sequence[FoldJob]) -> list[list[Answer]]:
    """Predict every fold's test side, with the encoder run once."""
    from sentemo.folds.joint import predict_folds_together

    return predict_folds_together(jobs)


def predict_test(job: FoldJob) -> list[Answer]:
    """Predict one fold's test side with its best epoch."""
    from sentemo.core.logs import log_to

    with log_to(job.exp / "decode.log"):
        from sentemo.folds.separate import predict_side

        return predict_side(job, "test")
