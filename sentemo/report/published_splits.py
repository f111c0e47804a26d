"""The page of the documentation shows the reports of `sentemo check-split` on published splits."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file, read_text
from sentemo.core.markdown import replace_block
from sentemo.core.structured import read_json
from sentemo.report.split_report import overview_table, render_split_check


def read_split_reports(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Read the reports of a folder, ``EmoBox_EmoDB.json`` and so on, by the names of the splits.

    Raises
    ------
    SentemoError
        When there is none, or one is not JSON.
    """
    paths = sorted(Path(folder).glob("*.json"))
    if not paths:
        raise SentemoError(f"{folder}: no reports. sentemo check-split LISTS --json writes one.")
    return {path.stem.replace("_", " "): read_json(path, dict) for path in paths}


def with_split_reports(text: str, reports: Mapping[str, Mapping[str, Any]], where: str) -> str:
    """Replace the blocks of a page: ``overview``, and one with the name of each split shown whole.

    Parameters
    ----------
    text
        The page, with ``<!-- overview -->`` and for instance ``<!-- EmoBox EmoDB -->``.
    reports
        By the names of the splits; those without a block are only in the overview.
    where
        The page's file, for messages.
    """
    text = replace_block(text, "overview", f"\n{overview_table(reports)}\n", where)
    for name, report in reports.items():
        if f"<!-- {name} -->" in text:
            text = replace_block(text, name, f"\n{render_split_check(report)}\n", where)
    return text


def update_split_page(page: Path, folder: Path) -> None:
    """Write the reports of a folder into a page; for errors see `with_split_reports`."""
    text = with_split_reports(read_text(page), read_split_reports(folder), str(page))
    with atomic_file(page) as stream:
        stream.write(text)
