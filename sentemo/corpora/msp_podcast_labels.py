"""The label files of MSP-Podcast: one row of text values per segment.

``labels_consensus.csv`` has its columns in no fixed order::

    FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set
    MSP-PODCAST_0001_0008.wav,N,2.2,4.0,2.6,127,Female,Test1

``labels_consensus.json`` has the same values by file name. Older releases have no column
``Split_Set``, but a file ``Partitions.txt`` with lines ``Test1; MSP-PODCAST_0001_0008.wav``.
"""

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.structured import read_json
from sentemo.corpora.release import excerpt, numbered_lines

RATING_COLUMNS = ("EmoAct", "EmoVal", "EmoDom")
COLUMNS = ("FileName", "EmoClass", *RATING_COLUMNS, "SpkrID")
PARTITION = "Split_Set"
MISSING_VALUES = ("", "nan", "none", "null", "n/a", "unknown")  # in lower case
ROUNDING_TOLERANCE = 1e-4  # the csv has rounded numbers, the json exact ones
_FILE_NAME = re.compile(r"MSP-PODCAST_\w+\.wav", re.ASCII)


@dataclass(frozen=True)
class LabelRow:
    """The values of one segment's row by column, and where the row is."""

    where: str
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]


def find_label_files(root: Path) -> list[Path]:
    """Return the csv file, the json file, or both in this order; many releases misspell names."""
    folders = (root / "Labels", root / "Labels" / "Labels")  # some archives nest their folder
    csv_files, json_files = (
        [file for f in folders for file in sorted(f.glob(f"labels_con[cs]ensus.{suffix}"))]
        for suffix in ("csv", "json")
    )
    return csv_files[-1:] + json_files[-1:]


def find_partitions(root: Path) -> list[Path]:
    """Return the file with the partitions of older releases, if it exists."""
    names = ("Partitions.txt", "Partition.txt")
    return [file for name in names if (file := root / name).is_file()][:1]


def read_label_rows(root: Path, problems: Problems, refused: set[str]) -> dict[str, LabelRow]:
    """Read the labels of a release, by file name.

    Parameters
    ----------
    root
        The folder that contains ``Labels/``.
    problems
        Malformed and repeated rows, and contradictions between csv and json, are added here; such
        rows are left out.
    refused
        Names of files for which csv and json disagree are added here.

    Raises
    ------
    SentemoError
        When a file cannot be read at all, or columns or the partitions are missing.
    """
    readers = {".csv": _read_csv, ".json": _read_json}
    tables = [readers[file.suffix](file, root, problems) for file in find_label_files(root)]
    rows, *others = tables
    for other in others:
        contradicted = _compare(rows, other, problems)
        rows = {name: row for name, row in rows.items() if name not in contradicted}
        refused.update(contradicted)
    if all(PARTITION in row.values for row in rows.values()):
        return rows
    partitions = _read_partitions(root, problems)
    return {
        name: replace(
            row, values={PARTITION: partitions.get(name, "not in Partitions.txt"), **row.values}
        )
        for name, row in rows.items()
    }


def _read_csv(file: Path, root: Path, problems: Problems) -> dict[str, LabelRow]:
    rows: dict[str, LabelRow] = {}
    lines = numbered_lines(file, root)
    where, first = next(lines, (str(file), ""))
    header = _split(first)
    if wrong := [column for column in COLUMNS if header.count(column) != 1]:
        raise SentemoError(
            f"{where}: columns missing or repeated: {', '.join(wrong)}\n"
            f"The first line names the columns; it has: {', '.join(header) or 'none'}"
        )
    for where, line in lines:
        fields = _split(line)
        if len(fields) == len(header):
            _add(rows, LabelRow(where, dict(zip(header, fields, strict=True))), problems)
        else:
            detail = f"not the {len(header)} columns of the first line: {excerpt(line)}"
            problems.add("malformed row", where, detail)
    return rows


def _split(line: str) -> list[str]:
    """Split a line of csv; no field may continue on the next line."""
    try:
        return [field.strip() for field in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        return []


def _read_json(file: Path, root: Path, problems: Problems) -> dict[str, LabelRow]:
    table = read_json(file, dict[str, Any], "Copy it again from the release.")
    rows: dict[str, LabelRow] = {}
    for name, entry in table.items():
        where = f"{file.relative_to(root)}: {excerpt(name)}"
        values = {**entry, "FileName": name} if isinstance(entry, dict) else {}
        if missing := [column for column in COLUMNS if column not in values]:
            problems.add("malformed row", where, f"lacks {', '.join(missing)}")
        else:
            _add(rows, LabelRow(where, {key: _as_text(values[key]) for key in values}), problems)
    return rows


def _as_text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _add(rows: dict[str, LabelRow], row: LabelRow, problems: Problems) -> None:
    name = row["FileName"]
    if _FILE_NAME.fullmatch(name) is None:
        problems.add("not a file name of MSP-Podcast", row.where, excerpt(name))
    elif name in rows:
        problems.add("file named twice", row.where, f"{name}, also in {rows[name].where}")
    else:
        rows[name] = row


def _compare(
    table: Mapping[str, LabelRow], other: Mapping[str, LabelRow], problems: Problems
) -> set[str]:
    """Return the names of the files for which csv and json disagree."""
    contradicted = set(table.keys() ^ other.keys())
    for name in sorted(contradicted):
        row = table.get(name) or other[name]
        problems.add("file in only one of csv and json", row.where, name)
    for name, row in table.items():
        there = other[name].values if name in other else {}
        for column in (*COLUMNS, PARTITION):
            value = row.values.get(column, "")
            if not _is_same(value, there.get(column, value)):
                detail = f"{column} of {name} is {value!r}, in the json {there[column]!r}"
                problems.add("csv and json disagree", row.where, detail)
                contradicted.add(name)
    return contradicted


def _is_same(text: str, other: str) -> bool:
    if text == other or {text.lower(), other.lower()} <= set(MISSING_VALUES):
        return True
    try:
        return math.isclose(float(text), float(other), abs_tol=ROUNDING_TOLERANCE)
    except ValueError:
        return False


def _read_partitions(root: Path, problems: Problems) -> dict[str, str]:
    files = find_partitions(root)
    if not files:
        raise SentemoError(
            f"{root}: the partitions are unknown, as the labels have no column {PARTITION} and "
            "there is no Partitions.txt"
        )
    partitions: dict[str, str] = {}
    for where, line in numbered_lines(files[0], root):
        partition, separator, name = (part.strip() for part in line.partition(";"))
        if not separator or _FILE_NAME.fullmatch(name) is None:
            problems.add("malformed line", where, excerpt(line))
        elif name in partitions:
            problems.add("file named twice", where, name)
        else:
            partitions[name] = partition
    return partitions
