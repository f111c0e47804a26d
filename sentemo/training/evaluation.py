"""Evaluation of every utterance of a validation set, or of the files of an experiment."""

import argparse
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from espnet2.tasks.abs_task import AbsTask
from espnet2.torch_utils.device_funcs import to_device
from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.train.dataset import ESPnetDataset
from torch.utils.data import DataLoader

from sentemo.core.checkpoint import load_weights
from sentemo.core.config import read_config
from sentemo.core.errors import Problems
from sentemo.data.targets import DataFile
from sentemo.modules.lora import merged
from sentemo.training.process_group import ProcessGroup

BATCH_SIZE = 32  # it changes the speed, and no result; see EncodingMixin


def evaluate(
    model: AbsESPnetModel,
    iterator: Iterable[tuple[list[str], dict[str, torch.Tensor]]],
    ngpu: int = 0,
) -> dict[str, dict[str, Any]]:
    """Collect the records of `model.evaluate_batch` of every utterance, over all processes.

    Returns
    -------
    dict
        One record for each utterance id, in sorted order; an id that several processes have counts
        once.

    Raises
    ------
    SentemoError
        When losses are not finite, so that no epoch could be chosen; names the utterances.
    """
    model.eval()
    records: dict[str, dict[str, Any]] = {}
    with torch.no_grad():
        for utt_id, batch in iterator:
            on_device = to_device(batch, "cuda" if ngpu > 0 else "cpu")
            records.update(model.evaluate_batch(utt_id=utt_id, **on_device))
    shares = ProcessGroup().all_gather(records)
    records = {name: record for share in shares for name, record in share.items()}
    require_finite(records)
    return dict(sorted(records.items()))


def require_finite(records: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise an error unless the loss of every record is finite.

    Raises
    ------
    SentemoError
        When it is not; names the utterances.
    """
    problems = Problems("the model's predictions")
    for name, record in sorted(records.items()):
        if not math.isfinite(record["loss"]):
            problems.add("loss is not finite", name, str(record["loss"]))
    problems.raise_if_any(
        "Look for NaN in the features of these utterances; if all are named, the training diverged."
    )


def open_experiment(
    task: type[AbsTask],
    args: argparse.Namespace,
    weights: Sequence[Path],
    files: list[DataFile],
    ngpu: int,
    inference: bool = False,
) -> tuple[AbsESPnetModel, Iterable[Any]]:
    """Build the model that the task's arguments describe, load its weights, and open `files`.

    Parameters
    ----------
    weights
        Files that together have all weights, such as those of a shared encoder and a decoder.
    inference
        Whether the files hold inputs only, without targets.

    Returns
    -------
    model, batches
        The model in eval mode, and pairs of utterance ids and a batch.
    """
    model = task.build_model(args)
    found = {k: v for file in weights for k, v in load_weights(file).items()}
    model.load_state_dict(found if getattr(args, "upon_states", False) else merged(found))
    if ngpu > 0:
        model.cuda()
    dataset = open_dataset(task, args, files, inference)
    batches = DataLoader(
        dataset,
        batch_size=BATCH_SIZE,
        sampler=list(dataset),
        collate_fn=task.build_collate_fn(args, train=False),
    )
    return model.eval(), batches


def open_dataset(
    task: type[AbsTask],
    args: argparse.Namespace,
    files: Sequence[DataFile],
    inference: bool = False,
) -> ESPnetDataset:
    """Return a data set of the files; see `open_experiment`."""
    # ESPnet's streaming iterator would refuse a transcript without words.
    dataset = ESPnetDataset(
        files,
        preprocess=task.build_preprocess_fn(args, train=False),
        float_dtype=args.train_dtype,
    )
    task.check_task_requirements(dataset, False, train=False, inference=inference)
    return dataset


def evaluate_files(
    task: type[AbsTask], exp: Path, weights: Path, files: list[DataFile], ngpu: int
) -> dict[str, dict[str, Any]]:
    """Evaluate files with the model of an experiment; see `evaluate`."""
    args = argparse.Namespace(**read_config(exp / "config.yaml"))
    model, batches = open_experiment(task, args, [weights], files, ngpu)
    return evaluate(model, batches, ngpu)
