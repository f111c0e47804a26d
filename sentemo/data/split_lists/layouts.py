"""The layouts of published splits: which files of a folder are the lists of which side and fold.

EmoBox
    ``emodb/fold_1/emodb_train_fold_1.jsonl``, and test or valid in place of train; other files
    beside these repeat them.
S3PRL
    ``meta_data/Session1/train_meta_data.json`` and ``test_meta_data.json``.
SpeechBrain, and any other
    Lists in one folder whose names say a side: ``train.json``, ``my_dev_2.csv``.
Hugging Face's datasets
    ``metadata.csv`` or ``metadata.jsonl`` in the folder, or in its folders of sides; Parquet files;
    or recordings in ``train/<class>/``. Sides are in the names of files or folders.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.data.class_folders import read_class_folders
from sentemo.data.split_lists.columns import ListReading
from sentemo.data.split_lists.entries import (
    ONLY_FOLD,
    ListedUtterance,
    fold_in_name,
    side_in_name,
    side_of_word,
)
from sentemo.data.split_lists.records import LIST_ENDINGS, PARQUET

_EMOBOX = re.compile(r"\w+_(?:train|valid|test)_fold_\d+\.jsonl")
_OLDER_EMOBOX = re.compile(r"\w+_(?:train|valid|test)_fold\d+\.jsonl")  # EmoDB has both
_S3PRL = re.compile(r"(?:train|test)_meta_data\.json")
HUGGING_FACE_LISTS = ("metadata.csv", "metadata.jsonl")


@dataclass(frozen=True)
class FoundList:
    """A list, and what its name says of fold and side."""

    path: Path
    side: str | None
    fold: str | None


def read_lists(source: Path, reading: ListReading) -> tuple[str, list[ListedUtterance], list[str]]:
    """Read a list, or all lists of a folder in a layout that is known.

    Returns
    -------
    layout
        Its name.
    utterances
        Of every fold and side.
    notes
        Which columns were taken for what, each different one once.

    Raises
    ------
    SentemoError
        When the source is missing, has no known layout, or a list in it is wrong.
    """
    if source.is_file():
        return _read("list", [_named(source)], reading)
    if not source.is_dir():
        raise SentemoError(f"{source}: no such file or folder")
    for layout, find in LAYOUTS.items():
        if lists := find(source):
            return _read(layout, lists, reading)
    if found := _class_folders(source, reading):
        return "Hugging Face, folders of classes", found, []
    raise SentemoError(
        f"{source}: no lists of a split in it. Expected data tables (wav.scp, with --folds), lists "
        f"whose names say train, valid or test ({', '.join(LIST_ENDINGS)}), or the layout of "
        "EmoBox, S3PRL or Hugging Face's datasets; or name the lists one by one."
    )


def _read(
    layout: str, lists: Sequence[FoundList], reading: ListReading
) -> tuple[str, list[ListedUtterance], list[str]]:
    utterances: list[ListedUtterance] = []
    notes: dict[str, str] = {}
    for found in lists:
        more, note = reading.utterances(found.path, found.side, found.fold)
        utterances += more
        notes.setdefault(note.partition(": ")[2], note)
    return layout, utterances, list(notes.values())


def _named(path: Path) -> FoundList:
    """Take side and fold from the name of a list, or from that of its folder."""
    folder = path.resolve().parent.name
    side = side_in_name(path.stem) or side_of_word(folder)
    return FoundList(path, side, fold_in_name(path.stem) or fold_in_name(folder))


def _lists(source: Path, pattern: str) -> list[Path]:
    return sorted(path for path in source.glob(pattern) if path.is_file())


def _emobox(source: Path) -> list[FoundList]:
    paths = _lists(source, "fold_*/*.jsonl") or _lists(source, "*.jsonl")
    for pattern in (_EMOBOX, _OLDER_EMOBOX):
        if found := [path for path in paths if pattern.fullmatch(path.name)]:
            return list(map(_named, found))
    return []


def _s3prl(source: Path) -> list[FoundList]:
    paths = _lists(source, "Session*/*.json") or _lists(source, "meta_data/Session*/*.json")
    return [_named(path) for path in paths if _S3PRL.fullmatch(path.name)]


def _hugging_face(source: Path) -> list[FoundList]:
    """Find the tables of Hugging Face's datasets; a table in the root serves all sides."""
    for name in HUGGING_FACE_LISTS:
        if (path := source / name).is_file():
            return [FoundList(path, None, None)]
        paths = _lists(source, f"*/{name}") or _lists(source, f"data/*/{name}")
        if paths and all(side_of_word(path.parent.name) for path in paths):
            return [_named(path) for path in paths]
    return [_named(path) for path in _lists(source, f"**/*{PARQUET}")]


def _named_lists(source: Path) -> list[FoundList]:
    paths = [path for path in _lists(source, "*") if path.suffix.lower() in LIST_ENDINGS]
    found = [found for path in paths if (found := _named(path)).side]
    taken: dict[tuple[str, str], Path] = {}
    for one in found:
        other = taken.setdefault((one.side or "", one.fold or ONLY_FOLD), one.path)
        if other is not one.path and other.suffix != one.path.suffix:
            raise SentemoError(
                f"{source}: {other.name} and {one.path.name} both are lists of one side. Name the "
                "lists that count one by one."
            )
    return found or [FoundList(path, None, None) for path in paths if len(paths) == 1]


def _class_folders(source: Path, reading: ListReading) -> list[ListedUtterance]:
    """List recordings in ``<side>/<class>/``, as Hugging Face's AudioFolder takes them."""
    folders = [path for path in sorted(source.iterdir()) if path.is_dir()]
    sides = [(path, side) for path in folders if (side := side_of_word(path.name))]
    return [
        ListedUtterance(
            where=f"{folder.name}/{entry.where}",
            file=f"{folder.name}/{entry.where}",
            side=side,
            label=entry.label,
            speaker=entry.speaker,
            audio=entry.audio,
        )
        for folder, side in sides
        for entry in read_class_folders(folder, reading.speaker_from).entries
    ]


LAYOUTS: dict[str, Callable[[Path], list[FoundList]]] = {
    "EmoBox": _emobox,
    "S3PRL": _s3prl,
    "Hugging Face": _hugging_face,
    "lists": _named_lists,
}
