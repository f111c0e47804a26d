"""The table of experiments under conditions that they were not recorded in."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentemo.core.markdown import markdown_table, percent, with_interval
from sentemo.data.conditions import CONDITIONS

Scores = dict[str, Any]

NOTE = (
    "UA in percent of every experiment on its own test sides, as they were recorded and under each "
    "condition, with bootstrap 95 % intervals over utterances and, behind it, the points that the "
    "condition costs. Nothing was learnt or chosen under a condition."
)


def render_robustness(experiments: Sequence[Scores]) -> str:
    """Render one table of all experiments: a row per condition, a column per experiment."""
    clean, *_ = experiments[0]["test"]
    names = [name for name in CONDITIONS if any(name in _by_condition(s) for s in experiments)]
    rows = [
        [
            CONDITIONS[name].title if name in CONDITIONS else "as recorded",
            *(_cell(_by_condition(scores), name, clean["condition"]) for scores in experiments),
        ]
        for name in (clean["condition"], *names)
    ]
    titles = [f"{s['title']}, on {s['corpus']}" for s in experiments]
    return f"**What it withstands.** {NOTE}\n\n{markdown_table(['condition', *titles], rows)}"


def _by_condition(scores: Scores) -> dict[str, Any]:
    return {row["condition"]: row for row in scores["test"]}


def _cell(rows: Mapping[str, Any], name: str, clean: str) -> str:
    if name not in rows:
        return "–"
    found = rows[name]["ua"]
    said = with_interval(found["pooled"], found["ci95"], percent)
    gained = 100 * (found["pooled"] - rows[clean]["ua"]["pooled"])
    return said if name == clean else f"{said}, {gained:+.1f}"
