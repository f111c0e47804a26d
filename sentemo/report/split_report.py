"""The report on a split as Markdown tables, which also read well in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentemo.core.markdown import markdown_table, percent, plain
from sentemo.data.splits import SIDES
from sentemo.scoring.split_check import KINDS

SHOWN = 3  # names in a cell
LONGEST_NAME = 60  # characters; the middle of a longer name is left out
CROSS = ("speakers", "recordings", "sentences")
Report = Mapping[str, Any]


def render_split_check(report: Report) -> str:
    """Render a report of `sentemo.scoring.split_check.check_split` in Markdown.

    A table has a row for each fold; a second one, what is wrong and where; below stand the notes
    and what follows.
    """
    sources = [
        f"{source} ({layout})"
        for source, layout in zip(report["sources"], report["layouts"], strict=True)
    ]
    findings = _findings(report)
    parts = [plain(", ".join(sources)), fold_table(report)]
    if findings:
        parts.append(markdown_table(["found", "where"], findings))
    if not any(fold["sides"]["valid"]["utterances"] for fold in report["folds"]):
        parts.append(
            "No validation side is listed. Epochs and settings have to be chosen on a part of the "
            "training side, not on the test side."
        )
    parts += [plain(note) for note in report["notes"]]
    parts.append(_verdict(report))
    return "\n\n".join(parts)


def fold_table(report: Report) -> str:
    """Render a row for each fold: what crosses is counted, out of all that there is."""
    folds = report["folds"]
    shifting = [side for side in SIDES[1:] if any(side in fold["class_shift"] for fold in folds)]
    rows = [
        [
            fold["fold"],
            *(str(fold["sides"][side]["utterances"]) for side in SIDES),
            *(_crossing_cell(fold[kind]) for kind in CROSS),
            *(_shift_cell(fold["class_shift"].get(side)) for side in shifting),
        ]
        for fold in folds
    ]
    header = ["fold", *SIDES, *(f"{kind} on several sides" for kind in CROSS)]
    header += [f"class shift of {side} in % (by chance up to)" for side in shifting]
    return markdown_table(header, rows)


def overview_table(reports: Mapping[str, Report]) -> str:
    """Render a row for each split by its name: the most that crosses in one of its folds."""
    rows = []
    for name, report in reports.items():
        folds = report["folds"]
        worst = {
            kind: max((fold[kind] for fold in folds), key=lambda one: len(one["crossing"]))
            for kind in CROSS
        }
        rows.append(
            [
                name,
                str(len(folds)),
                str(sum(side["utterances"] for side in folds[0]["sides"].values())),
                *(_crossing_cell(worst[kind]) for kind in CROSS),
                "yes" if any(fold["sides"]["valid"]["utterances"] for fold in folds) else "no",
            ]
        )
    header = ["split", "folds", "utterances", *(f"{kind} on several sides" for kind in CROSS)]
    return markdown_table([*header, "validation side"], rows)


def _crossing_cell(found: Mapping[str, Any]) -> str:
    return f"{len(found['crossing'])} of {found['of']}" if found["of"] else "not known"


def _shift_cell(shift: Mapping[str, float] | None) -> str:
    return f"{percent(shift['distance'])} ({percent(shift['by_chance'])})" if shift else "–"


def _findings(report: Report) -> list[tuple[str, str]]:
    folds = report["folds"]
    rows: list[tuple[str, str]] = []
    for kind in CROSS:
        rows += _crossing_row(KINDS[kind], folds, kind)
    rows += _crossing_row("speakers by file name on several sides", folds, "speakers_by_name")
    rows += _missing_rows(folds)
    conflicts = [
        f"{_short(name)}: {', '.join(labels)}" for name, labels in report["label_conflicts"].items()
    ]
    rows += [(KINDS["labels"], f"{len(conflicts)}: {_first(conflicts)}")] if conflicts else []
    return [*rows, *_count_rows(report["counts"])]


def _crossing_row(
    what: str, folds: Sequence[Mapping[str, Any]], kind: str
) -> list[tuple[str, str]]:
    """Name what crosses in how many folds, and on which sides in the first of them."""
    crossing = [fold for fold in folds if fold[kind]["crossing"]]
    if not crossing:
        return []
    first = crossing[0]
    names = [
        f"{_short(name)} ({', '.join(sides)})" for name, sides in first[kind]["crossing"].items()
    ]
    return [
        (
            what,
            f"{len(crossing)} of {len(folds)} folds; in fold {first['fold']} "
            f"{_crossing_cell(first[kind])}: {_first(names)}",
        )
    ]


def _missing_rows(folds: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    classes = [
        f"fold {fold['fold']}, {side}: {', '.join(missing)}"
        for fold in folds
        for side, missing in fold["missing_classes"].items()
    ]
    sides = [
        f"fold {fold['fold']}: {side}"
        for fold in folds
        for side in ("train", "test")
        if not fold["sides"][side]["utterances"]
    ]
    unknown = [
        f"fold {fold['fold']}: {number}" for fold in folds if (number := fold["unknown_speakers"])
    ]
    rows = ((KINDS["unknown"], unknown), (KINDS["classes"], classes), (KINDS["sides"], sides))
    return [(what, _first(found)) for what, found in rows if found]


def _count_rows(counts: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [
        (
            KINDS["counts"],
            f"{one['corpus']}, {one['version']}: "
            + ", ".join(f"{label} {a} of {b}" for label, (a, b) in one["differing"].items()),
        )
        for one in counts
        if one["differing"]
    ]


def _short(name: str) -> str:
    half = LONGEST_NAME // 2
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[-half:]}"


def _first(names: Sequence[str]) -> str:
    more = f"; … and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return "; ".join(names[:SHOWN]) + more


def _verdict(report: Report) -> str:
    complete = [
        f"{one['corpus']} ({one['version']}): the numbers of recordings are the published ones, of "
        f"{', '.join(one['found'])}."
        for one in report["counts"]
        if not one["differing"]
    ]
    accepted = ", ".join(KINDS[kind] for kind in report["accepted"])
    lines = [plain(line) for line in complete]
    if accepted:
        lines.append(f"Accepted: {accepted}.")
    wrong = "; ".join(KINDS[kind] for kind in report["wrong"])
    nothing = "Nothing else" if accepted else "Nothing"
    lines.append(f"Wrong: {wrong}." if wrong else f"{nothing} is wrong with this split.")
    return "\n\n".join(lines)
