"""What a study found: the content of its `scores.json`, and its table in Markdown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sentemo.comparison import mean_ua_difference
from sentemo.markdown import markdown_table, percent
from sentemo.metrics import mean_and_sd
from sentemo.predictions import Prediction
from sentemo.study import HUMAN, TRAINED, Row, Study

Scores = dict[str, Any]
NOTE = (
    "WA and UA in percent, pooled over all test utterances: mean ± standard deviation over the "
    "seeds, or for one seed the bootstrap 95 % interval. Each row is its configuration of the "
    "highest mean validation UA; no choice looked at a test side. Differences of UA are paired "
    "over utterances, in the mean over the seeds; their 95 % interval takes utterances as "
    "independent."
)


def summarise(
    study: Study,
    valid: Mapping[str, Mapping[str, Sequence[float]]],
    scores: Mapping[str, Sequence[Scores]],
    predictions: Mapping[str, Sequence[Sequence[Prediction]]],
    human: Mapping[str, float] | None,
    recipe: str,
) -> list[Scores]:
    """Return the rows of a study.

    Parameters
    ----------
    study
        Whose rows they are.
    valid
        Validation UA by row, candidate and seed, a row's best candidate first.
    scores, predictions
        `scores.json` and test predictions of the best candidate, by row, one per seed.
    human
        ``wa`` and ``ua`` of the annotators, where the corpus has their votes.
    recipe
        Whose published numbers to take.
    """
    first = next((row.name for row in study.rows if row.kind == TRAINED), None)
    return [
        {
            "row": row.name,
            "published": row.published.get(recipe),
            **(
                {"test": dict(human or {})}
                if row.kind == HUMAN
                else _measured(row, valid[row.name], scores[row.name])
            ),
            "difference": (
                _difference(scores[row.name], predictions[row.name], predictions[first])
                if first not in (None, row.name) and row.kind != HUMAN
                else None
            ),
        }
        for row in study.rows
    ]


def _measured(
    row: Row, valid: Mapping[str, Sequence[float]], scores: Sequence[Scores]
) -> dict[str, Any]:
    best = next(iter(valid))
    return {
        "candidate": best,
        "settings": row.candidates.get(best, row.members.get(best)),
        "valid": {name: _over_seeds(values) for name, values in valid.items()},
        "test": {
            metric: {
                **_over_seeds([found["test"][metric]["pooled"] for found in scores]),
                "ci95": scores[0]["test"][metric]["ci95"],
            }
            for metric in ("wa", "ua", "macro_f1")
        },
    }


def _over_seeds(values: Sequence[float]) -> dict[str, Any]:
    mean, sd = mean_and_sd(values)
    return {"mean": mean, "sd": sd, "values": list(values)}


def _difference(
    scores: Sequence[Scores],
    mine: Sequence[Sequence[Prediction]],
    first: Sequence[Sequence[Prediction]],
) -> dict[str, Any]:
    difference, interval = mean_ua_difference(scores[0]["labels"], mine, first)
    return {"ua": difference, "ci95": interval}


def render_study(scores: Scores) -> str:
    """Render a study's table, and below it every candidate's validation UA."""
    rows = scores["test"]
    columns: dict[str, Callable[[Scores], str]] = {
        "row": lambda row: row["row"],
        "configuration": lambda row: row.get("candidate", "–"),
        "WA": lambda row: _rate(row["test"].get("wa")),
        "UA": lambda row: _rate(row["test"].get("ua")),
        f"UA − {_first(rows)}": lambda row: _difference_cell(row["difference"]),
    }
    if any(row["published"] for row in rows):
        for metric in ("wa", "ua"):
            columns[f"{metric.upper()}, paper"] = lambda row, metric=metric: _published(row, metric)
    table = markdown_table(
        list(columns), [[cell(row) for cell in columns.values()] for row in rows]
    )
    counts = scores["counts"]
    asr_model, commit = (scores[key] or "none" for key in ("asr_model", "commit"))
    heading = (
        f"**{scores['title']}**, on {scores['corpus']}: {counts['utterances']} utterances, "
        f"{counts['folds']} folds ({scores['protocol']}), seed {scores['seed']}, ASR model "
        f"{asr_model}, commit {commit}. Data: {'; '.join(scores['notes']) or 'nothing to note'}. "
        f"{NOTE}"
    )
    return "\n\n".join([heading, table, _candidates_table(rows)])


def _first(rows: Sequence[Scores]) -> str:
    """The row that the differences are taken from: the one without a difference that was scored."""
    return next((r["row"] for r in rows if r["difference"] is None and "candidate" in r), "first")


def _candidates_table(rows: Sequence[Scores]) -> str:
    cells = [
        [row["row"], name, _rate(found)]
        for row in rows
        for name, found in row.get("valid", {}).items()
    ]
    return markdown_table(["row", "candidate", "validation UA"], cells)


def _rate(found: Mapping[str, Any] | float | None) -> str:
    if not isinstance(found, Mapping):
        return percent(found)
    if found["sd"] is not None:
        return f"{percent(found['mean'])} ± {percent(found['sd'])}"
    if "ci95" not in found:
        return percent(found["mean"])
    low, high = found["ci95"]
    return f"{percent(found['mean'])} [{percent(low)}, {percent(high)}]"


def _difference_cell(difference: Mapping[str, Any] | None) -> str:
    if difference is None:
        return "–"
    low, high = (f"{100 * bound:+.1f}" for bound in difference["ci95"])
    return f"{100 * difference['ua']:+.1f} [{low}, {high}]"


def _published(row: Mapping[str, Any], metric: str) -> str:
    value = (row["published"] or {}).get(metric)
    return "–" if value is None else f"{value:.1f}"
