"""Tables and lines of a card on calibration, abstention and groups."""

import json

import pytest

from sentemo.report.groups import gaps_in_words, group_tables, render_groups
from sentemo.report.limits import limits_in_words, limits_row
from sentemo.report.tables import render_tables


@pytest.fixture
def scores(experiment):
    return json.loads((experiment() / "scores.json").read_text())


def test_a_row_has_the_calibration_before_and_after_and_what_thresholds_lead_to(scores):
    limits = scores["limits"]
    row = limits_row(scores)
    assert row["ECE before"] == f"{100 * limits['before']['ece']:.1f}"
    assert row["Brier after"] == f"{limits['after']['brier']:.3f}"
    assert row["answered"] == f"{100 * limits['unknown'][1]['answered']:.1f}"
    assert "**Calibration and abstention.**" in render_tables([scores])


def test_older_scores_have_no_such_tables(scores):
    del scores["limits"], scores["groups"]
    assert "worth" not in render_tables([scores])
    assert render_groups([scores]) == ""
    assert limits_in_words(scores) == gaps_in_words(scores) == group_tables(scores) == []


def test_the_table_of_groups_has_both_ends_of_the_gap(scores):
    of = scores["groups"]["sex"]
    (low, lowest), (high, highest) = of["groups"].items()
    table = render_groups([scores])
    assert f"| {low} " in table and f"| {high} " in table
    assert f"{100 * lowest['ua']:.1f}" in table and f"{100 * highest['ua']:.1f}" in table
    (shown,) = group_tables(scores)
    assert [row["group"] for row in shown["rows"]] == [low, high]


def test_of_many_groups_both_ends_are_shown(scores):
    of = scores["groups"]["sex"]
    one = of["groups"]["men"]
    of["groups"] = {f"s{n:02d}": {**one, "ua": n / 50} for n in range(50)}
    (shown,) = group_tables(scores)
    assert [row["group"] for row in shown["rows"]][5:7] == ["s05", "s44"]
    assert "the 6 lowest and the 6 highest of 50" in shown["note"]


def test_a_card_names_the_largest_gap_and_those_of_sex_and_age(scores):
    sex = scores["groups"]["sex"]
    scores["groups"]["speaker"] = {**sex, "gap": 0.9, "p_holm": 0.01}
    first, second = gaps_in_words(scores)
    assert first.startswith("The largest gap between groups is by speaker: UA ")
    assert "chance" not in first
    assert second.startswith("By sex: UA ")
    sex["p_holm"] = 0.5
    assert gaps_in_words(scores)[1].endswith("p = 0.500, which may be chance.")
