"""What a study found: the content of its `scores.json`, and its table in Markdown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sentemo.core.markdown import coefficient, markdown_table, percent
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.targets import TASKS
from sentemo.scoring.comparison import mean_ua_difference
from sentemo.scoring.dimensions import MEAN, NAMES, mean_ccc_difference
from sentemo.scoring.metrics import mean_and_sd
from sentemo.scoring.predictions import Answer
from sentemo.study.plan import HUMAN, LEFT_OUT, TRAINED, Row, Study

Scores = dict[str, Any]
Seeds = Sequence[Sequence[Answer]]  # test predictions, one list per seed


@dataclass(frozen=True)
class Measures:
    """By what the rows of a study are measured: what classes have, or what dimensions have.

    Attributes
    ----------
    of
        Returns the test side's measures of an experiment's `scores.json`.
    kept, shown
        The measures in a study's `scores.json`, and those in its table, by name their heading.
    best
        What validation chooses a row's configuration by.
    difference, compared
        Compares a row with the first one; what the table shows of that, by heading.
    write, write_difference, write_published
        Write a measure, a difference of two, and a number of a paper.
    note
        Says in words what the table shows.
    """

    of: Callable[[Scores], Scores]
    kept: tuple[str, ...]
    shown: dict[str, str]
    best: str
    difference: Callable[[Scores, Seeds, Seeds], Scores]
    compared: dict[str, Callable[[Scores], tuple[float, tuple[float, float]]]]
    write: Callable[[float | None], str]
    write_difference: Callable[[float], str]
    write_published: Callable[[float], str]
    note: str


def _ua_difference(scores: Scores, mine: Seeds, first: Seeds) -> Scores:
    difference, interval = mean_ua_difference(scores["labels"], mine, first)
    return {"ua": difference, "ci95": interval}


CLASSES = Measures(
    of=lambda scores: scores["test"],
    kept=("wa", "ua", "macro_f1"),
    shown={"wa": "WA", "ua": "UA"},
    best="UA",
    difference=_ua_difference,
    compared={"UA": lambda found: (found["ua"], found["ci95"])},
    write=percent,
    write_difference=lambda value: f"{100 * value:+.1f}",
    write_published=lambda value: f"{value:.1f}",
    note="WA and UA in percent, pooled over all test utterances: mean ± standard deviation over "
    "the seeds, or for one seed the bootstrap 95 % interval. Each row is its configuration of the "
    "highest mean validation UA; no choice looked at a test side. Differences of UA are paired "
    "over utterances, in the mean over the seeds; their 95 % interval takes utterances as "
    "independent.",
)
DIMENSIONAL = Measures(
    of=lambda scores: scores["dimensions"]["test"],
    kept=NAMES,
    shown={name: name for name in DIMENSIONS},
    best="CCC",
    difference=lambda scores, mine, first: mean_ccc_difference(mine, first),
    compared={
        name: lambda found, name=name: (found[name]["difference"], found[name]["ci95"])
        for name in ("valence", MEAN)
    },
    write=coefficient,
    write_difference=lambda value: f"{value:+.3f}",
    write_published=coefficient,
    note="CCC, pooled over all test utterances: mean ± standard deviation over the seeds, or for "
    "one seed the bootstrap 95 % interval. Each row is its configuration of the highest mean CCC "
    "on validation; no choice looked at a test side. Differences are paired over utterances, in "
    "the mean over the seeds; their bootstrap 95 % interval takes utterances as independent. "
    "Compare within one release and one test set only.",
)


def measures_of(task: str) -> Measures:
    """Return the measures of a task: classes, where they are learnt."""
    return CLASSES if "label" in TASKS[task] else DIMENSIONAL


def summarise(
    study: Study,
    valid: Mapping[str, Mapping[str, Sequence[float]]],
    scores: Mapping[str, Sequence[Scores]],
    predictions: Mapping[str, Seeds],
    human: Mapping[str, float] | None,
    recipe: str,
    measures: Measures = CLASSES,
) -> list[Scores]:
    """Return the rows of a study.

    Parameters
    ----------
    study
        Whose rows they are.
    valid
        What validation chooses by, by row, candidate and seed, a row's best candidate first.
    scores, predictions
        `scores.json` and test predictions of the best candidate, by row, one per seed.
    human
        ``wa`` and ``ua`` of the annotators, where the corpus has their votes.
    recipe
        Whose published numbers to take.
    measures
        Of the study's task.
    """
    first = next((row.name for row in study.rows if row.kind == TRAINED), None)
    found = []
    for row in study.rows:
        entry = {"row": row.name, "published": row.published.get(recipe), "difference": None}
        if row.kind == HUMAN:
            entry["test"] = dict(human or {})
        elif row.kind == LEFT_OUT:
            entry |= {"row": f"{row.name} (not run)", "test": {}}
        else:
            entry |= _measured(row, valid[row.name], scores[row.name], measures)
            if first not in (None, row.name):
                one = scores[row.name][0]
                entry["difference"] = measures.difference(
                    one, predictions[row.name], predictions[first]
                )
        found.append(entry)
    return found


def _measured(
    row: Row,
    valid: Mapping[str, Sequence[float]],
    scores: Sequence[Scores],
    measures: Measures,
) -> dict[str, Any]:
    best = next(iter(valid))
    tests = [measures.of(found) for found in scores]
    return {
        "candidate": best,
        "settings": row.candidates.get(best, row.members.get(best)),
        "valid": {name: _over_seeds(values) for name, values in valid.items()},
        "test": {
            metric: {
                **_over_seeds([test[metric]["pooled"] for test in tests]),
                "ci95": tests[0][metric]["ci95"],
            }
            for metric in measures.kept
        },
    }


def _over_seeds(values: Sequence[float]) -> dict[str, Any]:
    mean, sd = mean_and_sd(values)
    return {"mean": mean, "sd": sd, "values": list(values)}


def render_study(scores: Scores) -> str:
    """Render a study's table, and below it what validation says of every candidate."""
    rows, measures = scores["test"], measures_of(scores.get("task", "label"))
    columns: dict[str, Callable[[Scores], str]] = {
        "row": lambda row: row["row"],
        "configuration": lambda row: row.get("candidate", "–"),
    }
    for name, heading in measures.shown.items():
        columns[heading] = lambda row, name=name: _rate(row["test"].get(name), measures)
    for heading, value in measures.compared.items():
        columns[f"{heading} − {_first(rows)}"] = lambda row, value=value: _difference(
            row["difference"], value, measures
        )
    if any(row["published"] for row in rows):
        for name, heading in measures.shown.items():
            columns[f"{heading}, paper"] = lambda row, name=name: _published(row, name, measures)
    table = markdown_table(
        list(columns), [[cell(row) for cell in columns.values()] for row in rows]
    )
    counts = scores["counts"]
    asr_model, commit = (scores[key] or "none" for key in ("asr_model", "commit"))
    heading = (
        f"**{scores['title']}**, on {scores['corpus']}: {counts['utterances']} utterances, "
        f"{counts['folds']} folds ({scores['protocol']}), seed {scores['seed']}, ASR model "
        f"{asr_model}, commit {commit}. Data: {'; '.join(scores['notes']) or 'nothing to note'}. "
        f"{measures.note}"
    )
    return "\n\n".join([heading, table, _candidates_table(rows, measures)])


