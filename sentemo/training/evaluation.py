"""A trained experiment's word on every utterance of some data files."""

from pathlib import Path
from typing import Any

from espnet2.tasks.abs_task import AbsTask

from sentemo.training.checkpoint import load_weights
from sentemo.training.inputs import DataFile
from sentemo.training.trainer import evaluate

BATCH_SIZE = 32  # padding changes no result, only speed


def evaluate_files(
    task: type[AbsTask], exp: Path, weights: Path, files: list[DataFile], ngpu: int
) -> dict[str, dict[str, Any]]:
    """Build the model from `exp/config.yaml`, load `weights`, and evaluate `files`.

    Returns
    -------
    dict
        See `sentemo.training.trainer.evaluate`.
    """
    model, args = task.build_model_from_file(str(exp / "config.yaml"))
    model.load_state_dict(load_weights(weights))
    if ngpu > 0:
        model.cuda()
    iterator = task.build_streaming_iterator(
        files,
        preprocess_fn=task.build_preprocess_fn(args, train=False),
        collate_fn=task.build_collate_fn(args, train=False),
        batch_size=BATCH_SIZE,
        dtype=args.train_dtype,
        num_workers=0,
    )
    return evaluate(model, iterator, ngpu)
