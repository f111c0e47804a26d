"""The table of a study in Markdown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sentemo.core.markdown import (
    coefficient,
    in_brackets,
    markdown_table,
    percent,
    plain,
    with_interval,
)
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.targets import TASKS
from sentemo.scoring.dimensions import MEAN

Scores = dict[str, Any]
# Half-widths of a 95 % interval: a true difference of so many is found with a power of 80 % at the
# two-sided level of 5 %, because (1.96 + 0.84) / 1.96 = 1.43 for a normal distribution.
FOUND_BY_MOST = 1.43

ONE_RELEASE = " Compare within one release and one test set only."
NEW_SPEAKERS = (
    "The interval over speakers, who are drawn with all their utterances, is the one for new "
    "speakers. "
)
PERMUTED = (
    NEW_SPEAKERS + "p is of a permutation test that exchanges two rows' predictions of a speaker "
    "(of an utterance, where fewer than five speakers are known), corrected for the number of "
    "rows (Holm)."
)
BOOTSTRAPPED = (
    NEW_SPEAKERS + "p is of the same draws (of drawn utterances, where fewer than five speakers "
    "are known), corrected for the number of rows (Holm)."
)


@dataclass(frozen=True)
class StudyColumns:
    """Columns of a study's table.

    Attributes
    ----------
    shown
        Headings of the measures, by their names in `scores.json`.
    best
        Heading of the measure by which validation chooses.
    compared
        Measures whose differences from the first row are shown, by their heading.
    write, write_difference, write_published
        Write a measure, a difference of two, and a number of a paper.
    note, tested
        Explain what the table shows, and its columns of tests.
    """

    shown: dict[str, str]
    best: str
    compared: dict[str, str]
    write: Callable[[float | None], str]
    write_difference: Callable[[float], str]
    write_published: Callable[[float], str]
    note: str
    tested: str


def _note(measures: str, best: str, compared: str, interval: str = "95 %") -> str:
    """Explain the numbers of a table; `measures`, `best` and `compared` name what it shows."""
    return (
        f"{measures}, pooled over all test utterances: mean ± standard deviation over the seeds, "
        "or for one seed the bootstrap 95 % interval. Each row shows its configuration of the "
        f"highest mean validation {best}; no choice used a test side. {compared} are paired over "
        f"utterances, in the mean over the seeds; their {interval} interval takes utterances as "
        "independent."
    )


CLASS_STUDY_COLUMNS = StudyColumns(
    shown={"wa": "WA", "ua": "UA"},
    best="UA",
    compared={"UA": "ua"},
    write=percent,
    write_difference=lambda value: f"{100 * value:+.1f}",
    write_published=lambda value: f"{value:.1f}",
    note=_note("WA and UA in percent", "UA", "Differences of UA"),
    tested=PERMUTED,
)
MACRO_F1_STUDY_COLUMNS = replace(
    CLASS_STUDY_COLUMNS,
    shown={"macro_f1": "macro-F1", "ua": "UA", "wa": "WA"},
    best="macro-F1",
    compared={"macro-F1": "macro_f1"},
    note=_note("Macro-F1, UA and WA in percent", "macro-F1", "Differences", "bootstrap 95 %")
    + ONE_RELEASE,
    tested=BOOTSTRAPPED,
)
DIMENSION_STUDY_COLUMNS = StudyColumns(
    shown={name: name for name in DIMENSIONS},
    best="CCC",
    compared={name: name for name in ("valence", MEAN)},
    write=coefficient,
    write_difference=lambda value: f"{value:+.3f}",
    write_published=coefficient,
    note=_note("CCC", "CCC", "Differences", "bootstrap 95 %") + ONE_RELEASE,
    tested=BOOTSTRAPPED,
)


def columns_of(task: str, measure: str | None = None) -> StudyColumns:
    """Return the columns of a task: those of classes, where classes are learnt.

    Parameters
    ----------
    measure
        What chose among candidates of classes, where it was not UA.
    """
    if "label" not in TASKS[task]:
        return DIMENSION_STUDY_COLUMNS
    return MACRO_F1_STUDY_COLUMNS if measure == "macro_f1" else CLASS_STUDY_COLUMNS


def render_study(scores: Scores) -> str:
    """Render a study's table, and below it the validation scores of every candidate."""
    rows = scores["test"]
    columns = columns_of(scores.get("task", "label"), scores.get("measure"))
    parts = [_heading(scores, columns), _rows_table(rows, columns)]
    if _is_tested(rows):
        parts += [_sensitivity(rows, name, columns) for name in columns.compared.items()]
    return "\n\n".join([*parts, _candidates_table(rows, columns)])


