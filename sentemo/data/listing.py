"""A user's own list of recordings: a table with a row for each, or a folder with one per class."""

import math
import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.delimited import Row, read_delimited
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.kaldi import CHANNELS
from sentemo.data.safe_names import safe_name
from sentemo.data.spellings import MISSING, is_unknown
from sentemo.data.splits import SIDES

COLUMNS = ("file", "label", "speaker", "split", "text", *DIMENSIONS, "channel", "start", "end")
OTHER_SIDES = {"training": "train", "validation": "valid", "val": "valid"} | {
    name: "valid" for name in ("dev", "development")
}
REMEDY = "Correct these lines, or take them out. Nothing was written."
CHANNEL_NAMES = {"a": 0, "b": 1, "1": 0, "2": 1, "left": 0, "right": 1}


@dataclass(frozen=True)
class Entry:
    """One recording, or a part of it, as the user listed it; see `Utterance` for the rest.

    Attributes
    ----------
    where
        Line of the table, or the file, for messages.
    speaker
        Speaker; None where it is not known.
    """

    where: str
    audio: Path
    label: str | None = None
    speaker: str | None = None
    split: str | None = None
    text: str | None = None
    avd: tuple[float, float, float] | None = None
    channel: int | None = None
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Listing:
    """Entries in the order of the user's list, and what was passed over in it.

    Attributes
    ----------
    dropped
        Files that were left out, by reason.
    unread
        Columns of the table that say nothing here.
    """

    entries: list[Entry]
    dropped: dict[str, list[str]] = field(default_factory=dict)
    unread: Sequence[str] = ()


def read_table_listing(
    path: Path,
    names: Mapping[str, str] | None = None,
    speaker_from: str = "",
    problems: Problems | None = None,
) -> Listing:
    """Read a table with a column ``file``, and those of `COLUMNS` that it has.

    Relative paths start from the table's folder. Numbers may have a decimal comma.

    Parameters
    ----------
    names
        Names of columns in this table, by those of `COLUMNS`: ``{"label": "emotion"}``.
    speaker_from
        See `speaker_finder`; "" takes the column ``speaker``, if there is one.
    problems
        Receives the problems, so that further ones can be added; None raises them.

    Raises
    ------
    SentemoError
        When columns are missing, or counting all problems, with their lines.
    """
    found = Problems(str(path)) if problems is None else problems
    names = {name: (names or {}).get(name, name).strip().lower() for name in COLUMNS}
    header, rows = read_delimited(path, set(names.values()), found)
    columns = {name: column for name, column in names.items() if column in header}
    _require_columns(path, header, names, columns, speaker_from)
    reader = _RowReader(path, columns, speaker_finder(speaker_from), found)
    entries = [reader.entry(row) for row in rows]
    if not entries and len(found) == 0:
        found.add("no rows", path.name, "it has a header, and no recording below it")
    if problems is None:
        found.raise_if_any(REMEDY)
    return Listing(entries, unread=[c for c in header if c and c not in columns.values()])


def speaker_finder(pattern: str) -> Callable[[str], str | None] | None:
    r"""Return a function that finds the speaker in the name of a file, or None without a pattern.

    Parameters
    ----------
    pattern
        Regular expression, such as ``^(\d\d)``: its first group is the speaker, or without a group
        all that it matches. It is searched in the file's name; one with a ``/`` in the whole path.

    Raises
    ------
    SentemoError
        When it is no regular expression.
    """
    if not pattern:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise SentemoError(f"--speaker_from '{pattern}': no regular expression: {error}") from None

    def find(file: str) -> str | None:
        searched = file if "/" in pattern else file.rpartition("/")[2]
        match = compiled.search(searched)
        return safe_name(match[1 if compiled.groups else 0] or "") or None if match else None

    return find


def _require_columns(
    path: Path,
    header: Sequence[str],
    names: Mapping[str, str],
    columns: Mapping[str, str],
    speaker_from: str,
) -> None:
    listed = f"The columns that its first line names are {', '.join(filter(None, header))}."
    for name, column in names.items():
        if column != name and name not in columns:
            raise SentemoError(f"{path}: no column '{column}' for {name}. {listed}")
    dimensions = [name for name in DIMENSIONS if name in columns]
    wrong = ""
    if "file" not in columns:
        wrong = "no column 'file'"
    elif "label" not in columns and not dimensions:
        wrong = f"no column 'label', nor {', '.join(DIMENSIONS)}"
    elif 0 < len(dimensions) < len(DIMENSIONS):
        wrong = f"of the dimensions only {', '.join(dimensions)}; all three are needed, or none"
    elif ("start" in columns) != ("end" in columns):
        wrong = "'start' and 'end' are needed together"
    if wrong:
        raise SentemoError(
            f"{path}: {wrong}. {listed} Name a column by --column, as in --column label=emotion."
        )
    if speaker_from and "speaker" in columns:
        raise SentemoError(
            f"{path}: it has a column '{columns['speaker']}'; leave --speaker_from away, or rename "
            "the column."
        )


