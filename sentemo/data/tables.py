"""Tables as in Kaldi: ``<id> <value>`` lines in UTF-8, sorted by id in C order.

Ids contain no white space. ``LC_ALL=C sort -o FILE FILE`` sorts a table.
"""

import codecs
import re
from collections.abc import Mapping
from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.core.files import atomic_file, read_bytes
from sentemo.core.printable import is_utf8, printable

TABLE_REMEDY = (
    'A table has one "<id> <value>" line per id, in UTF-8, sorted by id: '
    "LC_ALL=C sort -o FILE FILE."
)
_LINE = re.compile(r"(\S+)(?:[ \t]+(.+))?", re.DOTALL)
_MARGIN = " \t\r"  # a file edited on Windows ends its lines in \r\n


def read_table(path: Path) -> dict[str, str]:
    """Read a sorted table of ``<id> <value>`` lines.

    Raises
    ------
    SentemoError
        Naming file and line of every entry that is malformed, duplicate, unsorted or not UTF-8.
    """
    problems = Problems(str(path))
    table = parse_table(Path(path), problems)
    problems.raise_if_any(TABLE_REMEDY)
    return table


def parse_table(path: Path, problems: Problems, may_be_empty: bool = False) -> dict[str, str]:
    """Read a table as `read_table` does, but add its problems to `problems`.

    If values `may_be_empty`, a line may be only an id.
    """
    table: dict[str, str] = {}
    previous = ""
    lines = read_bytes(path).removeprefix(codecs.BOM_UTF8).split(b"\n")
    for number, raw in enumerate(lines[:-1] if lines[-1] == b"" else lines, start=1):
        where = f"{path}:{number}"
        try:
            line = raw.decode("utf-8").strip(_MARGIN)
        except UnicodeDecodeError as error:
            problems.add("not UTF-8", where, f"byte {error.start + 1} of the line")
            continue
        match = _LINE.fullmatch(line)
        if match is None or (match[2] is None and not may_be_empty):
            problems.add("malformed line", where, repr(line))
            continue
        key, value = match.groups(default="")
        if key in table:
            problems.add("duplicate id", where, key)
            continue
        if key < previous:  # code points sort as UTF-8 bytes do, which is C order
            problems.add("unsorted id", where, f"{key} after {previous}")
        table[key] = value
        previous = key
    return table


def write_table(path: Path, table: Mapping[str, str], may_be_empty: bool = False) -> None:
    """Write a table sorted by id, atomically; `parse_table` explains `may_be_empty`.

    Raises
    ------
    SentemoError
        When an id or a value could not be read back unchanged.
    """
    problems = Problems(str(path))
    for key, value in table.items():
        if not key or re.search(r"\s", key):
            problems.add("id empty or with white space", "id", repr(key))
        if not (value or may_be_empty) or value != value.strip(_MARGIN) or "\n" in value:
            problems.add("value empty, with line breaks or with margins", key, repr(value))
        elif not (is_utf8(key) and is_utf8(value)):
            problems.add("name that is not UTF-8", printable(key), printable(value))
    problems.raise_if_any("Rename these ids, or correct these values.")
    with atomic_file(Path(path), "wb") as stream:
        lines = (f"{key} {table[key]}".rstrip(" ") for key in sorted(table))
        stream.writelines(f"{line}\n".encode() for line in lines)
