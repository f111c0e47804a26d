"""Results by group: tables of the gaps between groups, and a card's sentences on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentemo.core.markdown import in_brackets, markdown_table, percent, plain, with_interval
from sentemo.report.titles import corpus_and_title
from sentemo.scoring.groupings import AGE, SEX

Scores = Mapping[str, Any]
GROUPS_NOTE = (
    "The groups of the lowest and of the highest UA (in percent, over the classes that a group "
    "has), with 95 % intervals over speakers, of a single speaker over utterances; with few "
    "speakers these are too narrow. p is of a permutation test of the gap, which exchanges "
    "speakers between groups, or utterances of one speaker and class; it is corrected for the "
    "number of rows (Holm). Groups of fewer than twenty utterances are left out."
)
SHOWN_GROUPS = 12  # of a table of all groups
SIGNIFICANT = 0.05
Table = dict[str, Any]


def render_groups(scores: Sequence[Scores]) -> str:
    """Render one row for each experiment and each way to divide its utterances."""
    rows = [
        [*corpus_and_title(s).values(), name, *_ends(of)]
        for s in scores
        for name, of in s.get("groups", {}).items()
    ]
    header = ["corpus", "experiment", "by", "groups", "lowest", "UA", "highest", "UA", "gap", "p"]
    return f"**Results by group.** {GROUPS_NOTE}\n\n{markdown_table(header, rows)}" if rows else ""


def _ends(of: Mapping[str, Any]) -> list[str]:
    groups = [*of["groups"].items()]
    found = [str(len(groups))]
    for name, group in (groups[0], groups[-1]):
        found += [plain(name), with_interval(group["ua"], group["ci95"], percent)]
    return [*found, percent(of["gap"]), f"{of['p_holm']:.3f}"]


def group_tables(scores: Scores) -> list[Table]:
    """Return title, note, header and rows of a table for each way to divide the utterances."""
    tables = []
    for name, of in scores.get("groups", {}).items():
        groups = [*of["groups"].items()]
        half = SHOWN_GROUPS // 2
        shown = groups if len(groups) <= SHOWN_GROUPS else [*groups[:half], *groups[-half:]]
        note = f"gap {percent(of['gap'])} points, p = {of['p_holm']:.3f}"
        if len(shown) < len(groups):
            note += f"; the {half} lowest and the {half} highest of {len(groups)}"
        if of["left_out"]:
            note += f"; {of['left_out']} utterances in groups of fewer than twenty are left out"
        tables.append(
            {
                "title": f"By {name}",
                "note": note,
                "name": name,
                "rows": [
                    {
                        "group": group,
                        "utterances": found["utterances"],
                        "speakers": found["speakers"],
                        "ua": found["ua"],
                        "interval": in_brackets(found["ci95"], percent),
                        "sure": f"{100 * found['sure']:+.1f}",
                        "worst": _worst(found["recall"]),
                    }
                    for group, found in shown
                ],
            }
        )
    return tables


def _worst(recalls: Mapping[str, float | None]) -> str:
    """Return the class of the lowest recall, and the recall."""
    known = {label: recall for label, recall in recalls.items() if recall is not None}
    label = min(known, key=known.__getitem__)
    return f"{label} {percent(known[label])} %"


def gaps_in_words(scores: Scores) -> list[str]:
    """Return what a card says of gaps, in Markdown: the largest one, and those of sex and age."""
    groups = scores.get("groups", {})
    if not groups:
        return []
    largest = max(groups, key=lambda name: groups[name]["gap"])
    named = [largest, *(name for name in (SEX, AGE) if name in groups and name != largest)]
    return [
        ("The largest gap between groups is by " if name == largest else "By ")
        + f"{name}: {_gap_in_words(groups[name])}"
        for name in named
    ]


def _gap_in_words(of: Mapping[str, Any]) -> str:
    ends = [*of["groups"].items()]
    (low, lowest), (high, highest) = ends[0], ends[-1]
    chance = "" if of["p_holm"] < SIGNIFICANT else ", which may be chance"
    return (
        f"UA {percent(lowest['ua'])} % ({plain(low)}) to {percent(highest['ua'])} % "
        f"({plain(high)}), p = {of['p_holm']:.3f}{chance}."
    )
