"""A probe says its choice while it trains, in the table of its layers, and in words."""

import json

import pytest
import yaml
from small_training import PROBE

from sentemo.core.errors import SentemoError
from sentemo.experiment.directory import chosen_epochs
from sentemo.experiment.fold_training import follow_training
from sentemo.folds.probe_table import choice_in_words, pooled_row, read_probe_table


def test_training_prints_layer_and_penalty_of_every_fold(make_probe, capsys):
    jobs, trained, exp = make_probe()
    chosen = read_probe_table(exp)["pooled"]
    capsys.readouterr()
    follow_training(exp, jobs, zip(jobs, trained, strict=True), joint=True)
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == len(jobs)
    for number, line in enumerate(lines, start=1):
        start = f"fold {number}: layer {chosen['layer']}, penalty {chosen['penalty']}, valid UA "
        assert line.startswith(start)
        assert "epoch" not in line
    assert last.endswith("over 18 predictions")


def test_each_fold_may_have_its_own_choice_and_the_other_is_told_too(make_probe):
    _, trained, exp = make_probe(probe_conf={"penalties": [1, 100], "choice": "fold"})
    table = read_probe_table(exp)
    for fold, result in zip(table["folds"], trained, strict=True):
        assert result.chosen == f"layer {fold['layer']}, penalty {fold['penalty']}"
    other = pooled_row(table)["scores"]["test"]["ua"]["pooled"]
    assert choice_in_words(table).startswith("layer and penalty chosen by each fold's validation")
    assert choice_in_words(table).endswith(f": UA {100 * other:.1f} %")


def test_of_dimensions_and_classes_both_measures_are_told(make_probe):
    table = read_probe_table(make_probe(task="both")[2])
    scores = table["by_fold"]["scores"]
    ua = scores["test"]["ua"]["pooled"]
    ccc = scores["dimensions"]["test"]["mean"]["pooled"]
    assert choice_in_words(table) == (
        f"layer {table['pooled']['layer']}, penalty {table['pooled']['penalty']}, chosen by the "
        "validation sides of all folds; each fold's own choice: "
        f"UA {100 * ua:.1f} %, mean CCC {ccc:.3f}"
    )


def test_an_experiment_without_probes_has_no_table(tmp_path):
    assert read_probe_table(tmp_path) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "none; one layer and penalty by the loss on the validation sides of all folds"),
        (
            {"probe_conf": {"penalties": [1], "choice": "fold"}},
            "none; each fold's layer and penalty by the loss on its own validation side",
        ),
        (
            {"model_conf": {"encoder_layer": 3}},
            "none; one penalty by the loss on the validation sides of all folds",
        ),
    ],
)
def test_an_experiment_says_how_layer_and_penalty_are_chosen(tmp_path, changes, says):
    config = tmp_path / "probe.yaml"
    config.write_text(yaml.safe_dump({**PROBE, **changes}))
    assert chosen_epochs(config) == says


def test_an_unknown_way_to_choose_is_refused(tmp_path):
    config = tmp_path / "probe.yaml"
    config.write_text(json.dumps({**PROBE, "probe_conf": {"penalties": [1], "choice": "folds"}}))
    with pytest.raises(
        SentemoError, match=r"probe.yaml: (.|\n)*choice: found 'folds', wanted one of pooled, fold"
    ):
        chosen_epochs(config)