def _first(rows: Sequence[Scores]) -> str:
    """The row that the differences are taken from: the one without a difference that was scored."""
    return next((r["row"] for r in rows if r["difference"] is None and "candidate" in r), "first")


def _candidates_table(rows: Sequence[Scores], measures: Measures) -> str:
    cells = [
        [row["row"], name, _rate(found, measures)]
        for row in rows
        for name, found in row.get("valid", {}).items()
    ]
    return markdown_table(["row", "candidate", f"validation {measures.best}"], cells)


def _rate(found: Mapping[str, Any] | float | None, measures: Measures) -> str:
    write = measures.write
    if not isinstance(found, Mapping):
        return write(found)
    if found["sd"] is not None:
        return f"{write(found['mean'])} ± {write(found['sd'])}"
    if "ci95" not in found:
        return write(found["mean"])
    low, high = found["ci95"]
    return f"{write(found['mean'])} [{write(low)}, {write(high)}]"


def _difference(
    found: Scores | None,
    value: Callable[[Scores], tuple[float, tuple[float, float]]],
    measures: Measures,
) -> str:
    if found is None:
        return "–"
    difference, bounds = value(found)
    low, high = map(measures.write_difference, bounds)
    return f"{measures.write_difference(difference)} [{low}, {high}]"


def _published(row: Mapping[str, Any], metric: str, measures: Measures) -> str:
    value = (row["published"] or {}).get(metric)
    return "–" if value is None else measures.write_published(value)
