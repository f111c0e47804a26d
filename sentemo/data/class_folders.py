"""A folder with a subfolder for each class as a list of recordings."""

from collections import defaultdict
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import files_below
from sentemo.data.audio import AUDIO_ENDINGS, FOREIGN_ENDINGS
from sentemo.data.listing import Entry, Listing, speaker_finder
from sentemo.data.safe_names import safe_name


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
