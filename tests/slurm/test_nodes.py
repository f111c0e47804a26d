"""Trainings on two nodes of a Slurm: the recogniser and the sentiment models of one process."""

import json
import subprocess

import pytest
from small_recipe import ROOT, small_recipe, small_speech

from sentemo.core import checkpoint
from sentemo.scoring.predictions import read_predictions

pytestmark = pytest.mark.long


def run_recipe(corpus, *arguments):
    command = [str(ROOT / "egs" / corpus / "run.sh"), *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def losses(work_dir):
    [exp] = work_dir.glob("exp/asr_*")
    epochs = checkpoint.load_checkpoint(exp)["reporter"]["stats"].values()
    return [epoch[phase]["loss"] for epoch in epochs for phase in ("train", "valid")]


def scores(work_dir):
    [path] = work_dir.glob("exp/asr_*/scores.json")
    found = json.loads(path.read_text())
    return found["test"]["cer"]["pooled"], found["counts"]


def test_two_nodes_train_the_recogniser_of_one_process(cluster, settings, tmp_path):
    options = small_speech(tmp_path / "mini", epochs=2)
    run_recipe("librispeech", *options, "--work_dir", tmp_path / "one")
    slurm = ["--cmd_backend", "slurm", "--slurm_conf", settings(memory_gb=1)]
    shown = run_recipe(
        "librispeech", *options, "--work_dir", tmp_path / "two", *slurm, "--num_nodes", "2"
    )
    assert "train_asr: completed on mini[1-2]" in shown
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-3)
    assert scores(tmp_path / "two") == scores(tmp_path / "one")


def probabilities(work_dir):
    """Of every test utterance, in the experiments' order."""
    files = sorted(work_dir.glob("exp/*/predictions/test.tsv"))
    assert len(files) == 2
    return [p.probabilities for file in files for p in read_predictions(file)[1]]


def test_two_nodes_train_folds_apart_and_in_one_pass(cluster, settings, tmp_path):
    """From scratch, and upon a recogniser; in one pass, dropout does not know of processes."""
    speech = tmp_path / "speech"
    run_recipe("librispeech", *small_speech(tmp_path / "a", epochs=1), "--work_dir", speech)
    [recogniser] = speech.glob("exp/asr_*")
    options = [*small_recipe("iemocap", tmp_path / "b", epochs=2), "--stop_stage", "decode"]
    scratch, frozen = tmp_path / "b" / "train_mini.yaml", tmp_path / "train_ser_frozen.yaml"
    scratch.write_text(scratch.read_text().replace("dropout: 0.1", "dropout: 0.0"))
    text = (ROOT / "conf" / frozen.name).read_text()
    frozen.write_text(text.replace("max_epoch: 60", "max_epoch: 2"))
    slurm = ["--cmd_backend", "slurm", "--slurm_conf", settings(memory_gb=1), "--num_nodes", "2"]
    for name, backend in (("one", []), ("two", slurm)):
        where = ["--work_dir", tmp_path / name, *backend]
        run_recipe("iemocap", *options, *where)
        shown = run_recipe(
            "iemocap", *options, "--upstream", recogniser, "--config", frozen, *where
        )
    assert "train.1: completed on mini[1-2]" in shown
    assert "decode.1: completed on mini1" in shown
    one, two = probabilities(tmp_path / "one"), probabilities(tmp_path / "two")
    assert two == [pytest.approx(expected, abs=2e-3) for expected in one]
