"""A picture of what conditions cost: UA of several experiments under each."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.core.files import atomic_file
from sentemo.visualization.plain_text import plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, BESIDE, WIDTH = 0.38, 1.2, 7.5  # inches: a condition, what is not of a row, the picture
SHARE = 0.6  # of a row, that the experiments' points are spread over

Measured = Mapping[str, tuple[float, tuple[float, float]]]  # UA and interval, by condition's title


@plain_text()
def draw_robustness(path: Path, experiments: Mapping[str, Measured]) -> None:
    """Draw UA and its interval under each condition, with a colour for each experiment.

    Parameters
    ----------
    path
        Picture to write, whose ending names the format: ``.svg``, ``.png`` or ``.pdf``.
    experiments
        By the experiment's title, fractions by the condition's title; the first one's conditions
        are drawn from top to bottom.
    """
    from matplotlib.figure import Figure  # seconds, and only here

    conditions = [*next(iter(experiments.values()))]
    size = WIDTH, BESIDE + ROW * len(conditions) + 0.25 * len(experiments)
    figure = Figure(size, layout="constrained")
    place = figure.subplots()
    draw_conditions(place, experiments)
    figure.legend(loc="outside upper left", frameon=False)
    with atomic_file(path, "wb") as stream:
        figure.savefig(stream, format=path.suffix.lstrip("."))


def draw_conditions(place: "Axes", experiments: Mapping[str, Measured]) -> None:
    """Draw the points; `experiments` are those of `draw_robustness`."""
    conditions = [*next(iter(experiments.values()))]
    step = SHARE / max(1, len(experiments))
    for number, (title, found) in enumerate(experiments.items()):
        offset = (number - (len(experiments) - 1) / 2) * step
        held = [(row, *found[name]) for row, name in enumerate(conditions) if name in found]
        rows, values = [row + offset for row, _, _ in held], [100 * ua for _, ua, _ in held]
        below = [100 * (ua - low) for _, ua, (low, _) in held]
        above = [100 * (high - ua) for _, ua, (_, high) in held]
        place.errorbar(values, rows, xerr=[below, above], fmt="o", capsize=3, label=title)
    place.set_yticks(range(len(conditions)), conditions)
    place.invert_yaxis()
    place.set_xlabel("UA in percent, with its 95 % interval")
    place.grid(axis="x", alpha=0.3)
