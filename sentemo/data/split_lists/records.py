"""Records of one list: rows of a table, lines or objects of JSON, rows of a Parquet file."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems, SentemoError, library_reason
from sentemo.core.files import read_text
from sentemo.core.structured import LARGEST_JSON, parse_json
from sentemo.data.delimited import read_delimited

TABLES, JSON, JSON_LINES, PARQUET = (".csv", ".tsv"), ".json", ".jsonl", ".parquet"
LIST_ENDINGS = (*TABLES, JSON, JSON_LINES, PARQUET)
ROWS_AT_ONCE = 64  # of a Parquet file, whose recordings may be more than the memory holds
REMEDY = "Correct these lines, or take them out."
JSON_REMEDY = (
    "A list in JSON is an array of objects, an object of objects by id (as of SpeechBrain), or an "
    'object whose "meta_data" is an array of objects (as of S3PRL).'
)


@dataclass(frozen=True)
class Record:
    """One utterance of a list: where it stands, and its fields by name in lower case.

    `digest` is that of its recording, where the list holds the recording itself.
    """

    where: str
    fields: Mapping[str, str]
    digest: str | None = None


def read_records(path: Path, known: Collection[str]) -> list[Record]:
    """Read the records of a list by the ending of its name.

    Parameters
    ----------
    known
        Names of columns in lower case, by which the delimiter of a table is found.

    Returns
    -------
    list
        Their values are texts; an object with a ``path``, as Hugging Face's datasets store audio,
        is that path, and other values that are no scalars are left out.

    Raises
    ------
    SentemoError
        When the file is missing, is no list, or is malformed, counting all problems with lines;
        also where it is a Parquet file and pyarrow is not installed.
    """
    ending = path.suffix.lower()
    if ending not in LIST_ENDINGS:
        raise SentemoError(f"{path}: no list that can be read ({', '.join(LIST_ENDINGS)})")
    if ending in TABLES:
        return _table_records(path, known)
    read = {JSON: _json_objects, JSON_LINES: _json_lines, PARQUET: _parquet_rows}[ending]
    records = [Record(where, _fields(value), _digest(value)) for where, value in read(path)]
    if not records:
        raise SentemoError(f"{path}: no utterances in it")
    return records


def _table_records(path: Path, known: Collection[str]) -> list[Record]:
    problems = Problems(str(path))
    _, rows = read_delimited(path, known, problems)
    problems.raise_if_any(REMEDY)
    if not rows:
        raise SentemoError(f"{path}: no rows below the header")
    return [Record(f"{path.name}:{row.line}", row.fields) for row in rows]


def _json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(read_text(path, LARGEST_JSON).split("\n"), start=1):
        if not line.strip():
            continue
        value = parse_json(line, f"{path}:{number}")
        if not isinstance(value, dict):
            raise SentemoError(f"{path}:{number}: no object of JSON")
        yield f"{path.name}:{number}", value


def _json_objects(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    content = parse_json(read_text(path, LARGEST_JSON), str(path))
    if isinstance(content, dict) and isinstance(content.get("meta_data"), list):
        content = content["meta_data"]
    if isinstance(content, list):
        named = [(f"{path.name}, entry {n}", value) for n, value in enumerate(content, start=1)]
    elif isinstance(content, dict):
        named = [
            (f"{path.name}, {key}", {"id": key} | value if isinstance(value, dict) else value)
            for key, value in content.items()
        ]
    else:
        named = [(path.name, content)]
    for where, value in named:
        if not isinstance(value, dict):
            raise SentemoError(f"{where}: no object. {JSON_REMEDY}")
        yield where, value


def _parquet_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if find_spec("pyarrow") is None:
        raise SentemoError(
            f"{path}: a Parquet file, which needs pyarrow: pip install pyarrow. Or write the table "
            "as CSV."
        )
    parquet = import_module("pyarrow.parquet")  # no dependency; it is used where it is installed
    try:
        batches = parquet.ParquetFile(path).iter_batches(ROWS_AT_ONCE)
        rows = (row for batch in batches for row in batch.to_pylist())
        for number, row in enumerate(rows, start=1):
            yield f"{path.name}, row {number}", row
    except (OSError, ValueError) as error:  # of which pyarrow's errors are
        raise SentemoError(f"{path}: not a Parquet file to read: {library_reason(error)}") from None


def _digest(value: Mapping[str, Any]) -> str | None:
    """Return the digest of a recording within a list, as Hugging Face's datasets store it."""
    contents = [x.get("bytes") for x in value.values() if isinstance(x, dict)]
    found = next((content for content in contents if isinstance(content, bytes)), None)
    return None if found is None else hashlib.sha256(found).hexdigest()


def _fields(value: Mapping[str, Any]) -> dict[str, str]:
    plain = {name.strip().lower(): _plain(content) for name, content in value.items()}
    return {name: text for name, text in plain.items() if text is not None}


def _plain(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("path")
    if value is None or isinstance(value, list | dict | bytes):
        return None
    return str(value).strip()
