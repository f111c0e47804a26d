"""Table and charts of linear probes have the numbers of probe.json."""

from itertools import pairwise

import pytest

from sentemo.core.markdown import coefficient, percent, with_interval
from sentemo.data.dimensions import DIMENSIONS
from sentemo.folds.probe_table import pooled_row, read_probe_table
from sentemo.report.probe import probe_table, render_probe
from sentemo.report.probe_charts import MOST_TICKS, layer_charts


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def table_of(probe):
    header, _, *rows = [
        cells(row) for row in render_probe(probe, "probe, built-in").splitlines() if row[:1] == "|"
    ]
    return [dict(zip(header, row, strict=True)) for row in rows]


def written(score, write):
    return with_interval(score["pooled"], score["ci95"], write)


def class_cells(scores):
    return {
        "valid UA": percent(scores["valid"]["ua"]),
        "WA": written(scores["test"]["wa"], percent),
        "UA": written(scores["test"]["ua"], percent),
        "macro-F1": written(scores["test"]["macro_f1"], percent),
    }


def dimension_cells(scores):
    found = scores["dimensions"]
    return {
        "valid mean CCC": coefficient(found["valid"]["mean"]),
        **{f"CCC {d}": written(found["test"][d], coefficient) for d in DIMENSIONS},
    }


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("label", [class_cells]),
        ("dimensional", [dimension_cells]),
        ("both", [class_cells, dimension_cells]),
    ],
)
def test_every_row_has_the_numbers_of_its_layer(make_probe, task, expected):
    probe = read_probe_table(make_probe(task=task)[2])
    *rows, own = table_of(probe)
    assert [row["layer"] for row in probe["layers"]] == ["1", "2", "all"]
    for row, layer in zip(rows, probe["layers"], strict=True):
        is_chosen = layer["layer"] == probe["pooled"]["layer"]
        shown = {name: cell.strip("*") for name, cell in row.items()}
        assert all(cell.startswith("**") == is_chosen for cell in row.values())
        name = {"all": "all together"}.get(layer["layer"], layer["layer"])
        assert shown.pop("layer") == name + ", chosen" * is_chosen
        assert shown.pop("penalty") == str(layer["penalty"])
        assert shown == {k: v for of in expected for k, v in of(layer["scores"]).items()}
    assert own.pop("layer").startswith("chosen by each fold alone: ")
    penalties = sorted({fold["penalty"] for fold in probe["folds"]})
    assert own.pop("penalty") == " to ".join(map(str, penalties))
    scores = probe["by_fold"]["scores"]
    assert own == {k: v for of in expected for k, v in of(scores).items()}


def test_it_says_what_was_chosen_and_by_what(make_probe):
    probe = read_probe_table(make_probe()[2])
    chosen = probe["pooled"]
    start = (
        f"Layer {chosen['layer']} with a penalty of {chosen['penalty']} has the least loss of the "
        "single layers on the validation sides of all folds together"
    )
    assert probe_table(probe).note.startswith(f"{start}, and is tested above. In the last row each")
    note = probe_table({**probe, "choice": "fold"}).note
    assert note.startswith(f"{start}. In the last row, which is tested above, each fold")


def test_the_layers_that_folds_chose_are_counted(make_probe):
    probe = read_probe_table(make_probe()[2])
    folds = [
        {"fold": number, "layer": layer, "penalty": penalty}
        for number, (layer, penalty) in enumerate([("1", 3.2), ("2", 100), ("2", 1)], start=1)
    ]
    last = table_of({**probe, "folds": folds})[-1]
    assert last["layer"] == "chosen by each fold alone: 2 (2×), 1 (1×)"
    assert last["penalty"] == "1 to 100"


def test_of_one_fold_its_choice_is_the_only_one(make_probe):
    probe = read_probe_table(make_probe()[2])
    table = probe_table({**probe, "folds": probe["folds"][:1]})
    assert len(table.rows) == len(probe["layers"])
    assert table.note.endswith("on the validation side, and is tested above.")


def test_points_of_the_chart_lie_where_the_scores_are_and_all_layers_together_lie_apart(make_probe):
    probe = read_probe_table(make_probe()[2])
    (chart,) = layer_charts(probe)
    marks = {
        style: [(x, y) for name, x, y in chart.marks if name == style]
        for style in ("test", "held-out")
    }
    assert [y for _, y in marks["test"]] == [
        chart.up(100 * row["scores"]["test"]["ua"]["pooled"]) for row in probe["layers"]
    ]
    assert [y for _, y in marks["held-out"]] == [
        chart.up(100 * row["scores"]["valid"]["ua"]) for row in probe["layers"]
    ]
    ranges = [points.split() for style, points in chart.lines if style == "range"]
    for (x, _), ends, row in zip(marks["test"], ranges, probe["layers"], strict=True):
        low, high = row["scores"]["test"]["ua"]["ci95"]
        assert ends == [f"{x},{chart.up(100 * low)}", f"{x},{chart.up(100 * high)}"]
    first, second, together = (x for x, _ in marks["test"])
    assert together - second > 1.2 * (second - first)
    lines = dict(line for line in chart.lines if line[0] != "range")
    assert all(len(line.split()) == 2 for line in lines.values())  # not through all together


def test_the_chosen_layer_is_marked_and_named_for_those_who_do_not_see_the_chart(make_probe):
    probe = read_probe_table(make_probe()[2])
    chosen = probe["pooled"]["layer"]
    (chart,) = layer_charts(probe)
    (tooltip,) = [bar[-1] for bar in chart.bars if bar[0] == "chosen"]
    score = pooled_row(probe)["scores"]["test"]["ua"]
    assert tooltip.startswith(f"layer {chosen}: UA {written(score, percent)} on test")
    assert [text for _, text in chart.headings] == [f"chosen: {chosen}"]
    assert f"Validation chose layer {chosen}, with {written(score, percent)}" in chart.about


def test_dimensions_have_a_chart_each(make_probe):
    probe = read_probe_table(make_probe(task="both")[2])
    charts = layer_charts(probe)
    assert [chart.title for chart in charts] == ["UA", *(f"CCC of {d}" for d in DIMENSIONS)]
    for dimension, chart in zip(DIMENSIONS, charts[1:], strict=True):
        places = [y for style, _, y in chart.marks if style == "test"]
        scored = [row["scores"]["dimensions"]["test"][dimension] for row in probe["layers"]]
        assert places == [chart.up(score["pooled"]) for score in scored]


def test_a_layer_that_the_configuration_names_is_no_comparison(make_probe):
    model = {"freeze_encoder": True, "encoder_layer": 1}
    probe = read_probe_table(make_probe(model_conf=model)[2])
    assert layer_charts(probe) == []
    assert probe_table(probe).note.startswith("Layer 1 with a penalty of ")
    assert "single layers" not in probe_table(probe).note


def test_of_many_layers_some_are_numbered_and_the_name_of_the_chosen_one_stays_inside(make_probe):
    probe = read_probe_table(make_probe()[2])
    first, *_, together = probe["layers"]
    layers = [{**first, "layer": str(number)} for number in range(1, 49)]
    for chosen in ("1", "48"):
        wide = {**probe, "layers": [*layers, together], "pooled": {"layer": chosen, "penalty": 1}}
        (chart,) = layer_charts(wide)
        places = [chart.across(tick) for tick in chart.x.ticks]
        assert len(places) <= MOST_TICKS + 1
        assert min(b - a for a, b in pairwise(places)) > 15
        assert [chart.x.written(tick) for tick in chart.x.ticks][-1] == "all"
        ((x, _),) = chart.headings
        assert 75 < x < 380
