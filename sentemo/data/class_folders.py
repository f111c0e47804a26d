"""A folder with a subfolder for each class as a list of recordings."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import files_below
from sentemo.data.audio import AUDIO_ENDINGS, FOREIGN_ENDINGS
from sentemo.data.class_words import class_of_word
from sentemo.data.listing import Entry, Listing, speaker_finder
from sentemo.data.safe_names import safe_name
from sentemo.data.split_lists.entries import side_of_word

# Folders of these names, with a number or without, are no classes: Actor_01, Session1, male.
_NO_CLASS = re.compile(
    r"(?:actor|actress|speaker|spk|subject|participant|person|session|ses|fold|part"
    r"|female|male|women|woman|men|man)s?[ _-]?\d*",
    re.IGNORECASE,
)
_TABLE = "Write a table with the columns file, label and speaker"


def read_class_folders(
    folder: Path, speaker_from: str = "", problems: Problems | None = None
) -> Listing:
    """List the recordings below each subfolder, whose name is their class.

    Other files, and recordings in no subfolder, are left out and counted; hidden ones are ignored.

    Parameters
    ----------
    speaker_from
        See `sentemo.data.listing.speaker_finder`; "" leaves the speakers unknown.
    problems
        Receives the problems, so that further ones can be added; None raises them.

    Raises
    ------
    SentemoError
        When there are no recordings in subfolders, or `speaker_from` finds no speaker in a name.
    """
    find_speaker = speaker_finder(speaker_from)
    problematic = Problems(str(folder)) if problems is None else problems
    entries: list[Entry] = []
    dropped: dict[str, list[str]] = defaultdict(list)
    for path in files_below(folder):
        inside = path.relative_to(folder)
        name = inside.as_posix()
        if any(part.startswith(".") for part in inside.parts):
            continue
        if path.suffix.lower() not in AUDIO_ENDINGS | FOREIGN_ENDINGS:
            dropped["no recording"].append(name)
        elif len(inside.parts) == 1:
            dropped["in no subfolder of a class"].append(name)
        else:
            speaker = find_speaker(name) if find_speaker else None
            if find_speaker and speaker is None:
                problematic.add("--speaker_from finds no speaker", name, speaker_from)
            entries.append(Entry(name, path, safe_name(inside.parts[0]), speaker))
    if problems is None:
        problematic.raise_if_any("Correct the expression or the names of these files.")
    if not entries:
        raise SentemoError(
            f"{folder}: no recordings in subfolders. It needs a subfolder for each class, named "
            "after it, with its recordings; or give a table with the columns file and label."
        )
    return Listing(entries, dict(dropped))


def require_classes(folder: Path, entries: Sequence[Entry]) -> None:
    """Refuse a folder whose subfolders are clearly not classes.

    Parameters
    ----------
    folder
        The folder that was read.
    entries
        What `read_class_folders` found.

    Raises
    ------
    SentemoError
        When all recordings are below one subfolder, or its subfolders are the sides of a split,
        speakers, sessions or the like, while the names of classes are deeper or nowhere.
    """
    folders = [PurePosixPath(entry.where).parts[:-1] for entry in entries]
    levels = [sorted(set(names)) for names in zip(*folders, strict=False)]  # as deep as all are
    top = ", ".join(levels[0])
    if len(levels[0]) == 1:
        deepest = next((n for n, names in enumerate(levels) if len(names) > 1), len(levels))
        inner = folder.joinpath(*folders[0][:deepest])
        remedy = ""
        if any(len(names) > deepest for names in folders):
            remedy = f"If the subfolders of {inner} are the classes, give that folder. If not: "
        raise SentemoError(
            f"{folder}: all recordings are in its subfolder {top}, and a model needs two classes. "
            f"{remedy}{_TABLE}."
        )
    if any(all(map(side_of_word, names)) for names in levels):
        raise SentemoError(
            f"{folder}: there are folders for the sides of a split, which a folder of classes "
            f"cannot have. {_TABLE}, and a column split."
        )
    words = [list(filter(class_of_word, names)) for names in levels]
    deeper = next((n for n, found in enumerate(words) if n and found == levels[n]), None)
    if not words[0] and deeper and len(words[deeper]) > 1:
        raise SentemoError(
            f"{folder}: its subfolders are {top}, and the classes {', '.join(words[deeper])} are "
            f"below them; classes must be its own subfolders. {_TABLE}."
        )
    if all(map(_NO_CLASS.fullmatch, levels[0])):
        raise SentemoError(f"{folder}: its subfolders are {top}, which are no classes. {_TABLE}.")
