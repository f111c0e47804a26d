"""Read anybody's split: lists in any known layout, or a data directory with a fold file."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import is_fold_file, read_folds
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance, read_data_dir
from sentemo.data.split_lists.columns import ListReading
from sentemo.data.split_lists.entries import ListedUtterance, side_in_name, side_of_word
from sentemo.data.split_lists.layouts import read_lists
from sentemo.data.splits import SIDES, divided, side_of_fold

DATA_DIRECTORY = "data directory"


@dataclass(frozen=True)
class ListedSplit:
    """All utterances of a split, fold by fold.

    Attributes
    ----------
    layouts
        The layout of each source.
    utterances
        Every utterance on every side of every fold.
    notes
        How the sources were read.
    """

    layouts: list[str]
    utterances: list[ListedUtterance]
    notes: list[str]


def read_split(
    sources: Sequence[Path], reading: ListReading, folds: Path | None = None
) -> ListedSplit:
    """Read a split from one source or several.

    Parameters
    ----------
    sources
        Lists, folders of lists, or data directories.
    folds
        Fold file of the data directories; None takes their partition (``utt2split``), or where they
        have none the side that their names say.

    Raises
    ------
    SentemoError
        When a source is missing or malformed, there is a fold file but no data directory, not more
        than one side is listed, or none of the recordings is in the folders where they should be.
    """
    layouts: list[str] = []
    utterances: list[ListedUtterance] = []
    notes: list[str] = []
    for source in sources:
        if (source / "wav.scp").is_file():
            layouts.append(DATA_DIRECTORY)
            utterances += _of_data_directory(source, folds)
        elif source.is_file() and is_fold_file(source):
            raise SentemoError(
                f"{source}: a fold file; give the data directory, and --folds {source}"
            )
        else:
            layout, found, more = read_lists(source, reading)
            layouts.append(layout)
            utterances += found
            notes += more
    if folds and DATA_DIRECTORY not in layouts:
        raise SentemoError(f"{folds}: a fold file is for a data directory, and none is given")
    if any(utt.side == "" for utt in utterances):
        utterances = rotated(utterances)
        notes.append("There is a column of folds and none of sides: each fold is tested once.")
    sides = {utt.side for utt in utterances}
    if len(sides) < 2:
        raise SentemoError(
            f"{', '.join(map(str, sources))}: only the side {', '.join(sides)}. Give the lists of "
            "all sides of the split."
        )
    if reading.audio and not any(utt.audio for utt in utterances):
        folders = ", ".join(map(str, reading.audio))
        raise SentemoError(f"{folders}: none of the recordings, such as {utterances[0].file}")
    return ListedSplit(layouts, utterances, notes)


def rotated(utterances: Sequence[ListedUtterance]) -> list[ListedUtterance]:
    """Test each fold once and train on all others, where lists say a fold and no side.

    Raises
    ------
    SentemoError
        When some utterances have a side, or there is one fold only.
    """
    if with_side := next((utt for utt in utterances if utt.side), None):
        raise SentemoError(
            f"{with_side.where}: has a side, and other utterances have only a fold. Give each "
            "utterance a side, or none."
        )
    folds = list(dict.fromkeys(utt.fold for utt in utterances))
    if len(folds) < 2:
        raise SentemoError(f"{utterances[0].where}: all utterances are in the fold {folds[0]}")
    return [
        replace(utt, fold=fold, side="test" if utt.fold == fold else "train")
        for fold in folds
        for utt in utterances
    ]


def _of_data_directory(data: Path, folds: Path | None) -> list[ListedUtterance]:
    utterances = divided(read_data_dir(data))
    if folds:
        return [
            _listed(data, utt, side, str(fold.number))
            for fold in read_folds(folds, utterances)
            for side in SIDES
            for utt in side_of_fold(utterances, fold, side)
        ]
    named = side_in_name(data.resolve().name)
    sides = {utt.id: side_of_word(utt.split) if utt.split else named for utt in utterances}
    if other := next((utt for utt in utterances if sides[utt.id] is None), None):
        raise SentemoError(
            f"{data}: {other.id} has no side in utt2split. Give the fold file: --folds FILE"
        )
    return [_listed(data, utt, sides[utt.id] or "") for utt in utterances]


def _listed(data: Path, utt: Utterance, side: str, fold: str = "1") -> ListedUtterance:
    return ListedUtterance(
        where=f"{data}: {utt.id}",
        file=str(utt.audio),
        side=side,
        fold=fold,
        label=utt.label,
        speaker=None if utt.speaker == UNKNOWN_SPEAKER else utt.speaker,
        text=utt.text,
        audio=utt.audio if os.path.isfile(utt.audio) else None,
        channel=utt.channel,
        start=utt.start,
        end=utt.end,
    )
