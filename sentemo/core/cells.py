"""Text of others in the cells of CSV and TSV files, which spreadsheets would take for a formula."""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def text_cell(text: str) -> str:
    """Return a text as the cell of a table: an apostrophe keeps ``=cmd`` from being a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def text_of_cell(cell: str) -> str:
    """Return the text that `text_cell` wrote."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
