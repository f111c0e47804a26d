"""The page as text: what it shows of which experiment, and that nobody can add to it."""

import json
import re

import pytest
from scored_experiments import (
    HOSTILE,
    HOSTILE_TEXT,
    LABELS,
    add_attention,
    add_histories,
    add_probe,
)

from sentemo.core.markdown import coefficient, percent
from sentemo.report.content import read_report_content
from sentemo.report.page import render_page


def sections(page):
    return re.findall(r'<section id="(\w+)"', page)


def test_of_classes_it_shows_their_confusions_and_reliability(experiment, data):
    exp = experiment()
    page = render_page(read_report_content(exp, data))
    assert sections(page) == [
        *("results", "confusion", "reliability", "speakers", "utterances", "details")
    ]
    test = json.loads((exp / "scores.json").read_text())["test"]
    low, high = map(percent, test["ua"]["ci95"])
    assert f"{percent(test['ua']['pooled'])} %" in page
    assert f"{low} to {high}" in page
    assert all(f"<b>{count}</b>" in page for row in test["confusion"] for count in row)


def test_of_dimensions_it_sets_predictions_against_references(experiment, data):
    exp = experiment(classes=False, dimensions=True)
    page = render_page(read_report_content(exp, data))
    assert sections(page) == ["results", "dimensions", "speakers", "utterances", "details"]
    ccc = json.loads((exp / "scores.json").read_text())["dimensions"]["test"]["valence"]
    assert coefficient(ccc["pooled"]) in page
    assert page.count('<svg class="chart"') == 3


def test_of_both_it_shows_both_with_curves_and_attention(experiment, data):
    exp = experiment(dimensions=True)
    add_histories(exp)
    add_attention(exp)
    page = render_page(read_report_content(exp, data))
    assert sections(page) == [
        *("results", "confusion", "dimensions", "reliability", "training", "speakers"),
        *("attention", "utterances", "details"),
    ]
    assert "It was computed for 2 utterances; words: " in page
    assert "too short: 1" in page


def test_of_a_probe_it_shows_its_layers_and_no_epochs(experiment, data):
    exp = experiment(dimensions=True)
    add_probe(exp)
    page = render_page(read_report_content(exp, data))
    assert sections(page) == [
        *("results", "layers", "confusion", "dimensions", "reliability", "speakers"),
        *("utterances", "details"),
    ]
    (layers,) = re.findall(r'<section id="layers".*?</section>', page, re.DOTALL)
    assert layers.count('<svg class="chart"') == 4  # UA and three dimensions
    assert re.findall(r'<th scope="row">(.*?)</th>', layers) == [
        *("1", "2", "3, chosen", "4", "5", "6", "all together"),
        "chosen by each fold alone: 3 (5×)",
    ]
    test = json.loads((exp / "scores.json").read_text())["test"]
    low, high = map(percent, test["ua"]["ci95"])
    cell = f'<td class="nowrap">{percent(test["ua"]["pooled"])} [{low}, {high}]</td>'
    assert layers.count(cell) >= 8
    assert "Layer and penalty were chosen on the validation side" in page
    assert "Epochs were chosen" not in page


@pytest.mark.parametrize("written", [HOSTILE, HOSTILE_TEXT, LABELS[2], "<b>bad</b>"])
def test_what_strangers_wrote_never_becomes_markup(experiment, data, written):
    exp = experiment()
    add_attention(exp)
    page = render_page(read_report_content(exp, data))
    assert written not in page
    (listed,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    names = [utterance["id"] for utterance in json.loads(listed)["utterances"]]
    assert HOSTILE in names


def test_nothing_in_it_points_to_another_place(experiment, data):
    page = render_page(read_report_content(experiment(), data))
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page))
    # One names SVG and is asked of nobody, the other is what a stranger said.
    assert addresses == {"http://www.w3.org/2000/svg", "https://example.org/x.png\\"}
    assert re.findall(r'(?:href|src)="([^#"][^"]*)"', page) == ["data:,"]
