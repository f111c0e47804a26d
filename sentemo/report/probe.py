"""The scores of linear probes, layer by layer, as a table."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sentemo.core.markdown import bold, coefficient, markdown_table, percent, plain, with_interval
from sentemo.data.dimensions import DIMENSIONS
from sentemo.folds.probe_table import BY_FOLD, SHOWN_METRICS, layer_in_words
from sentemo.models.layer_settings import ALL
from sentemo.scoring.dimensions import MEAN

TITLE = "Probes by layer"

Probe = Mapping[str, Any]  # what `sentemo.folds.probe_table.read_probe_table` returns


@dataclass(frozen=True)
class ProbeTable:
    """Scores of every layer's probe, and of the probes that each fold chose alone.

    Attributes
    ----------
    note
        What was chosen, and by what.
    header, rows
        Cells as text.
    chosen
        Index of the row that all folds together chose.
    """

    note: str
    header: list[str]
    rows: list[list[str]]
    chosen: int


def probe_table(probe: Probe) -> ProbeTable:
    """Return the table; the folds' own choices are its last row, where there are several folds."""
    layers = probe["layers"]
    chosen = [row["layer"] for row in layers].index(probe["pooled"]["layer"])
    cells = [
        {"layer": layer_name(row["layer"]), "penalty": f"{row['penalty']:g}"}
        | _score_cells(row["scores"])
        for row in layers
    ]
    cells[chosen]["layer"] += ", chosen"
    if len(probe["folds"]) > 1:
        cells.append(_own_choices(probe) | _score_cells(probe["by_fold"]["scores"]))
    return ProbeTable(_note(probe), list(cells[0]), [list(row.values()) for row in cells], chosen)


def render_probe(probe: Probe, title: str) -> str:
    """Render note and table in Markdown, with the experiment's title and the chosen row in bold."""
    table = probe_table(probe)
    rows = [
        list(map(bold, row)) if index == table.chosen else row
        for index, row in enumerate(table.rows)
    ]
    return f"**{TITLE}: {plain(title)}.** {table.note}\n\n{markdown_table(table.header, rows)}"


def layer_name(layer: str) -> str:
    """Return the name of a layer in tables and charts."""
    return "all together" if layer == ALL else layer


def _note(probe: Probe) -> str:
    pooled, folds = probe["pooled"], len(probe["folds"])
    chosen = f"{layer_in_words(pooled['layer'])} with a penalty of {pooled['penalty']:g}"
    chosen = chosen[0].upper() + chosen[1:]
    among = " of the single layers" if len(probe["layers"]) > 1 else ""
    best = "least loss"
    if criterion := probe.get("criterion"):
        best = f"highest {SHOWN_METRICS[criterion]}"
    if folds == 1:
        return f"{chosen} has the {best}{among} on the validation side, and is tested above."
    pooled_is_tested, own_is_tested = ", and is tested above", ""
    if probe["choice"] == BY_FOLD:
        pooled_is_tested, own_is_tested = "", ", which is tested above,"
    return (
        f"{chosen} has the {best}{among} on the validation sides of all folds together"
        f"{pooled_is_tested}. In the last row{own_is_tested} each fold made its own choice, by its "
        "own validation side alone. Where speakers of one fold's test side validate another fold, "
        "only the last row is chosen without them."
    )


def _own_choices(probe: Probe) -> dict[str, str]:
    """Return how often folds chose each layer, the most frequent first, and their penalties."""
    counts = Counter(fold["layer"] for fold in probe["folds"])
    ordered = [row["layer"] for row in probe["layers"] if row["layer"] in counts]
    layers = [
        f"{layer_name(layer)} ({counts[layer]}×)"
        for layer in sorted(ordered, key=lambda layer: -counts[layer])
    ]
    penalties = [fold["penalty"] for fold in probe["folds"]]
    least, most = f"{min(penalties):g}", f"{max(penalties):g}"
    return {
        "layer": f"chosen by each fold alone: {', '.join(layers)}",
        "penalty": least if least == most else f"{least} to {most}",
    }


def _score_cells(scores: Mapping[str, Any]) -> dict[str, str]:
    cells = {}
    if "test" in scores:
        cells["valid UA"] = percent(scores["valid"]["ua"])
        for key, name in SHOWN_METRICS.items():
            found = scores["test"][key]
            cells[name] = with_interval(found["pooled"], found["ci95"], percent)
    if "dimensions" in scores:
        ccc = scores["dimensions"]
        cells["valid mean CCC"] = coefficient(ccc["valid"][MEAN])
        for name in DIMENSIONS:
            found = ccc["test"][name]
            cells[f"CCC {name}"] = with_interval(found["pooled"], found["ci95"], coefficient)
    return cells
