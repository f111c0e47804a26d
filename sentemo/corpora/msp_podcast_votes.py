"""The votes behind MSP-Podcast's labels: the class that each annotator chose first.

``labels_detailed.csv`` has a row for each annotator of a segment. Its columns differ by release::

    FileName,EmoDetail
    MSP-PODCAST_0001_0008.wav,"WORKER00000325; Neutral; Neutral,Concerned; A:2.0; V:4.0; D:3.0;"

    FileName,Workers,EmoClass_Major,EmoClass_Second,EmoAct,EmoVal,EmoDom
    MSP-PODCAST_0001_0008.wav,WORKER00000325,Neutral,"Neutral,Concerned",2.0,4.0,3.0

``labels_detailed.json`` has the same by file name and annotator, and serves where there is no csv.
The primary emotion is one of eight words; whatever else an annotator wrote there counts as other.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.structured import read_json
from sentemo.corpora.release import excerpt, numbered_lines

OTHER = "other"
CLASS_OF_WORD = {
    "angry": "angry",
    "sad": "sad",
    "happy": "happy",
    "surprise": "surprised",
    "fear": "fearful",
    "disgust": "disgusted",
    "contempt": "contempt",
    "neutral": "neutral",
}
PRIMARY, DETAIL = "EmoClass_Major", "EmoDetail"  # columns: of the primary emotion, or of everything
Votes = dict[str, list[str]]


def find_vote_files(root: Path) -> list[Path]:
    """Return the csv file of the votes, or else the json file, if there is one."""
    folders = (root / "Labels", root / "Labels" / "Labels")  # some archives nest their folder
    names = ("labels_detailed.csv", "labels_detailed.json")
    return [file for name in names for f in folders if (file := f / name).is_file()][:1]


def read_votes(root: Path, problems: Problems) -> Votes:
    """Read the classes that annotators chose, by file name; malformed rows go to `problems`.

    Raises
    ------
    SentemoError
        When the columns are those of no known release, or the json is no table.
    """
    votes: Votes = defaultdict(list)
    for file in find_vote_files(root):
        read = _read_csv if file.suffix == ".csv" else _read_json
        for where, name, primary in read(file, root):
            if primary:
                votes[name].append(CLASS_OF_WORD.get(primary.casefold(), OTHER))
            else:
                problems.add("malformed vote", where, "no primary emotion")
    return dict(votes)


def _read_csv(file: Path, root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield place, file name and primary emotion of every row; "" where the latter is missing."""
    lines = numbered_lines(file, root)
    where, first = next(lines, (str(file), ""))
    header = _split(first)
    column = next((name for name in (PRIMARY, DETAIL) if name in header), None)
    if column is None or "FileName" not in header:
        raise SentemoError(
            f"{where}: the columns of no known release. Expected FileName with {DETAIL} or "
            f"{PRIMARY}, found {', '.join(header) or 'none'}"
        )
    for where, line in lines:
        fields = _split(line)
        row = dict(zip(header, fields, strict=True)) if len(fields) == len(header) else {}
        said = row.get(column, "")
        if column == DETAIL:  # WORKER00000325; Neutral; …
            said = said.split(";")[1].strip() if said.count(";") else ""
        yield f"{where}: {excerpt(line)}", row.get("FileName", ""), said


def _split(line: str) -> list[str]:
    """Split a line of csv; no field may continue on the next line."""
    try:
        return [field.strip() for field in next(csv.reader([line]), [])]
    except csv.Error:
        return []


def _read_json(file: Path, root: Path) -> Iterator[tuple[str, str, str]]:
    table = read_json(file, dict[str, Any], "Copy it again from the release.")
    for name, of_annotators in table.items():
        choices = of_annotators if isinstance(of_annotators, dict) else {"": None}
        for annotator, chosen in choices.items():
            where = f"{file.relative_to(root)}: {excerpt(name)} {annotator}"
            said = chosen.get(PRIMARY) if isinstance(chosen, dict) else None
            yield where, name, said.strip() if isinstance(said, str) else ""
