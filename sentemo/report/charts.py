"""Charts of a report, as coordinates within a small SVG; the page's style gives the colours."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from sentemo.training.history import History

WIDTH, HEIGHT = 420, 290  # small, so that letters stay readable on a phone
LEFT, RIGHT, TOP, BOTTOM = 48, 408, 14, 246
LETTER = 6.5  # mean width of a letter
DOT = 5  # dots that are closer than so many points become one

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """One axis of a chart.

    Attributes
    ----------
    name
        Label, with the unit.
    low, high
        Values at the ends.
    ticks
        Values that are written beside the axis.
    names
        What is written for values that have a name; the others are written as numbers.
    """

    name: str
    low: float
    high: float
    ticks: Sequence[float]
    names: Mapping[float, str] = field(default_factory=dict)

    @classmethod
    def around(cls, name: str, values: Iterable[float]) -> "Axis":
        """Return an axis that spans all values, from one round number to another."""
        from matplotlib.ticker import MaxNLocator

        shown = list(values)
        locator = MaxNLocator(6, steps=[1, 2, 5, 10])
        ticks = np.asarray(locator.tick_values(min(shown), max(shown))).tolist()
        return cls(name, ticks[0], ticks[-1], ticks)

    def place(self, value: float) -> float:
        """Return the position of a value, from 0 to 1."""
        return (value - self.low) / (self.high - self.low)

    def written(self, tick: float) -> str:
        """Return what is written beside the axis."""
        return self.names.get(tick, f"{tick:g}")


@dataclass
class Chart:
    """A chart; positions and sizes are in points of the SVG.

    Attributes
    ----------
    title, about
        Title, and a description for people who do not see the chart.
    x, y
        Axes.
    lines
        Style class and points of each polyline.
    bars
        Style class, left, top, width, height, and tooltip of each bar.
    dots
        x, y, and opacity of each dot.
    marks
        Style class, x and y of each point that is drawn by itself.
    headings
        x and text of what is written above the chart.
    """

    title: str
    about: str
    x: Axis
    y: Axis
    lines: list[tuple[str, str]] = field(default_factory=list)
    bars: list[tuple[str, float, float, float, float, str]] = field(default_factory=list)
    dots: list[tuple[float, float, float]] = field(default_factory=list)
    marks: list[tuple[str, float, float]] = field(default_factory=list)
    headings: list[tuple[float, str]] = field(default_factory=list)

    def across(self, value: float) -> float:
        """Return the position of a value of the x axis."""
        return round(LEFT + self.x.place(value) * (RIGHT - LEFT), 1)

    def up(self, value: float) -> float:
        """Return the position of a value of the y axis."""
        return round(BOTTOM - self.y.place(value) * (BOTTOM - TOP), 1)

    def add_line(self, style: str, points: Iterable[Point]) -> None:
        """Add a line through these points."""
        places = " ".join(f"{self.across(x)},{self.up(y)}" for x, y in points)
        self.lines.append((style, places))

    def add_bar(self, style: str, low: float, high: float, value: float, tooltip: str) -> None:
        """Add a bar from 0 up to `value`, between two values of x."""
        left, top = self.across(low), self.up(value)
        width, height = self.across(high) - left, self.up(0) - top
        self.bars.append((style, left, top, round(width, 1), round(height, 1), tooltip))

    def add_column(self, style: str, low: float, high: float, tooltip: str) -> None:
        """Add a bar of the chart's whole height, between two values of x."""
        left = self.across(low)
        width, height = round(self.across(high) - left, 1), BOTTOM - TOP
        self.bars.append((style, left, TOP, width, height, tooltip))

    def add_mark(self, style: str, x: float, y: float) -> None:
        """Add a point of its own."""
        self.marks.append((style, self.across(x), self.up(y)))

    def add_heading(self, x: float, text: str) -> None:
        """Write above the chart, centred at a value of x, or as near as the text has room."""
        room = LETTER * len(text) / 2
        self.headings.append((min(max(self.across(x), LEFT + room), RIGHT - room), text))

    def add_dots(self, points: Iterable[Point]) -> None:
        """Add a dot per point; points that coincide share a stronger one, which draws fast."""
        places = Counter(
            (round(self.across(x) / DOT) * DOT, round(self.up(y) / DOT) * DOT) for x, y in points
        )
        most = max(places.values())
        self.dots += [(x, y, 0.3 + 0.7 * count / most) for (x, y), count in places.items()]


def training_charts(histories: Mapping[int, History]) -> list[Chart]:
    """Draw the loss, and UA or CCC on validation, over the epochs: each fold and the mean."""
    if not any(histories.values()):
        return []
    charts = [_curves("Loss", "loss", "loss", histories, ("train", "valid"))]
    valid = next(filter(None, histories.values()))[0]["valid"]
    for metric in ("ua", "ccc"):
        if metric in valid:
            name = metric.upper()
            charts.append(
                _curves(f"{name} on the validation side", name, metric, histories, ("valid",))
            )
    return charts


def _curves(
    title: str,
    name: str,
    metric: str,
    histories: Mapping[int, History],
    phases: Sequence[str],
) -> Chart:
    curves = {
        phase: [[epoch[phase][metric] for epoch in history] for history in histories.values()]
        for phase in phases
    }
    values = [value for folds in curves.values() for curve in folds for value in curve]
    epochs = max(len(history) for history in histories.values())
    means = {phase: _mean(folds) for phase, folds in curves.items()}
    ends = " and ".join(f"{phase} {mean[-1]:.3f}" for phase, mean in means.items())
    chart = Chart(
        title,
        f"{title} of {len(histories)} folds over {epochs} epochs; the mean ends at {ends}.",
        Axis.around("epoch", (1, epochs + (epochs == 1))),
        Axis.around(name, values),
    )
    for phase, folds in curves.items():
        for curve in folds if len(folds) > 1 else []:
            chart.add_line(f"fold {phase}", enumerate(curve, start=1))
        chart.add_line(f"mean {phase}", enumerate(means[phase], start=1))
    return chart


def _mean(curves: Sequence[Sequence[float]]) -> list[float]:
    """Return the mean over the folds, for the epochs that all of them reached."""
    return [fmean(values) for values in zip(*curves, strict=False)]


def scatter_chart(dimension: str, targets: Sequence[float], estimates: Sequence[float]) -> Chart:
    """Draw predicted against reference ratings, on the corpus' own scale."""
    axis = Axis.around("reference", [*targets, *estimates])
    chart = Chart(
        dimension,
        f"Predicted against reference {dimension} of {len(targets)} utterances.",
        axis,
        Axis("predicted", axis.low, axis.high, axis.ticks),
    )
    chart.add_line("ideal", [(axis.low, axis.low), (axis.high, axis.high)])
    chart.add_dots(zip(targets, estimates, strict=True))
    return chart
