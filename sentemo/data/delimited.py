"""Tables with a header, as spreadsheets write them: CSV or TSV, any delimiter and line ending."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import read_bytes

USUAL_DELIMITERS = ",;\t|"
NO_DELIMITERS = set("\"'_-.\r\n")  # characters of names in a header
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NO_TEXT = {
    b"PK\x03\x04": "a spreadsheet or an archive",  # .xlsx and .ods are zip archives
    b"\xd0\xcf\x11\xe0": "a spreadsheet",  # .xls
    b"PAR1": "a Parquet file",
}
SPREADSHEETS_SEPARATOR = re.compile(r"\Asep=.\r?\n", re.IGNORECASE)  # above the header, for Excel
LONGEST_FIELD = 1 << 20  # characters; csv's own limit is shorter than some transcripts


@dataclass(frozen=True)
class Row:
    """One row: the line on which it ends, and its fields by column, without margins."""

    line: int
    fields: dict[str, str]


def read_delimited(
    path: Path, known: Collection[str], problems: Problems
) -> tuple[list[str], list[Row]]:
    """Read a table in UTF-8 or UTF-16, and add what is wrong in it to `problems`.

    The delimiter is the one with which the header names most `known` columns; an unusual one is
    tried where the header has none of `USUAL_DELIMITERS`. Rows whose fields are all empty are
    passed over, as spreadsheets write such rows after the last one.

    Parameters
    ----------
    known
        Names of columns that the header may have, in lower case.

    Returns
    -------
    columns
        Names of the columns, in lower case.
    rows
        The rows that have as many fields as the header.

    Raises
    ------
    SentemoError
        When the file is missing, is no text, or is empty.
    """
    text = _decoded(path)
    csv.field_size_limit(LONGEST_FIELD)
    columns, found = _header(text, known)
    if not any(columns):
        raise SentemoError(f"{path}: empty; its first line must name the columns")
    repeated = Counter(name for name in columns if name in known)
    for name in (name for name, times in repeated.items() if times > 1):
        problems.add("column named twice", f"{path.name}:1", name)
    rows = []
    for line, fields in _records(text, found, path, problems):
        if not any(fields):
            continue
        if len(fields) == len(columns):
            rows.append(Row(line, dict(zip(columns, fields, strict=True))))
        else:
            detail = f"{len(fields)}, but the header has {len(columns)}"
            problems.add("wrong number of fields", f"{path.name}:{line}", detail)
    return columns, rows[1:]


def _decoded(path: Path) -> str:
    content = read_bytes(path)
    for beginning, kind in NO_TEXT.items():
        if content.startswith(beginning):
            raise SentemoError(f"{path}: {kind}, not a table of text. Save it as CSV in UTF-8.")
    encoding = "utf-16" if content.startswith(UTF_16) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SentemoError(
            f"{path}:{line}: not UTF-8. Save the table again, as CSV in UTF-8."
        ) from None
    if "\0" in text:
        raise SentemoError(f"{path}: not a text file. Save the table as CSV in UTF-8.")
    if text.lstrip().startswith(("{", "[")):
        raise SentemoError(f"{path}: JSON, not a table. Save it as CSV in UTF-8.")
    return SPREADSHEETS_SEPARATOR.sub("\n", text)  # a line, so that lines are counted rightly


def _header(text: str, known: Collection[str]) -> tuple[list[str], str]:
    """Return the names of the columns, and the delimiter that finds most of the known ones."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    usual = [c for c in USUAL_DELIMITERS if c in first]
    others = [c for c in first if not (c.isalnum() or c in NO_DELIMITERS)]
    best: tuple[tuple[int, int], list[str], str] = ((-1, -1), [], ",")
    for delimiter in dict.fromkeys(usual or others or USUAL_DELIMITERS):
        try:
            read = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            continue
        names = [name.strip().lower() for name in read]
        score = sum(name in known for name in names), len(names)
        if score > best[0]:
            best = score, names, delimiter
    return best[1], best[2]


def _records(
    text: str, delimiter: str, path: Path, problems: Problems
) -> Iterator[tuple[int, list[str]]]:
    """Yield every record, the header too, with the number of the line on which it ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.add("misplaced quotes", f"{path.name}:{reader.line_num}", str(error))
            continue
        yield reader.line_num, [field.strip() for field in fields]
