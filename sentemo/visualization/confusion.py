"""Confusion matrices as heat maps."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sentemo.core.files import atomic_file
from sentemo.visualization.plain_text import plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS, DARK = "Blues", 0.62  # text on darker cells is white
CELL, NAMES = (0.95, 0.52), 1.5  # inches: a cell; the names beside and below a panel
DPI = 150


@plain_text()
def draw_confusions(
    path: Path,
    title: str,
    panels: Mapping[str, Mapping[str, Sequence[int]]],
    columns: Sequence[str],
    axes: tuple[str, str],
) -> None:
    """Draw confusion matrices side by side; each cell shows its count and its share of the row.

    The colour shows the share, so that rare classes are as visible as frequent ones.

    Parameters
    ----------
    path
        PNG file to write.
    title
        Title above all panels.
    panels
        Title of each panel, and its rows with their counts per column.
    columns
        Names of the columns.
    axes
        Names of the two axes: rows, columns.
    """
    from matplotlib.figure import Figure  # seconds, and only here

    width, height = len(columns) * CELL[0], max(map(len, panels.values())) * CELL[1]
    size = len(panels) * (width + NAMES), height + NAMES
    figure = Figure(size, DPI, layout="constrained")
    figure.suptitle(f"{title} (colour: share of the row)")
    places = figure.subplots(1, len(panels), squeeze=False)[0]
    for place, (name, counts) in zip(places, panels.items(), strict=True):
        draw_matrix(place, counts, columns)
        place.set(title=name, xlabel=axes[1], anchor="N")
    places[0].set_ylabel(axes[0])
    with atomic_file(path, "wb") as stream:
        figure.savefig(stream, format="png")


def draw_matrix(place: "Axes", counts: Mapping[str, Sequence[int]], columns: Sequence[str]) -> None:
    """Draw one matrix; `counts` and `columns` are those of `draw_confusions`."""
    table = np.array(list(counts.values()))
    totals = table.sum(axis=1, keepdims=True)
    shares = table / np.maximum(totals, 1)
    place.imshow(shares, COLOURS, vmin=0, vmax=1, aspect=CELL[1] / CELL[0])
    place.set_xticks(range(len(columns)), columns)
    names = [f"{name} ({total})" for name, total in zip(counts, totals[:, 0], strict=True)]
    place.set_yticks(range(len(names)), names)
    for (row, column), share in np.ndenumerate(shares):
        percents = f"{share:.1%}" if totals[row, 0] else "–"
        colour = "white" if share > DARK else "black"
        text = f"{table[row, column]}\n{percents}"
        place.text(column, row, text, ha="center", va="center", color=colour)
