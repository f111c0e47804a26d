"""A recipe on the mini look-alike of IEMOCAP: with Slurm it ends in the scores of this machine."""

import json
import subprocess
import time

import pytest
from small_recipe import ROOT, small_recipe

RECIPE = ROOT / "egs" / "iemocap"

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    options = small_recipe("iemocap", tmp_path_factory.mktemp("mini"), epochs=4)
    return [*options, "--stop_stage", "score"]


def run_recipe(*arguments):
    command = [str(RECIPE / "run.sh"), *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def outcome(work_dir):
    """Every score and prediction of a run."""
    scores = {path: json.loads(path.read_text()) for path in work_dir.glob("exp/*/scores.json")}
    found = {str(p.relative_to(work_dir)): (s["test"], s["counts"]) for p, s in scores.items()}
    for path in work_dir.glob("exp/**/predictions/*.tsv"):
        found[str(path.relative_to(work_dir))] = path.read_text()
    assert scores
    return found


@pytest.fixture(scope="module")
def local(arguments, tmp_path_factory):
    work_dir = tmp_path_factory.mktemp("local work")
    run_recipe(*arguments, "--work_dir", work_dir)
    return outcome(work_dir)


def test_with_slurm_the_scores_are_the_same(arguments, local, cluster, settings, tmp_path):
    slurm = ["--cmd_backend", "slurm", "--slurm_conf", settings()]
    shown = run_recipe(*arguments, "--work_dir", tmp_path, *slurm)
    assert outcome(tmp_path) == local
    for stage in ("data", "features_all.1", "train.fold_01", "decode.fold_02", "score"):
        assert f"{stage}: completed on mini" in shown


def test_the_runs_of_a_study_are_an_array(arguments, cluster, settings, tmp_path):
    seeds = [*arguments, "--seeds", "2", "--stage", "train"]
    here, there = tmp_path / "here", tmp_path / "there"
    for work_dir in (here, there):
        run_recipe(*arguments, "--stop_stage", "feats", "--work_dir", work_dir)
    run_recipe(*seeds, "--work_dir", here)
    slurm = ["--cmd_backend", "slurm", "--slurm_conf", settings()]
    shown = run_recipe(*seeds, "--work_dir", there, *slurm)
    assert "study_train: job " in shown and ", 2 tasks" in shown
    assert outcome(there) == outcome(here)


def test_a_training_that_is_told_to_end_ends_in_the_same_scores(
    arguments, local, cluster, settings, tmp_path, meanwhile
):
    def tell():
        """Tell every training, once it has a checkpoint, that its time is over."""
        for fold in (1, 2):
            while not list(tmp_path.glob(f"exp/*/fold_{fold:02d}/checkpoint.pth")):
                time.sleep(0.05)
        for job in subprocess.run(
            ["squeue", "--noheader", "--array", "--states=R", "--format=%i"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.split():
            subprocess.run(["scancel", "--signal=USR2", job], check=True)

    meanwhile(tell)
    slurm = ["--cmd_backend", "slurm", "--slurm_conf", settings()]
    shown = run_recipe(*arguments, "--work_dir", tmp_path, *slurm)
    assert "pending (BeginTime)" in shown
    assert outcome(tmp_path) == local


def test_a_chain_that_nobody_waits_for_ends_in_the_same_scores(
    arguments, local, cluster, settings, tmp_path
):
    slurm = ["--cmd_backend", "slurm", "--slurm_conf", settings(), "--submit_only"]
    shown = run_recipe(*arguments, "--work_dir", tmp_path, *slurm)
    assert "stage 5 train: job " in shown
    while subprocess.run(["squeue", "--noheader"], stdout=subprocess.PIPE, check=True).stdout:
        time.sleep(0.5)
    assert outcome(tmp_path) == local
