"""What ESPnet's data loader reads for one side of one fold, from the feature directory."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sentemo.data.features import FeatureDir
from sentemo.data.kaldi import Utterance, write_table
from sentemo.data.splits import Fold
from sentemo.stages import atomic_file

SIDES = ("train", "valid", "test")
STATS_NAME = "feats_stats.npz"

# (path, name, type) as in ESPnet's --train_data_path_and_name_and_type
DataFile = tuple[str, str, str]


def side_of_fold(utterances: Iterable[Utterance], fold: Fold, side: str) -> list[Utterance]:
    """Return the utterances whose speakers are on this side of the fold."""
    speakers = set(getattr(fold, side))
    return [utt for utt in utterances if utt.speaker in speakers]


def write_side(
    directory: Path,
    features: FeatureDir,
    targets: Mapping[str, str],
    target_name: str,
    target_type: str,
) -> list[DataFile]:
    """Write the features' and targets' tables of one side.

    Parameters
    ----------
    directory
        Receives ``feats.scp``, ``speech_shape`` and one file named as the target.
    targets
        A value per utterance: a class number, a transcript.
    target_name, target_type
        ESPnet's data name and type: ``label`` and ``text_int``, ``text`` and ``text``.
    """
    frames = features.num_frames
    write_table(directory / "feats.scp", {utt: features.scp[utt] for utt in targets})
    write_table(
        directory / "speech_shape", {utt: f"{frames[utt]},{features.dim}" for utt in targets}
    )
    write_table(directory / target_name, targets)
    return data_files(directory, target_name, target_type)


def data_files(directory: Path, target_name: str, target_type: str) -> list[DataFile]:
    """Return what `write_side` wrote, as ESPnet wants to hear of it."""
    return [
        (str(directory / "feats.scp"), "speech", "kaldi_ark"),
        (str(directory / target_name), target_name, target_type),
    ]


def write_stats(path: Path, features: FeatureDir, speakers: Sequence[str]) -> None:
    """Write the training speakers' sums in the form that ESPnet's `GlobalMVN` reads."""
    count, total, squares = features.speaker_stats(speakers)
    with atomic_file(path, "wb") as stream:
        np.savez(
            stream,
            count=np.array(count),
            sum=total.astype(np.float32),
            sum_square=squares.astype(np.float32),
        )
