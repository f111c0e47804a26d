"""The scores in the recipes' folders are those of the predictions beside them."""

import json
from pathlib import Path

import pytest

from sentemo.report.publishing import read_published_study
from sentemo.scoring.classes import METRICS, predictions_confusion, score_predictions
from sentemo.scoring.predictions import read_predictions

ROOT = Path(__file__).parents[2]
TABLES = sorted(path.relative_to(ROOT) for path in ROOT.glob("egs/*/results/*.tsv"))


def published(kind):
    """Tables of classes that belong to scores of this kind."""
    return [
        str(table)
        for table in TABLES
        if not table.name.endswith("_avd.tsv")
        and json.loads((ROOT / table).with_suffix(".json").read_text())["kind"] == kind
    ]


@pytest.mark.parametrize("table", published("ser"))
def test_scores_are_those_of_the_predictions(table):
    scores = json.loads((ROOT / table).with_suffix(".json").read_text())
    labels, predictions = read_predictions(ROOT / table)
    found = json.loads(json.dumps(score_predictions(labels, predictions, predictions)))
    assert scores["labels"] == labels
    assert scores["speakers"] == found["speakers"]
    assert scores["test"] == found["test"]


@pytest.mark.parametrize("table", published("study"))
def test_rows_are_those_of_the_predictions_of_each_seed(table):
    scores = json.loads((ROOT / table).with_suffix(".json").read_text())
    runs = read_published_study(ROOT / table)
    compared = 0
    for row in scores["test"]:
        seeds = [run for run in runs if run.startswith(f"{row.get('candidate')}_seed")]
        for number, run in enumerate(seeds):
            labels = sorted({name for p in runs[run] for name in (p.label, p.predicted)})
            confusion = predictions_confusion(labels, runs[run])
            for name in ("wa", "ua"):
                stated = row["test"][name]["values"][number]
                assert METRICS[name](confusion) == pytest.approx(stated)
                compared += 1
    assert compared