def _heading(scores: Scores, columns: StudyColumns) -> str:
    counts = scores["counts"]
    upstream, commit = (scores[key] or "none" for key in ("asr_model", "commit"))
    said = (
        f"on {scores['corpus']}: {counts['utterances']} utterances, "
        f"{counts['folds']} folds ({scores['protocol']}), seed {scores['seed']}, upstream "
        f"{upstream}, commit {commit}. Data: {'; '.join(scores['notes']) or 'nothing to note'}."
    )
    note = columns.note + f" {columns.tested}" * _is_tested(scores["test"])
    return f"**{plain(scores['title'])}**, {plain(said)} {note}"


def _rows_table(rows: Sequence[Scores], columns: StudyColumns) -> str:
    published = any(row["published"] for row in rows)
    header = ["row", "configuration", *columns.shown.values()]
    is_tested = _is_tested(rows)
    for heading in columns.compared:
        header += [f"{heading} − {_first(rows)}"]
        header += ["over speakers", "p"] if is_tested else []
    header += [f"{heading}, paper" for heading in columns.shown.values() if published]
    cells = []
    for row in rows:
        line = [row["row"], row.get("candidate") or row.get("cited") or "–"]
        line += [_mean(row["test"].get(name), columns) for name in columns.shown]
        for name in columns.compared.values():
            line += _difference(row, name, columns, is_tested)
        line += [_published(row, name, columns) for name in columns.shown if published]
        cells.append(line)
    return markdown_table(header, cells)


def _sensitivity(rows: Sequence[Scores], measure: tuple[str, str], columns: StudyColumns) -> str:
    """Say how large a true difference is that such a study finds with a power of 80 %."""
    heading, name = measure
    found = []
    for row in rows:
        of = (row["difference"] or {}).get(name)
        if of is not None:
            low, high = of["ci95_speakers"] or of["ci95"]
            size = columns.write(FOUND_BY_MOST * (high - low) / 2)
            found.append(f"{row['row']} {size}")
    return (
        f"**Statistical power.** With a power of 80 %, such a study finds a true difference of "
        f"{heading} from {_first(rows)} of this size ({FOUND_BY_MOST} half-widths of the "
        f"interval over speakers, or over utterances where speakers are too few; two-sided, 5 %, "
        f"before the correction): {'; '.join(found)}."
    )


def _is_tested(rows: Sequence[Scores]) -> bool:
    """Tell whether the differences have tests, which those of older versions have not."""
    return any("p_holm" in of for row in rows for of in (row["difference"] or {}).values())


def _first(rows: Sequence[Scores]) -> str:
    """Return the row that all others are compared with: it was scored, and has no difference."""
    return next((r["row"] for r in rows if r["difference"] is None and "candidate" in r), "first")


def _candidates_table(rows: Sequence[Scores], columns: StudyColumns) -> str:
    cells = [
        [row["row"], name, _mean(found, columns)]
        for row in rows
        for name, found in row.get("valid", {}).items()
    ]
    return markdown_table(["row", "candidate", f"validation {columns.best}"], cells)


def _mean(found: Mapping[str, Any] | float | None, columns: StudyColumns) -> str:
    """Write a mean with its deviation over the seeds, or for one seed with its interval."""
    write = columns.write
    if not isinstance(found, Mapping):
        return write(found)
    if found["sd"] is not None:
        return f"{write(found['mean'])} ± {write(found['sd'])}"
    return with_interval(found["mean"], found.get("ci95"), write)


def _difference(row: Scores, name: str, columns: StudyColumns, is_tested: bool) -> list[str]:
    found, write = (row["difference"] or {}).get(name), columns.write_difference
    if found is None:
        return ["–"] * (3 if is_tested else 1)
    cells = [with_interval(found["difference"], found["ci95"], write)]
    if is_tested:
        cells += [in_brackets(found["ci95_speakers"], write), f"{found['p_holm']:.3f}"]
    return cells


def _published(row: Scores, name: str, columns: StudyColumns) -> str:
    value = (row["published"] or {}).get(name)
    return "–" if value is None else columns.write_published(value)
