"""The layers that probes choose for the folds, once for all stages."""

import json
import shutil
from dataclasses import replace

import pytest
import yaml
from small_schedule import SCHEDULE

from sentemo.bin.extract_features import main as extract_features
from sentemo.data.fold_files import write_folds
from sentemo.data.splits import leave_one_speaker_out
from sentemo.experiment.ser import BEST_LAYERS, SERExperiment


@pytest.fixture
def experiment(small_data_dir):
    work = small_data_dir.parent
    dump = work / "dump" / "raw" / "all"
    extract_features(["--data", str(small_data_dir), "--dest", str(dump), "--feature_type", "raw"])
    (work / "labels.txt").write_text("happy\nsad\n")
    config = {
        **SCHEDULE,
        "decoder": "mlp_pooling",
        "decoder_conf": {"units": [4]},
        "model_conf": {"freeze_encoder": True, "encoder_layer": "best"},
    }
    (work / "config.yaml").write_text(yaml.safe_dump(config))
    write_folds(work / "folds.tsv", leave_one_speaker_out("abcd"), "Leave one speaker out")
    return SERExperiment(
        directory=work / "exp",
        config=work / "config.yaml",
        data=small_data_dir,
        dump=dump,
        folds=work / "folds.tsv",
        labels=work / "labels.txt",
        upstream="built-in",
    )


def test_they_are_chosen_once_and_anew_when_the_labels_change(experiment, capsys, monkeypatch):
    jobs = experiment.keep_states()
    printed = capsys.readouterr().out
    assert "best layer by fold" in printed
    assert printed.count(": keeping ") == 1  # the encoder ran once
    chosen = [job.best_layer for job in jobs]
    assert json.loads((experiment.directory / BEST_LAYERS).read_text()) == chosen
    again = experiment.keep_states()
    assert "best layer by fold" not in capsys.readouterr().out
    assert [job.best_layer for job in again] == chosen

    monkeypatch.setattr("sentemo.states.keeping.AT_ONCE", 0)
    shutil.rmtree(experiment.dump.parents[1] / "states")
    experiment.labels.write_text("sad\nhappy\n")
    jobs = replace(experiment, seed=2).keep_states()
    printed = capsys.readouterr().out
    assert "best layer by fold" in printed
    assert [job.best_layer for job in jobs] == chosen
    assert printed.count(": keeping ") == 2  # all layers would take too much room
