"""Table and picture of what conditions cost."""

import pytest
from matplotlib.figure import Figure

from sentemo.core.errors import SentemoError
from sentemo.report.robustness import measured, render_robustness
from sentemo.visualization.robustness_picture import draw_conditions, draw_robustness


def scores(title, **ua):
    rows = [
        {"condition": name, "ua": {"pooled": value, "ci95": [value - 0.05, value + 0.05]}}
        for name, value in ua.items()
    ]
    return {"kind": "robustness", "experiment": title, "title": title, "corpus": "X", "test": rows}


PLAIN = scores("plain", clean=0.9, noise10=0.7, level=0.9)
COPIES = scores("copies", clean=0.85, noise10=0.8)


def test_experiments_stand_beside_each_other_and_say_what_a_condition_costs():
    lines = render_robustness([PLAIN, COPIES]).splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    assert rows[0] == ["condition", "plain, on X", "copies, on X"]
    assert rows[2:] == [
        ["as recorded", "90.0 [85.0, 95.0]", "85.0 [80.0, 90.0]"],
        ["noise, 10 dB under the speech", "70.0 [65.0, 75.0], -20.0", "80.0 [75.0, 85.0], -5.0"],
        ["20 dB fainter", "90.0 [85.0, 95.0], +0.0", "–"],
    ]


def test_the_picture_has_a_row_per_condition_and_a_colour_per_experiment(tmp_path):
    found = measured([PLAIN, COPIES])
    place = Figure().subplots()
    draw_conditions(place, found)
    rows = [label.get_text() for label in place.get_yticklabels()]
    assert rows == ["as recorded", "noise, 10 dB under the speech", "20 dB fainter"]
    assert [held.get_label() for held in place.containers] == ["plain, on X", "copies, on X"]
    draw_robustness(tmp_path / "costs.svg", found)
    assert (tmp_path / "costs.svg").read_text().startswith("<?xml")


def test_scores_of_another_kind_are_refused():
    with pytest.raises(SentemoError, match="study: no scores under conditions"):
        measured([{"kind": "study", "experiment": "study"}])