class _RowReader:
    """Makes entries of rows; what is wrong in them goes to `problems` with its line."""

    def __init__(
        self,
        path: Path,
        columns: Mapping[str, str],
        find_speaker: Callable[[str], str | None] | None,
        problems: Problems,
    ) -> None:
        self._path, self._columns, self._problems = path, columns, problems
        self._find_speaker = find_speaker
        self._where = ""

    def entry(self, row: Row) -> Entry:
        """Return the entry of a row; one with problems is incomplete."""
        self._where = f"{self._path.name}:{row.line}"
        values = {name: row.fields[column] for name, column in self._columns.items()}
        file = self._required(values, "file")
        start, end = self._span(values)
        return Entry(
            where=self._where,
            audio=located(self._path.parent, file) if file else Path(),
            label=safe_name(self._required(values, "label")) or None,
            speaker=self._speaker(values, file),
            split=self._split(values),
            text=" ".join(_stated(values, "text").split()) or None,
            avd=self._dimensions(values),
            channel=self._channel(values),
            start=start,
            end=end,
        )

    def _required(self, values: Mapping[str, str], name: str) -> str:
        value = values.get(name, "")
        if name in values and value in MISSING:
            remedy = "; where nobody knows, write unknown" * (name == "speaker")
            said = f"the field says {value}" if value else "the field is empty"
            self._problem(f"no {name}", said + remedy)
            return ""
        if "\n" in value or "\r" in value:
            self._problem(f"{name} with a line break", repr(value))
        return value

    def _speaker(self, values: Mapping[str, str], file: str) -> str | None:
        if self._find_speaker is None:
            given = self._required(values, "speaker")
            return None if is_unknown(given) else safe_name(given)
        found = self._find_speaker(file.replace("\\", "/"))
        if file and found is None:
            self._problem("--speaker_from finds no speaker", file)
        return found

    def _split(self, values: Mapping[str, str]) -> str | None:
        given = self._required(values, "split").lower()
        side = OTHER_SIDES.get(given, given)
        if side and side not in SIDES:
            self._problem(f"split is none of {', '.join(SIDES)}", given)
        return side or None

    def _dimensions(self, values: Mapping[str, str]) -> tuple[float, float, float] | None:
        if DIMENSIONS[0] not in values:
            return None
        numbers = [self._number(name, values[name]) for name in DIMENSIONS]
        return None if None in numbers else (*numbers,)  # type: ignore[return-value]

    def _channel(self, values: Mapping[str, str]) -> int | None:
        given = _stated(values, "channel")
        if given and given.lower() not in CHANNEL_NAMES:
            self._problem(f"channel is none of {', '.join(CHANNELS)}, 1, 2, left, right", given)
        return CHANNEL_NAMES.get(given.lower())

    def _span(self, values: Mapping[str, str]) -> tuple[float | None, float | None]:
        given = [_stated(values, name) for name in ("start", "end")]
        if not any(given):
            return None, None
        start, end = (self._number(n, v) for n, v in zip(("start", "end"), given, strict=True))
        if start is not None and end is not None and not 0 <= start < end:
            self._problem("part without length", f"from {given[0]} s to {given[1]} s")
        return start, end

    def _number(self, name: str, text: str) -> float | None:
        try:
            number = float(text if "." in text else text.replace(",", "."))
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
        self._problem(f"{name} is no number", repr(text))
        return None

    def _problem(self, reason: str, detail: str) -> None:
        self._problems.add(reason, self._where, detail)


def _stated(values: Mapping[str, str], name: str) -> str:
    return "" if (value := values.get(name, "")) in MISSING else value


def located(folder: Path, file: str) -> Path:
    r"""Return the path of a file as listed, seen from `folder`.

    Of a file that is not there, other spellings of the same name are tried: with ``\`` between
    folders, as in Windows, and with ä as one character or as two, as in macOS.
    """
    spellings: dict[str, Any] = dict.fromkeys([file, file.replace("\\", "/")])
    for form in ("NFC", "NFD"):
        spellings |= dict.fromkeys([unicodedata.normalize(form, name) for name in spellings])
    paths = [folder / name for name in spellings]
    return next(filter(os.path.exists, paths), paths[0])
