"""Corpora that are tested together are scored and shown apart too."""

import pytest

from sentemo.report.tables import render_tables
from sentemo.scoring.classes import score_corpora, score_predictions
from sentemo.scoring.predictions import Prediction

LABELS = ["happy", "sad"]


def prediction(name, label, predicted):
    return Prediction(name, 1, name[0], label, predicted, (0.5, 0.5))


@pytest.fixture
def test_side():
    return [
        prediction("a1", "happy", "happy"),
        prediction("a2", "sad", "sad"),
        prediction("b1", "happy", "sad"),
        prediction("b2", "sad", "sad"),
    ]


def test_each_corpus_has_the_scores_of_its_own_utterances(test_side):
    corpora = {"a1": "German", "a2": "German", "b1": "Polish", "b2": "Polish"}
    found = score_corpora(LABELS, test_side, corpora)
    assert [(name, of["utterances"], of["ua"]["pooled"]) for name, of in found.items()] == [
        ("German", 2, 1.0),
        ("Polish", 2, 0.5),
    ]


def test_they_stand_under_the_table_of_all(test_side):
    corpora = {"a1": "German", "a2": "German", "b1": "Polish", "b2": "Polish"}
    scores = {
        **score_predictions(LABELS, test_side, test_side),
        **{"kind": "ser", "title": "open", "experiment": "ser_open", "corpus": "both"},
        **{"notes": [], "seed": 1, "commit": "0" * 40, "protocol": "Leave one corpus out"},
        "corpora": score_corpora(LABELS, test_side, corpora),
    }
    text = render_tables([scores])
    assert "**Each corpus by itself: open.** Leave one corpus out." in text
    rows = [line for line in text.splitlines() if line.startswith(("| German", "| Polish"))]
    assert [row.split("|")[2].strip() for row in rows] == ["2", "2"]
    assert "100.0 [" in rows[0] and "50.0 [" in rows[1]
