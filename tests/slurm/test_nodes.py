"""A training on two nodes of a Slurm: the recogniser of one process."""

import json
import subprocess

import pytest
from small_recipe import ROOT, small_speech

from sentemo.training import checkpoint

RECIPE = ROOT / "egs" / "librispeech"

pytestmark = pytest.mark.long


def run_recipe(*arguments):
    command = [str(RECIPE / "run.sh"), *map(str, arguments)]
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
    run_recipe(*options, "--work_dir", tmp_path / "one")
    slurm = ["--cmd_backend", "slurm", "--slurm_conf", settings(memory_gb=1)]
    shown = run_recipe(*options, "--work_dir", tmp_path / "two", *slurm, "--num_nodes", "2")
    assert "train_asr: completed on mini[1-2]" in shown
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-3)
    assert scores(tmp_path / "two") == scores(tmp_path / "one")
