"""Training and prediction of folds, one by one or all in one pass.

ESPnet takes seconds to import and prints much, so it is imported inside the functions, once their
log file is open.
"""

import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path

from sentemo.core.config import read_config
from sentemo.core.locks import hold
from sentemo.core.logs import TRAIN_LOG, log_to
from sentemo.folds.job import FoldJob, TrainedFold
from sentemo.scoring.predictions import AnyPrediction
from sentemo.states.copies import specaug_copies

LOCK = ".training.lock"  # held by the process that trains there, perhaps on another machine
# Options of the task that training all folds in one pass does not support.
NOT_TOGETHER = ("grad_noise", "freeze_param", "exclude_weight_decay", "train_dtype")


def why_separate(config: Path, upstream: str | None, folds: int) -> str | None:
    """Return why folds must be trained one by one, or None where one pass can train them all."""
    loaded = read_config(config)
    model = loaded.get("model_conf") or {}
    reasons = {
        "there is one fold, and SpecAugment in every epoch": folds == 1
        and bool(loaded.get("specaug"))
        and not specaug_copies(loaded),
        "the encoder is trained too": upstream is None or not model.get("freeze_encoder"),
        "there is a text encoder": bool(loaded.get("text_encoder")),
        "accum_grad is not 1": loaded.get("accum_grad", 1) != 1,
        "use_amp is true": bool(loaded.get("use_amp")),
        "the scheduler looks at validation": "plateau" in (loaded.get("scheduler") or ""),
        **{f"{key} is given": bool(loaded.get(key)) for key in NOT_TOGETHER},
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def train_fold(job: FoldJob) -> TrainedFold:
    """Train one fold, and predict its validation side with the chosen weights.

    Raises
    ------
    SentemoError
        When another process trains the same fold, or when the training itself fails.
    """
    started = time.perf_counter()
    # Several folds, each in a process of its own, would mix their progress lines.
    alone = multiprocessing.parent_process() is None
    with hold(job.exp / LOCK, "training"):
        with log_to(job.exp / TRAIN_LOG):
            from sentemo.folds.separate import predict_side, train_on_fold

        best_epoch, epochs = train_on_fold(job, show_progress=alone)
        with log_to(job.exp / TRAIN_LOG):
            return TrainedFold(
                best_epoch, epochs, time.perf_counter() - started, predict_side(job, "valid")
            )


def start_layer(config: Path) -> int | None:
    """Return the layer whose kept states a training begins at; None where it begins with speech."""
    return (read_config(config).get("tuning_conf") or {}).get("start_layer")


def is_probe(config: Path) -> bool:
    """Tell whether a configuration is one of a linear probe, which is learnt in closed form."""
    return bool(read_config(config).get("probe_conf"))


def train_together(jobs: Sequence[FoldJob]) -> list[TrainedFold]:
    """Train all folds of an experiment in one pass; see `sentemo.folds.joint` and `probe`."""
    with hold(jobs[0].exp.parent / LOCK, "training"):
        if is_probe(jobs[0].config):
            from sentemo.folds.probe import train_probes

            return train_probes(jobs)
        from sentemo.folds.joint import train_folds_together

        return train_folds_together(jobs)


def predict_test(job: FoldJob) -> list[AnyPrediction]:
    """Predict one fold's test side with its chosen weights."""
    with log_to(job.exp / "decode.log"):
        from sentemo.folds.separate import predict_side

        return predict_side(job, "test")


def predict_together(jobs: Sequence[FoldJob]) -> list[list[AnyPrediction]]:
    """Predict every fold's test side from kept states."""
    if is_probe(jobs[0].config):
        from sentemo.folds.probe import predict_probes

        return predict_probes(jobs)
    from sentemo.folds.joint import predict_folds_together

    return predict_folds_together(jobs)


def predict_test_of(jobs: Sequence[FoldJob]) -> list[list[AnyPrediction]]:
    """Predict every fold's test side from kept states, which may be of other sound.

    Unlike `predict_together` it leaves the experiment's directory as it is, but for its log.
    """
    if is_probe(jobs[0].config):
        from sentemo.folds.probe import predict_side_of_probes

        return predict_side_of_probes(jobs, "test")
    return predict_together(jobs)
