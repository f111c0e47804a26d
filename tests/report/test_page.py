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
    add_occlusion,
    add_probe,
)

from sentemo.core.markdown import coefficient, percent
from sentemo.data.caveats import SYNTHETIC
from sentemo.report.content import read_report_content
from sentemo.report.page import render_page


def sections(page):
    return re.findall(r'<section id="(\w+)"', page)


def test_of_classes_it_shows_their_confusions_and_reliability(experiment, data):
    exp = experiment()
    page = render_page(read_report_content(exp, data))
    assert sections(page) == [
        *("results", "confusion", "reliability", "speakers", "groups", "utterances", "details")
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
        *("results", "confusion", "dimensions", "reliability", "training", "speakers", "groups"),
        *("attention", "utterances", "details"),
    ]
    assert "It was computed for 2 utterances; words: " in page
    assert "too short: 1" in page


def test_of_a_probe_it_shows_its_layers_and_no_epochs(experiment, data):
    exp = experiment(dimensions=True)
    add_probe(exp)
    page = render_page(read_report_content(exp, data))
    assert sections(page) == [
        *("results", "layers", "confusion", "dimensions", "reliability", "speakers", "groups"),
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
    cell = f'data-name="UA">{percent(test["ua"]["pooled"])} [{low}, {high}]</td>'
    assert layers.count(cell) >= 8
    assert "Layer and penalty were chosen on the validation side" in page
    assert "Epochs were chosen" not in page


def test_what_limits_a_result_stands_under_the_title_and_nothing_without_limits(experiment, data):
    exp = experiment()
    assert 'class="banner"' not in render_page(read_report_content(exp, data))
    scores = json.loads((exp / "scores.json").read_text())
    shared = "not speaker-disjoint: 2 of 5 known speakers on two sides"
    scores["notes"] = [SYNTHETIC, shared, "resampled from 24000 Hz to 16000 Hz: 60 recordings"]
    (exp / "scores.json").write_text(json.dumps(scores))
    page = render_page(read_report_content(exp, data))
    (banner,) = re.findall(r'<div class="banner".*?</div>', page, re.DOTALL)
    assert f"<strong>Synthetic data:</strong> {SYNTHETIC}." in banner
    assert f"<strong>Speakers are not disjoint:</strong> {shared}." in banner
    assert "resampled" not in banner
    assert page.index("</h1>") < page.index(banner) < page.index("<nav")


def test_the_title_says_corpus_upstream_and_decoder(experiment, data):
    exp = experiment()
    assert "<h1>noise &amp; more · scratch</h1>" in render_page(read_report_content(exp, data))
    (exp / "config.yaml").write_text("decoder: rnn_attention\n")
    page = render_page(read_report_content(exp, data))
    assert "<h1>noise &amp; more · no upstream · attention decoder</h1>" in page


def test_chance_and_the_best_baseline_of_the_same_data_mark_the_intervals(experiment, data):
    exp = experiment()
    assert '<i class="baseline"' not in render_page(read_report_content(exp, data))
    scores = json.loads((exp / "scores.json").read_text())
    for name, valid, ua in (("egemaps", 0.6, 0.51), ("compare", 0.7, 0.48), ("other", 0.9, 0.9)):
        found = {**scores, "title": f"baseline: {name}", "valid": {"ua": valid}}
        found["test"] = {**scores["test"], "ua": {**scores["test"]["ua"], "pooled": ua}}
        found["corpus"] = "another" if name == "other" else scores["corpus"]
        folder = exp.with_name(f"baseline_{name}")
        folder.mkdir()
        (folder / "scores.json").write_text(json.dumps(found))
    page = render_page(read_report_content(exp, data))
    (results,) = re.findall(r'<section id="results".*?</section>', page, re.DOTALL)
    assert results.count('<i class="chance" style') == results.count('<i class="baseline" style')
    assert '<i class="baseline" style="--at: 0.48">' in results
    assert "openSMILE and a linear SVM (compare): UA 48.0" in results
    largest = max(scores["counts"]["classes"].values()) / 60
    assert f"chance, always the largest class: UA 33.3, WA {percent(largest)}" in results


def test_words_of_a_recogniser_that_errs_often_are_left_out_and_its_cer_is_said(experiment, data):
    exp = experiment()
    add_attention(exp)
    summary = json.loads((exp / "attention" / "summary.json").read_text())
    (exp / "attention" / "summary.json").write_text(json.dumps({**summary, "cer": 0.654}))
    page = render_page(read_report_content(exp, data))
    assert "attention" not in sections(page) and "Attention to words" not in page
    assert "has a CER of 65.4 %" in page
    (listed,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    attended = [u["attention"] for u in json.loads(listed)["utterances"] if "attention" in u]
    assert [found["words"] for found in attended] == [[], []] and all(attended[0]["curve"])


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


def test_attention_is_checked_by_occlusion_and_held_against_length(experiment, data):
    exp = experiment()
    add_occlusion(exp)
    page = render_page(read_report_content(exp, data))
    assert "Attention and occlusion" in page
    assert "0.25 <small>[0.10, 0.40]</small>" in page and "0.50 <small>" in page
    assert "attention adds little" in page and "Without words, too short: 1." in page


def test_a_probe_has_occlusion_alone(experiment, data):
    exp = experiment()
    moments = {"by": "moments", "seconds": 0.5, "text": None, "unaligned": {}}
    add_occlusion(exp, **moments, attention=None, length=None)
    page = render_page(read_report_content(exp, data))
    assert "Occlusion" in page and "one moment of 0.5 s after the other" in page
    assert "rank correlation" not in page
