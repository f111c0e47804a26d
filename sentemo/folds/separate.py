"""One fold of speech emotion recognition by itself: training and prediction."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sentemo.core.best_epoch import best_weights
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.logs import TRAIN_LOG, log_to
from sentemo.data.dimensions import Scale
from sentemo.data.features import FeatureDir
from sentemo.data.labels import balanced_weights, require_all_classes
from sentemo.data.splits import side_of_fold
from sentemo.data.targets import DataFile, Target, targets_of
from sentemo.data.tokens import word_tokens
from sentemo.folds.job import FoldJob
from sentemo.folds.run import start_layer
from sentemo.folds.shared_encoder import share_encoder
from sentemo.models.heads import BALANCED, ClassificationHead, DimensionHead
from sentemo.scoring.predictions import AnyPrediction, DimensionPrediction, Prediction
from sentemo.states.kept import KeptStates
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import training_arguments
from sentemo.training.distributed import run_task
from sentemo.training.evaluation import evaluate_files
from sentemo.training.history import load_history
from sentemo.training.inputs import (
    StateRows,
    data_arguments,
    side_dir,
    use_features,
    write_side,
    write_target,
)
from sentemo.training.selection import rank_epochs
from sentemo.training.too_short import ENOUGH_FRAMES, refuse_without_states
from sentemo.upstreams import PARTS


def train_on_fold(job: FoldJob, show_progress: bool = True) -> tuple[int, int]:
    """Train one fold from its last completed epoch on, in the job's processes.

    Parameters
    ----------
    show_progress
        Whether progress is shown on the terminal, which no other training uses.

    Returns
    -------
    best_epoch, epochs
        The epoch chosen on the validation side, and the number of epochs trained.
    """
    torch.set_num_threads(job.threads)
    with log_to(job.exp / TRAIN_LOG, show_progress):
        files = {side: write_job_side(job, side) for side in ("train", "valid")}
        train = side_of_fold(job.utterances, job.fold, "train")
        args = fold_arguments(job, files, [utt.id for utt in train])
        if args.model_conf.get("class_weights") == BALANCED and job.labels:
            args.model_conf["class_weights"] = balanced_weights(train, job.labels)
    if job.processes * job.nodes > 1:
        args.unused_parameters = True  # those of layers above the chosen one
    run_task(SERTask, args, job.processes, job.nodes, show_progress)
    if args.upon_states and job.states is not None:
        share_encoder(job.exp, job.states)
    history = load_history(job.exp) or []
    return rank_epochs(history, args.best_model_criterion[0])[0], len(history)


def fold_arguments(
    job: FoldJob, files: Mapping[str, list[DataFile]], train: list[str]
) -> argparse.Namespace:
    """Return the task's arguments, checked against features and utterances.

    Parameters
    ----------
    files
        Tables of the training and the validation side.
    train
        Utterances of the training side. Their features make the statistics, unless the encoder has
        some, and their transcripts the vocabulary of a text encoder.
    """
    settings = {
        **data_arguments(job.exp, files),
        "labels": job.labels,
        "avd_scale": job.scale and [job.scale.low, job.scale.high],
        **job.settings,
    }
    if start_layer(job.config) is not None:
        settings["upon_states"] = True
    if job.texts is not None:
        settings["token_list"] = word_tokens(job.texts[utt] for utt in train)
    args = training_arguments(SERTask, job.config, settings)
    _require_learnt_metrics(args, job)
    _require_one_encoder(args, read_config(job.config))
    _require_encoder_to_train(args)
    use_features(args, job.features, train)
    if job.states is None:  # else all utterances were encoded already
        _require_long_enough(args, job)
    return args


def predict_side(job: FoldJob, side: str) -> list[AnyPrediction]:
    """Predict the utterances of one side with the fold's chosen weights."""
    torch.set_num_threads(job.threads)
    files = write_job_side(job, side)
    criteria = read_config(job.exp / "config.yaml")["best_model_criterion"]
    weights = best_weights(job.exp, criteria)
    return predictions(job, evaluate_files(SERTask, job.exp, weights, files, job.settings["ngpu"]))


def predictions(job: FoldJob, records: Mapping[str, Mapping[str, Any]]) -> list[AnyPrediction]:
    """Turn the records of the fold's model, by utterance id, into predictions of each target."""
    speakers = {utt.id: utt.speaker for utt in job.utterances}
    found: list[AnyPrediction] = []
    for utt, record in records.items():
        key = (utt, job.fold.number, speakers[utt])
        if job.labels:
            shares = record["probabilities"]
            predicted = job.labels[max(range(len(job.labels)), key=shares.__getitem__)]
            found.append(Prediction(*key, job.labels[record["label"]], predicted, tuple(shares)))
        if job.scale:
            both = (np.array(record[name]) for name in ("avd", "predicted_avd"))
            found.append(DimensionPrediction(*key, *map(_on_scale(job.scale), both)))
    return found


