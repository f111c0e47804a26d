"""Arguments, files and kept states that all folds of a joint training share."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from espnet2.utils.yaml_no_alias_safe_dump import yaml_no_alias_safe_dump

from sentemo.core import checkpoint
from sentemo.core.best_epoch import ENCODER_FILE
from sentemo.core.files import atomic_file
from sentemo.data.targets import DataFile, targets_of
from sentemo.folds.job import FoldJob
from sentemo.folds.learner import FoldLearner
from sentemo.folds.separate import fold_arguments, write_targets
from sentemo.models.ser import SpeechEmotionModel
from sentemo.states.kept import KeptStates
from sentemo.training.inputs import side_dir


def joint_arguments(jobs: Sequence[FoldJob]) -> argparse.Namespace:
    """Return the task's arguments for all folds, and write its data.

    The training side has the utterances of all training sides, the validation side has those that
    any fold holds out.
    """
    exp = jobs[0].exp.parent
    together = replace(jobs[0], exp=exp)
    learners = [FoldLearner.sides(job) for job in jobs]
    names = {
        "train": set().union(*(sides["train"] for sides in learners)),
        "valid": set().union(*(sides["valid"] | sides["test"] for sides in learners)),
    }
    targets = targets_of(together.utterances, together.labels, together.scale)
    files: dict[str, list[DataFile]] = {}
    for side, wanted in names.items():
        directory = side_dir(exp, side)
        files[side] = write_targets(directory, together.features, targets, sorted(wanted))
    args = fold_arguments(together, files, sorted(names["train"]))
    if chosen := {job.best_layer for job in jobs if job.best_layer is not None}:
        args.model_conf["best_layers"] = sorted(chosen)
    # Larger batches, so that a fold has as many utterances of a batch as configured.
    share = sum(len(sides["train"]) for sides in learners) / len(jobs) / len(names["train"])
    args.batch_size = round(args.batch_size / share)
    args.batch_bins = round(args.batch_bins / share)
    return args


def write_experiment(exp: Path, args: argparse.Namespace, model: SpeechEmotionModel) -> None:
    """Write the configuration and the frozen encoder's weights."""
    with atomic_file(exp / "config.yaml") as stream:
        yaml_no_alias_safe_dump(vars(args), stream, indent=4, sort_keys=False)
    decoder = model.decoder_state()
    frozen = {name: value for name, value in model.state_dict().items() if name not in decoder}
    checkpoint.save(frozen, exp / ENCODER_FILE)


def kept_states(jobs: Sequence[FoldJob]) -> KeptStates:
    """Open the states that all folds of an experiment read."""
    assert jobs[0].states is not None  # an experiment keeps them before it trains or decodes
    return KeptStates(jobs[0].states)


def training_states(jobs: Sequence[FoldJob], kept: KeptStates) -> list[KeptStates]:
    """Open the states that epochs learn from in turn: copies with SpecAugment, where there are."""
    return [KeptStates(directory) for directory in jobs[0].augmented_states] or [kept]
