"""The table of a study in Markdown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sentemo.core.markdown import coefficient, markdown_table, percent, plain, with_interval
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.targets import TASKS
from sentemo.scoring.dimensions import MEAN

Scores = dict[str, Any]
# Returns a difference and its interval out of what a study's `scores.json` says of them.
FindDifference = Callable[[Scores], tuple[float, tuple[float, float]]]


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
        Differences from the first row, by their heading.
    write, write_difference, write_published
        Write a measure, a difference of two, and a number of a paper.
    note
        Explains what the table shows.
    """

    shown: dict[str, str]
    best: str
    compared: dict[str, FindDifference]
    write: Callable[[float | None], str]
    write_difference: Callable[[float], str]
    write_published: Callable[[float], str]
    note: str


def _ua_difference(found: Scores) -> tuple[float, tuple[float, float]]:
    return found["ua"], found["ci95"]


def _ccc_difference(name: str) -> FindDifference:
    return lambda found: (found[name]["difference"], found[name]["ci95"])


CLASS_STUDY_COLUMNS = StudyColumns(
    shown={"wa": "WA", "ua": "UA"},
    best="UA",
    compared={"UA": _ua_difference},
    write=percent,
    write_difference=lambda value: f"{100 * value:+.1f}",
    write_published=lambda value: f"{value:.1f}",
    note="WA and UA in percent, pooled over all test utterances: mean ± standard deviation over "
    "the seeds, or for one seed the bootstrap 95 % interval. Each row is its configuration of the "
    "highest mean validation UA; no choice looked at a test side. Differences of UA are paired "
    "over utterances, in the mean over the seeds; their 95 % interval takes utterances as "
    "independent.",
)
DIMENSION_STUDY_COLUMNS = StudyColumns(
    shown={name: name for name in DIMENSIONS},
    best="CCC",
    compared={name: _ccc_difference(name) for name in ("valence", MEAN)},
    write=coefficient,
    write_difference=lambda value: f"{value:+.3f}",
    write_published=coefficient,
    note="CCC, pooled over all test utterances: mean ± standard deviation over the seeds, or for "
    "one seed the bootstrap 95 % interval. Each row is its configuration of the highest mean CCC "
    "on validation; no choice looked at a test side. Differences are paired over utterances, in "
    "the mean over the seeds; their bootstrap 95 % interval takes utterances as independent. "
    "Compare within one release and one test set only.",
)


def columns_of(task: str) -> StudyColumns:
    """Return the columns of a task: those of classes, where classes are learnt."""
    return CLASS_STUDY_COLUMNS if "label" in TASKS[task] else DIMENSION_STUDY_COLUMNS


def render_study(scores: Scores) -> str:
    """Render a study's table, and below it the validation scores of every candidate."""
    rows, columns = scores["test"], columns_of(scores.get("task", "label"))
    parts = [_heading(scores, columns), _rows_table(rows, columns)]
    return "\n\n".join([*parts, _candidates_table(rows, columns)])


def _heading(scores: Scores, columns: StudyColumns) -> str:
    counts = scores["counts"]
    upstream, commit = (scores[key] or "none" for key in ("asr_model", "commit"))
    said = (
        f"on {scores['corpus']}: {counts['utterances']} utterances, "
        f"{counts['folds']} folds ({scores['protocol']}), seed {scores['seed']}, upstream "
        f"{upstream}, commit {commit}. Data: {'; '.join(scores['notes']) or 'nothing to note'}."
    )
    return f"**{plain(scores['title'])}**, {plain(said)} {columns.note}"


def _rows_table(rows: Sequence[Scores], columns: StudyColumns) -> str:
    published = any(row["published"] for row in rows)
    header = ["row", "configuration", *columns.shown.values()]
    header += [f"{heading} − {_first(rows)}" for heading in columns.compared]
    header += [f"{heading}, paper" for heading in columns.shown.values() if published]
    cells = []
    for row in rows:
        line = [row["row"], row.get("candidate", "–")]
        line += [_mean(row["test"].get(name), columns) for name in columns.shown]
        line += [_difference(row, find, columns) for find in columns.compared.values()]
        line += [_published(row, name, columns) for name in columns.shown if published]
        cells.append(line)
    return markdown_table(header, cells)


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


def _difference(row: Scores, find: FindDifference, columns: StudyColumns) -> str:
    if row["difference"] is None:
        return "–"
    return with_interval(*find(row["difference"]), columns.write_difference)


def _published(row: Scores, name: str, columns: StudyColumns) -> str:
    value = (row["published"] or {}).get(name)
    return "–" if value is None else columns.write_published(value)
