"""Tables that ESPnet reads of one side of a fold, written from the feature directory."""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file
from sentemo.data.features import GLOBAL_STATS, FeatureDir, raw_rate
from sentemo.data.tables import write_table
from sentemo.data.targets import DataFile

SHAPE = "speech_shape"
STATE_ROWS = "state_rows"  # ESPnet's type of the data
NUM_STATES = "num_states"  # name of the data that say how many states are of the utterance itself


@dataclass(frozen=True)
class StateRows:
    """Kept states of utterances, as `write_side` takes them.

    Attributes
    ----------
    scp
        Array file, first row and number of rows of each utterance.
    num_frames
        Number of states of each utterance, with those of silence behind its own.
    own
        Number of its own states.
    dim
        Size of a state.
    """

    scp: dict[str, str]
    num_frames: dict[str, int]
    own: dict[str, int]
    dim: int
    data_type = STATE_ROWS


def write_side(
    directory: Path,
    features: FeatureDir | StateRows,
    targets: Mapping[str, str],
    target_name: str,
    target_type: str,
    texts: Mapping[str, str] | None = None,
) -> list[DataFile]:
    """Write the tables of one side: features, targets, and transcripts if the model reads them.

    Parameters
    ----------
    directory
        Receives ``feats.scp``, ``speech_shape``, one file named as the target, and ``text``.
    features
        What the model hears: features, or kept states.
    targets
        Value of each utterance: a class number or a transcript.
    target_name, target_type
        ESPnet's name and type of the data: ``label`` and ``text_int``, ``text`` and ``text``.
    texts
        Transcripts of these utterances and perhaps of others; None if the model reads none.

    Returns
    -------
    list
        The files in the form of ESPnet's option for data.
    """
    frames = features.num_frames
    speech = write_speech(directory, features, targets)
    write_table(directory / SHAPE, {utt: f"{frames[utt]},{features.dim}" for utt in targets})
    files = [speech, write_target(directory, targets, target_name, target_type)]
    if isinstance(features, StateRows):
        own = {utt: str(features.own[utt]) for utt in targets}
        files.append(write_target(directory, own, NUM_STATES, "text_int"))
    if texts is not None:
        read = {utt: texts[utt] for utt in targets}
        write_table(directory / "text", read, may_be_empty=True)
        files.append((str(directory / "text"), "text", "text"))
    return files


def write_speech(
    directory: Path, features: FeatureDir | StateRows, utterances: Iterable[str]
) -> DataFile:
    """Write ``feats.scp`` of these utterances."""
    path = directory / "feats.scp"
    write_table(path, {utt: features.scp[utt] for utt in utterances})
    return str(path), "speech", features.data_type


def write_target(directory: Path, values: Mapping[str, str], name: str, data_type: str) -> DataFile:
    """Write the table of one target, named as ESPnet's data are; see `write_side`."""
    write_table(directory / name, values)
    return str(directory / name), name, data_type


def data_arguments(exp: Path, files: Mapping[str, list[DataFile]]) -> dict[str, Any]:
    """Return the task's arguments for an output directory whose sides `write_side` wrote."""
    arguments: dict[str, Any] = {"output_dir": str(exp)}
    for side in ("train", "valid"):
        arguments[f"{side}_data_path_and_name_and_type"] = files[side]
        arguments[f"{side}_shape_file"] = [str(side_dir(exp, side) / SHAPE)]
    return arguments


def side_dir(exp: Path, side: str) -> Path:
    """Return the directory of the tables of one side."""
    return exp / "split" / side


def use_features(args: argparse.Namespace, features: FeatureDir, utterances: Iterable[str]) -> None:
    """Fit a task's arguments to the features: their size, and the training side's statistics.

    Raw audio has neither; the model's frontend computes features of it.

    Parameters
    ----------
    args
        Arguments of the task, which are changed; the output directory receives the statistics.
    utterances
        Utterances of the training side; the global mean and variance are over their frames.

    Raises
    ------
    SentemoError
        When the configuration is for other features, or needs statistics of raw audio.
    """
    if args.feature_type not in (None, features.feature_type):
        raise SentemoError(
            f"The configuration is for {args.feature_type} features, those of {features.path} are "
            f"{features.feature_type}. Extract {args.feature_type}: stage feats, --feats."
        )
    args.feature_type = features.feature_type
    if raw_rate(features.feature_type):
        args.input_size = None
        if args.normalize == "global_mvn" and "stats_file" not in args.normalize_conf:
            raise SentemoError(
                f"normalize: global_mvn needs statistics, and {features.path} holds audio, whose "
                "features the model computes itself. Use utterance_mvn, or add a stats_file."
            )
        return
    args.input_size = features.dim
    if args.preencoder is not None:
        args.preencoder_conf["input_size"] = features.dim
    if args.normalize == "global_mvn":
        path = Path(args.output_dir) / GLOBAL_STATS
        _write_stats(path, features, utterances)
        args.normalize_conf["stats_file"] = str(path)


def _write_stats(path: Path, features: FeatureDir, utterances: Iterable[str]) -> None:
    count, total, squares = features.stats(utterances)
    with atomic_file(path, "wb") as stream:
        np.savez(  # the names are those of ESPnet's GlobalMVN
            stream,
            count=np.array(count),
            sum=total.astype(np.float32),
            sum_square=squares.astype(np.float32),
        )
