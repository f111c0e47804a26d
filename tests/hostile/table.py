"""The table of a run: how many inputs of each kind were refused, right or wrong, and their cost."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from hostile.case import REFUSED, RIGHT, WRONG, Outcome

HEADER = ("kind", "inputs", "refused", "right", "wrong", "slowest s", "most MB above base")


def table(outcomes: Iterable[Outcome]) -> list[str]:
    """Return the lines of the table, a row for each kind and one for all."""
    by_kind: dict[str, list[Outcome]] = {}
    for found in outcomes:
        by_kind.setdefault(found.kind, []).append(found)
    rows = [_row(kind, found) for kind, found in by_kind.items()]
    rows.append(_row("all", [one for found in by_kind.values() for one in found]))
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    return [
        f"{row[0]:<{widths[0]}}"
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in (HEADER, *rows)
    ]


def complaints(outcomes: Iterable[Outcome]) -> list[str]:
    """Return a paragraph for each input that was not handled right."""
    return [f"{o.kind} | {o.name}:\n{o.words}" for o in outcomes if o.verdict == WRONG]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table of the tests of this folder, where they ran, in whichever process."""
    reports = [one for name in ("passed", "failed") for one in terminalreporter.stats.get(name, [])]
    found = [
        Outcome(**outcome)
        for report in reports
        for key, value in report.user_properties
        if key == "hostile"
        for outcome in json.loads(value)
    ]
    if found:
        terminalreporter.section("hostile and broken inputs")
        for line in table(found):
            terminalreporter.write_line(line)


def _row(kind: str, found: Sequence[Outcome]) -> tuple[str, ...]:
    counts = [sum(one.verdict == verdict for one in found) for verdict in (REFUSED, RIGHT, WRONG)]
    slowest = max(one.seconds for one in found)
    most = max(one.megabytes for one in found)
    return (kind, str(len(found)), *map(str, counts), f"{slowest:.1f}", f"{most:.0f}")
