"""Charts of linear probes: layers on the x axis, the test score with its interval, validation."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sentemo.core.markdown import coefficient, percent, with_interval
from sentemo.data.dimensions import DIMENSIONS
from sentemo.folds.probe_table import layer_in_words
from sentemo.models.layer_settings import ALL
from sentemo.report.charts import Axis, Chart
from sentemo.report.probe import Probe, layer_name

MOST_TICKS = 12  # numbers of layers that fit below the chart
APART = 1.5  # layers between the last one and all together; more where layers are narrow
SIDE = 0.6  # layers that are left free at both ends


@dataclass(frozen=True)
class _Point:
    """One row of a probe's table in one measure; `x` is the place of its layer."""

    layer: str
    x: float
    penalty: float
    test: float
    interval: tuple[float, float]
    valid: float


def layer_charts(probe: Probe) -> list[Chart]:
    """Draw UA, and the CCC of each dimension, by layer; nothing where there is one layer only."""
    rows = probe["layers"]
    if len(rows) == 1:
        return []
    charts = []
    if "test" in rows[0]["scores"]:
        charts.append(_chart(probe, "UA", "UA in percent", _class_scores, percent))
    if "dimensions" in rows[0]["scores"]:
        charts += [
            _chart(probe, f"CCC of {name}", "CCC", _scores_of(name), coefficient)
            for name in DIMENSIONS
        ]
    return charts


def _class_scores(scores: Mapping[str, Any]) -> tuple[Mapping[str, Any], float]:
    return scores["test"]["ua"], scores["valid"]["ua"]


def _scores_of(name: str) -> Callable[[Mapping[str, Any]], tuple[Mapping[str, Any], float]]:
    def of_dimension(scores: Mapping[str, Any]) -> tuple[Mapping[str, Any], float]:
        return scores["dimensions"]["test"][name], scores["dimensions"]["valid"][name]

    return of_dimension


def _chart(
    probe: Probe,
    title: str,
    unit: str,
    scores: Callable[[Mapping[str, Any]], tuple[Mapping[str, Any], float]],
    write: Callable[[float], str],
) -> Chart:
    points = _points(probe["layers"], scores)
    chosen = probe["pooled"]["layer"]
    factor = 100 if write is percent else 1
    shown = [factor * value for p in points for value in (p.test, *p.interval, p.valid)]
    chart = Chart(
        title, _about(title, points, chosen, write), _x_axis(points), Axis.around(unit, shown)
    )
    for p in points:
        tooltip = (
            f"{layer_in_words(p.layer)}: {title} {with_interval(p.test, p.interval, write)} "
            f"on test, {write(p.valid)} on validation; penalty {p.penalty:g}"
        )
        is_chosen = p.layer == chosen
        chart.add_column("chosen" if is_chosen else "column", p.x - 0.5, p.x + 0.5, tooltip)
        if is_chosen:
            chart.add_heading(p.x, f"chosen: {layer_name(p.layer)}")
    single = [p for p in points if p.layer != ALL]
    chart.add_line("held-out", [(p.x, factor * p.valid) for p in single])
    chart.add_line("test", [(p.x, factor * p.test) for p in single])
    for p in points:
        chart.add_line("range", [(p.x, factor * end) for end in p.interval])
        chart.add_mark("held-out", p.x, factor * p.valid)
        chart.add_mark("test", p.x, factor * p.test)
    return chart


def _points(
    rows: Sequence[Mapping[str, Any]],
    scores: Callable[[Mapping[str, Any]], tuple[Mapping[str, Any], float]],
) -> list[_Point]:
    """Place layers at 1, 2, …, and all together apart from them."""
    found = []
    for place, row in enumerate(rows, start=1):
        test, valid = scores(row["scores"])
        low, high = test["ci95"]
        apart = row["layer"] == ALL
        x = place - 1 + max(APART, len(rows) / MOST_TICKS) if apart else place
        found.append(_Point(row["layer"], x, row["penalty"], test["pooled"], (low, high), valid))
    return found


def _x_axis(points: Sequence[_Point]) -> Axis:
    """Return an axis with the layers' own names, every so many where there are many."""
    single = [p for p in points if p.layer != ALL]
    step = math.ceil(len(single) / MOST_TICKS)
    named = {p.x: p.layer for p in single[::step]}
    named |= {p.x: "all" for p in points if p.layer == ALL}
    return Axis("layer", points[0].x - SIDE, points[-1].x + SIDE, list(named), named)


def _about(title: str, points: Sequence[_Point], chosen: str, write: Callable[[float], str]) -> str:
    """Describe the chart for people who do not see it."""
    best = max(points, key=lambda p: p.test)
    least = min(points, key=lambda p: p.test)
    (mine,) = (p for p in points if p.layer == chosen)
    said = [
        f"{title} of a linear probe of each layer. Validation chose {layer_in_words(chosen)}, with "
        f"{with_interval(mine.test, mine.interval, write)} on test and {write(mine.valid)} on "
        "validation",
        f"the highest on test is {write(best.test)}, of {layer_in_words(best.layer)}",
        f"the lowest {write(least.test)}, of {layer_in_words(least.layer)}",
    ]
    return "; ".join(said) + ". The table below has the numbers."
