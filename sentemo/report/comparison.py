"""Two experiments side by side in Markdown, and a test of their difference."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.markdown import coefficient, markdown_table, percent
from sentemo.scoring.comparison import Comparison, DimensionComparison, compare, compare_dimensions
from sentemo.scoring.dimensions import MEAN
from sentemo.scoring.predictions import (
    predictions_file,
    read_dimension_predictions,
    read_predictions,
)
from sentemo.scoring.row_difference import Difference
from sentemo.scoring.scores_file import experiment_targets


def compare_experiments(a: Path, b: Path) -> str:
    """Compare two experiments' predictions of the test sides, in words and tables.

    Raises
    ------
    SentemoError
        When they learnt nothing in common, or other labels, or predicted other utterances.
    """
    learnt = [experiment_targets(exp) for exp in (a, b)]
    common = [target for target in learnt[0] if target in learnt[1]]
    if not common:
        raise SentemoError(
            f"{a} and {b}: one predicts classes, the other dimensions. Compare two of a kind."
        )
    parts, names = [], (a.resolve().name, b.resolve().name)
    if "label" in common:
        parts.append(render_classes(*names, _compared_classes(a, b)))
    if "avd" in common:
        table = predictions_file("avd", "test")
        of_a, of_b = (read_dimension_predictions(exp / table) for exp in (a, b))
        found = compare_dimensions(of_a, of_b)
        parts.append(render_dimensions(*names, found))
    return "\n\n".join(parts)


def _compared_classes(a: Path, b: Path) -> Comparison:
    table = predictions_file("label", "test")
    (labels, of_a), (others, of_b) = (read_predictions(exp / table) for exp in (a, b))
    if labels != others:
        raise SentemoError(
            f"{a} has the labels {' '.join(labels)}, {b} {' '.join(others)}. "
            "Compare experiments with the same labels file."
        )
    return compare(labels, of_a, of_b)


def render_classes(name_a: str, name_b: str, found: Comparison) -> str:
    """Say in a table and a sentence what `compare` found."""
    wa, ua = (
        [*map(percent, values), percent(values[0] - values[1])] for values in (found.wa, found.ua)
    )
    rows = [
        ["WA", *wa, "", "", _p_value(found.mcnemar_p)],
        ["UA", *ua, *_certainty(found.ua_difference, percent)],
    ]
    return (
        f"{_table('percent', name_a, name_b, rows)}\n\nOf {found.utterances} utterances, "
        f"{found.only_a} are right in A alone and {found.only_b} in B alone. WA: exact McNemar "
        f"test over utterances. UA: p exchanges {_units(found.ua_difference)}."
    )


def render_dimensions(name_a: str, name_b: str, found: DimensionComparison) -> str:
    """Say in a table and a sentence what `compare_dimensions` found."""
    rows = []
    for name, difference in found.difference.items():
        of_a, of_b = found.a[name], found.b[name]
        values = map(coefficient, (of_a, of_b, of_a - of_b))
        rows.append([name, *values, *_certainty(difference, coefficient)])
    return (
        f"{_table('CCC', name_a, name_b, rows)}\n\n{found.utterances} utterances; paired "
        f"bootstrap, of which p draws {_units(found.difference[MEAN])}."
    )


def _table(measure: str, name_a: str, name_b: str, rows: Sequence[Sequence[str]]) -> str:
    header = [measure, f"A: {name_a}", f"B: {name_b}", "A − B", "95 % interval"]
    return markdown_table([*header, "over speakers", "p"], rows)


def _certainty(found: Difference, written: Callable[[float], str]) -> list[str]:
    """Write the intervals over utterances and over speakers, and p."""
    intervals = [
        "–" if interval is None else f"[{written(interval[0])}, {written(interval[1])}]"
        for interval in (found.ci95, found.ci95_speakers)
    ]
    return [*intervals, _p_value(found.p)]


def _units(found: Difference) -> str:
    return "utterances" if found.ci95_speakers is None else "speakers"


def _p_value(p: float) -> str:
    return "< 0.001" if p <= 0.001 else f"{p:.3f}"
