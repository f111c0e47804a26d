"""The table of experiments under conditions in which their corpora were not recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.markdown import markdown_table, percent, with_interval
from sentemo.data.conditions import CONDITIONS
from sentemo.report.titles import title_on_corpus
from sentemo.scoring.schemas.kinds import ROBUSTNESS

Scores = dict[str, Any]

NOTE = (
    "UA in percent of every experiment on its own test sides, as they were recorded and under each "
    "condition, with bootstrap 95 % intervals over utterances, and the difference from the first "
    "row in points. Nothing was learnt or chosen under a condition."
)


def render_robustness(experiments: Sequence[Scores]) -> str:
    """Render one table of all experiments: a row per condition, a column per experiment."""
    clean, *_ = experiments[0]["test"]
    names = [name for name in CONDITIONS if any(name in _by_condition(s) for s in experiments)]
    rows = [
        [
            _title(name),
            *(_cell(_by_condition(scores), name, clean["condition"]) for scores in experiments),
        ]
        for name in (clean["condition"], *names)
    ]
    header = ["condition", *map(title_on_corpus, experiments)]
    return f"**Robustness.** {NOTE}\n\n{markdown_table(header, rows)}"


def measured(experiments: Sequence[Scores]) -> dict[str, Any]:
    """Return UA and its interval by condition, of each experiment, as a picture shows them.

    Raises
    ------
    SentemoError
        When the scores are of another kind.
    """
    if wrong := [s["experiment"] for s in experiments if s["kind"] != ROBUSTNESS]:
        raise SentemoError(
            f"{wrong[0]}: no scores under conditions; sentemo.bin.robustness writes them"
        )
    return {
        title_on_corpus(scores): {
            _title(row["condition"]): (row["ua"]["pooled"], tuple(row["ua"]["ci95"]))
            for row in scores["test"]
        }
        for scores in experiments
    }


def _title(name: str) -> str:
    return CONDITIONS[name].title if name in CONDITIONS else "as recorded"


def _by_condition(scores: Scores) -> dict[str, Any]:
    return {row["condition"]: row for row in scores["test"]}


def _cell(rows: Mapping[str, Any], name: str, clean: str) -> str:
    if name not in rows:
        return "–"
    found = rows[name]["ua"]
    said = with_interval(found["pooled"], found["ci95"], percent)
    difference = 100 * (found["pooled"] - rows[clean]["ua"]["pooled"])
    return said if name == clean else f"{said}, {difference:+.1f}"
