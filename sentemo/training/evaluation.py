"""A trained experiment's word on every utterance of some data files."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from espnet2.tasks.abs_task import AbsTask
from espnet2.train.abs_espnet_model import AbsESPnetModel

from sentemo.training.checkpoint import load_weights
from sentemo.training.inputs import DataFile
from sentemo.training.trainer import evaluate

BATCH_SIZE = 32  # padding changes no result, only speed


def open_experiment(
    task: type[AbsTask], exp: Path, weights: Path, files: list[DataFile], ngpu: int
) -> tuple[AbsESPnetModel, argparse.Namespace, Iterable[Any]]:
    """Build the model from `exp/config.yaml` and load `weights`, to evaluate `files`.

    Returns
    -------
    model, arguments, batches
        The model in eval mode, the task's arguments, and pairs of utterance ids and batch.
    """
    model, args = task.build_model_from_file(str(exp / "config.yaml"))
    model.load_state_dict(load_weights(weights))
    if ngpu > 0:
        model.cuda()
    batches = task.build_streaming_iterator(
        files,
        preprocess_fn=task.build_preprocess_fn(args, train=False),
        collate_fn=task.build_collate_fn(args, train=False),
        batch_size=BATCH_SIZE,
        dtype=args.train_dtype,
        num_workers=0,
    )
    return model.eval(), args, batches


def evaluate_files(
    task: type[AbsTask], exp: Path, weights: Path, files: list[DataFile], ngpu: int
) -> dict[str, dict[str, Any]]:
    """Evaluate `files` with the model of an experiment.

    Returns
    -------
    dict
        See `sentemo.training.trainer.evaluate`.
    """
    model, _, batches = open_experiment(task, exp, weights, files, ngpu)
    return evaluate(model, batches, ngpu)
