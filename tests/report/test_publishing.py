"""Published results hold the predictions that their numbers are computed from."""

import json
from pathlib import Path

import pytest
from scored_experiments import LABELS

from sentemo.bin.publish import main
from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.report.publishing import publish, read_published_study
from sentemo.scoring.predictions import Prediction, read_predictions, write_predictions

STUDY = Path(__file__).parents[2] / "egs" / "emodb" / "results" / "study.json"


def test_an_experiment_is_published_with_its_predictions_of_each_target(
    experiment, tmp_path, capsys
):
    exp, dest = experiment(dimensions=True), tmp_path / "results" / "both"
    dest.parent.mkdir()
    main(["--exp", str(exp), "--dest", str(dest)])
    assert capsys.readouterr().out.split() == [
        f"{dest}{end}" for end in (".json", ".tsv", "_avd.tsv")
    ]
    of_exp = read_predictions(exp / "predictions" / "test.tsv")
    assert read_predictions(dest.with_suffix(".tsv")) == of_exp
    assert json.loads(dest.with_suffix(".json").read_text())["labels"] == LABELS


@pytest.fixture
def study(tmp_path):
    """A study of two rows, of one and of eleven seeds, and of people."""
    exp = tmp_path / "exp" / "table"
    for name, seeds in (("mean", 11), ("chance", 1)):
        for seed in range(1, seeds + 1):
            found = [
                Prediction("=utt 1", 1, "a", "happy", "sad" if seed % 2 else "happy", (0.5, 0.5)),
                Prediction("utt2", 2, "b", "sad", "sad", (0.1, 0.9)),
            ]
            path = exp / f"{name}_seed{seed}" / "predictions" / "test.tsv"
            write_predictions(path, ["happy", "sad"], found)
    rows = [{"row": "Mean", "candidate": "mean"}, {"row": "Chance", "candidate": "chance"}]
    rows = [{**row, "published": None, "test": {}, "difference": None} for row in rows]
    rows.append({"row": "people", "published": None, "test": {}, "difference": None})
    described = json.loads(STUDY.read_text("utf-8"))
    write_json(exp / "scores.json", {**described, "test": rows})
    return exp


def test_a_study_is_published_in_one_table_of_all_rows_and_seeds(study, tmp_path):
    publish(study, tmp_path / "table")
    found = read_published_study(tmp_path / "table.tsv")
    assert list(found) == [*(f"mean_seed{n}" for n in range(1, 12)), "chance_seed1"]
    assert found["mean_seed2"] == [
        Prediction("=utt 1", 1, "a", "happy", "happy", ()),
        Prediction("utt2", 2, "b", "sad", "sad", ()),
    ]
    assert [p.predicted for p in found["chance_seed1"]] == ["sad", "sad"]


def test_what_is_missing_is_named(study, tmp_path):
    (study / "chance_seed1").rename(study / "other")
    with pytest.raises(SentemoError, match=r"no chance_seed\*. Run the train stage"):
        publish(study, tmp_path / "table")
    with pytest.raises(SentemoError, match=r"scores\.json"):
        publish(tmp_path / "nothing", tmp_path / "table")
    (tmp_path / "cut.tsv").write_text("utterance\tfold\tspeaker\tlabel\tx_seed1\nutt\t1\ta\n")
    with pytest.raises(SentemoError, match=r"cut\.tsv:2: no line of this table"):
        read_published_study(tmp_path / "cut.tsv")
