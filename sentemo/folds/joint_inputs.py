"""Arguments, files and encoder states that all folds of a joint training share."""

import argparse
import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from espnet2.utils.yaml_no_alias_safe_dump import yaml_no_alias_safe_dump

from sentemo.core import checkpoint
from sentemo.core.config import read_config
from sentemo.core.files import atomic_file, fingerprint
from sentemo.data.features import FEATS_JSON
from sentemo.data.targets import DataFile, targets_of
from sentemo.folds.clean_states import CleanStates
from sentemo.folds.job import ENCODER_FILE, FoldJob
from sentemo.folds.learner import FoldLearner
from sentemo.folds.separate import fold_arguments, write_targets
from sentemo.folds.shared_encoder import SharedEncoder
from sentemo.models.ser import SpeechEmotionModel
from sentemo.tasks.ser import SERTask
from sentemo.training.evaluation import BATCH_SIZE, open_dataset
from sentemo.training.inputs import side_dir
from sentemo.training.process_group import ProcessGroup
from sentemo.upstreams import PARTS

CLEAN = "clean_states"


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
    if read_config(together.config).get("specaug") is None:
        names["valid"] |= names["train"]  # they are encoded once, too
    targets = targets_of(together.utterances, together.labels, together.scale)
    files: dict[str, list[DataFile]] = {}
    for side, wanted in names.items():
        directory = side_dir(exp, side)
        files[side] = write_targets(directory, together.features, targets, sorted(wanted))
    args = fold_arguments(together, files, sorted(names["train"]))
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


def clean_states(
    jobs: Sequence[FoldJob],
    args: argparse.Namespace,
    model: SpeechEmotionModel,
    group: ProcessGroup,
) -> CleanStates:
    """Return the states of the held-out utterances, which experiments with this data share."""
    exp = jobs[0].exp.parent
    settings = {f"{part}_conf": vars(args)[f"{part}_conf"] for part in PARTS}
    settings["encoder_layer"] = args.model_conf.get("encoder_layer")
    files = [exp / ENCODER_FILE, *sorted(side_dir(exp, "valid").iterdir())]
    # Paths in the experiment are left out: copies of statistics count by their content.
    made_of = [json.dumps(settings, sort_keys=True).replace(str(exp), "")]
    made_of += map(fingerprint, files)
    made_of.append((jobs[0].features.path / FEATS_JSON).read_text(encoding="utf-8"))
    key = hashlib.sha256("\n".join(made_of).encode()).hexdigest()
    # A configuration that was read from YAML has lists for tuples.
    tables = [(path, name, kind) for path, name, kind in args.valid_data_path_and_name_and_type]
    dataset = open_dataset(SERTask, args, tables)
    names, size = list(dataset), BATCH_SIZE * group.size
    batches = [names[first : first + size] for first in range(0, len(names), size)]
    collate = SERTask.build_collate_fn(args, train=False)
    encoded = SharedEncoder(model.eval(), group).encode(batches, dataset, collate_fn=collate)
    return CleanStates.compute(exp.parent / CLEAN / key[:16], key, encoded, group)


def share_encoder(exp: Path, clean: CleanStates) -> None:
    """Keep one copy of an encoder for several experiments, if the file system has hard links."""
    file, shared = exp / ENCODER_FILE, clean.directory / ENCODER_FILE
    aside = file.with_name(f".{file.name}.link")
    with contextlib.suppress(OSError):
        if not shared.exists():
            os.link(file, shared)
        aside.unlink(missing_ok=True)
        os.link(shared, aside)
        aside.replace(file)
        aside.unlink(missing_ok=True)  # if both were one file already, nothing was renamed