def _on_scale(scale: Scale) -> Callable[[np.ndarray], tuple[float, ...]]:
    return lambda values: tuple(scale.from_unit(values).tolist())


def write_targets(
    directory: Path,
    features: FeatureDir | StateRows,
    targets: Sequence[Target],
    utterances: Sequence[str],
    texts: Mapping[str, str] | None = None,
) -> list[DataFile]:
    """Write the tables of some utterances for ESPnet; see `write_side`."""
    first, *others = targets
    tables = [
        write_target(directory, other.table(utterances), other.name, other.type) for other in others
    ]
    rows = first.table(utterances)
    return write_side(directory, features, rows, first.name, first.type, texts) + tables


def write_job_side(job: FoldJob, side: str) -> list[DataFile]:
    """Write the tables of one side of a fold for ESPnet."""
    utterances = side_of_fold(job.utterances, job.fold, side)
    targets = targets_of(utterances, job.labels, job.scale)
    if side == "train" and job.labels:
        require_all_classes(utterances, job.labels, job.fold.number)
    directory = side_dir(job.exp, side)
    names = [utt.id for utt in utterances]
    return write_targets(directory, _inputs(job), targets, names, job.texts)


def _inputs(job: FoldJob) -> FeatureDir | StateRows:
    """Return the inputs of the fold's model: features, or kept states of a layer."""
    layer = start_layer(job.config)
    if layer is None:
        return job.features
    assert job.states is not None  # an experiment keeps them before it trains or decodes
    return KeptStates(job.states).rows_above(layer)


def _require_learnt_metrics(args: argparse.Namespace, job: FoldJob) -> None:
    """Raise an error unless epochs are chosen by metrics of a target that is learnt."""
    heads = ((job.labels, ClassificationHead), (job.scale, DimensionHead))
    known = ["loss", *(name for learnt, head in heads if learnt for name in head.metrics)]
    for phase, metric, _ in [*args.best_model_criterion, args.early_stopping_criterion]:
        if metric not in known:
            raise SentemoError(
                f"{job.config}: chooses epochs by {phase} {metric}, and this task has "
                f"{', '.join(known)}. Use another configuration, or another --task."
            )


def _require_one_encoder(args: argparse.Namespace, configured: Mapping[str, Any]) -> None:
    """Raise an error unless either the configuration or a checkpoint defines the encoder."""
    named = [part for part in PARTS if configured.get(part) is not None]
    if args.asr_model is not None:
        refuse_own_encoder(configured, "The configuration")
    if args.frontend == "huggingface":
        raise SentemoError(
            "frontend: huggingface counts samples as frames in this ESPnet; write huggingface_ssl."
        )
    if args.asr_model is None and "encoder" not in named:
        raise SentemoError(
            "The configuration names no encoder. Give --upstream to reuse one, or add the key."
        )
    if args.asr_model is None and "normalize" not in named:
        args.normalize = None  # ESPnet's own default would normalise every utterance


def refuse_own_encoder(configured: Mapping[str, Any], where: str) -> None:
    """Refuse an encoder, or settings of one, in a configuration that takes it over.

    Raises
    ------
    SentemoError
        Naming these keys.
    """
    keys = [*PARTS, *(f"{part}_conf" for part in PARTS), "init_param"]
    if given := [key for key in keys if configured.get(key)]:
        verb = "comes" if len(given) == 1 else "come"
        raise SentemoError(
            f"{where} names {', '.join(given)}, which {verb} from --upstream. "
            "Take these keys out, or train an encoder of your own, without --upstream "
            "(in a recipe that has an upstream by default: --upstream none)."
        )


def _require_encoder_to_train(args: argparse.Namespace) -> None:
    if args.tuning_conf and (args.asr_model is None or args.model_conf.get("freeze_encoder")):
        raise SentemoError(
            "tuning_conf trains the upper layers of a pre-trained encoder: give --upstream, and "
            "leave out model_conf.freeze_encoder: true."
        )
    if args.encoder_lr is not None and args.model_conf.get("freeze_encoder"):
        raise SentemoError(
            f"encoder_lr: {args.encoder_lr} has no encoder to train, with "
            "model_conf.freeze_encoder: true. Leave one of them out."
        )


def _require_long_enough(args: argparse.Namespace, job: FoldJob) -> None:
    """Raise an error unless every utterance is long enough for a state."""
    frames = (job.features.num_frames[utt.id] for utt in job.utterances)
    if min(frames) >= ENOUGH_FRAMES:
        return  # a model need not be built
    model = SERTask.build_model(deepcopy(args)).eval()
    refuse_without_states(model, job.features.only(utt.id for utt in job.utterances))
