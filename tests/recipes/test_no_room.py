"""A full disk ends every stage with a message, and after it nothing is taken for whole that is not.

A limit on the size of files stands for the disk: what is beyond it fails in the same way.
"""

import io
import json
import os
import subprocess
import sys
import zipfile
from functools import partial

import pytest
import torch
from restricted import files_up_to
from small_recipe import ROOT, small_recipe
from small_stages import content

from sentemo.bin.make_mini_corpus import main as make_mini_corpus
from sentemo.core import checkpoint

FULL = r"could not be written (File too large). Make room and run the same command again."
# Written line by line; and what ESPnet writes itself, which nobody reads of an unfinished training.
GROWING = (".log", ".lock", "/config.yaml")
TIMED = (".json", ".pth", ".zip")  # say when, or how long it took
EMOTION = ("data", "feats", "train", "decode", "score", "results", "attention", "report", "pack")
RECOGNITION = ("data", "feats", "pretrain", "decode", "score")


def largest(stages, stage):
    return max(map(len, stages.written(stage).values()))


def assert_whole(path, data, expected):
    """Insist that a file is one that an undisturbed run writes, too, as far as it is no log."""
    if path.endswith(GROWING) or "tfevents" in path:
        return
    assert "/." not in path.replace("/.done", "").replace("/.started", ""), path
    if path.endswith(".json"):
        json.loads(data)
    elif path.endswith(".zip"):
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    elif path.endswith(".pth"):
        torch.load(io.BytesIO(data), weights_only=True)
    else:
        assert data == expected[path], path


def comparable(files):
    """What two runs have alike: all but times."""
    return {
        path: data
        for path, data in files.items()
        if not path.endswith((*GROWING, *TIMED)) and "tfevents" not in path
    }


def fill_up(stages, stage, size):
    """Run a stage that may write files up to a size, then again."""
    stages.go_before(stage)
    full = stages.run(stage, partial(files_up_to, size))
    assert full.status == 1, full.output
    last = full.output.splitlines()[-1]
    assert last.startswith("error: "), full.output
    assert last.endswith(FULL), full.output
    assert "Traceback" not in full.output
    named = last.removeprefix("error: ").partition(":")[0]
    assert "/." not in named.replace("/.lock", "").replace("/.done", "").replace("/.started", "")
    expected, before = content(stages.after(stage)), content(stages.before(stage))
    for path, data in content(stages.work).items():
        if before.get(path) != data:
            assert_whole(path, data, expected)
    assert stages.run(stage).status == 0
    assert comparable(content(stages.work)) == comparable(expected)
    for path in stages.work.glob("exp/*/scores.json"):
        undisturbed = stages.after(stage) / path.relative_to(stages.work)
        assert json.loads(path.read_text())["test"] == json.loads(undisturbed.read_text())["test"]


@pytest.mark.parametrize("stage", EMOTION)
def test_a_stage_of_emotion_recognition_that_meets_a_full_disk_is_done_again(emotion, stage):
    fill_up(emotion, stage, largest(emotion, stage) // 2)


@pytest.mark.parametrize("stage", RECOGNITION)
def test_a_stage_of_speech_recognition_that_meets_a_full_disk_is_done_again(recognition, stage):
    fill_up(recognition, stage, largest(recognition, stage) // 2)


@pytest.mark.parametrize("size", [0, 1500, 2500])
def test_a_training_ends_with_a_message_wherever_the_disk_is_full(emotion, size):
    """At its lock; while ESPnet logs; while it writes its configuration."""
    fill_up(emotion, "train", size)


@pytest.mark.long
@pytest.mark.parametrize("size", [0, 100, 1000, 4000, 20_000, 300_000])
@pytest.mark.parametrize(
    ("recipe", "stage"),
    [
        *(("emotion", stage) for stage in EMOTION),
        *(("recognition", stage) for stage in RECOGNITION),
    ],
)
def test_a_disk_that_is_full_at_another_moment(recipe, stage, size, request):
    stages = request.getfixturevalue(recipe)
    if size >= largest(stages, stage):
        pytest.skip("it writes no larger file")
    fill_up(stages, stage, size)


def full_after_an_epoch():
    """Let the disk be full once the first epoch is saved."""
    from sentemo.training.selection import EpochProgress

    report = EpochProgress.report

    def report_and_fill(*args):
        report(*args)
        files_up_to(1000)

    EpochProgress.report = report_and_fill


def test_a_training_goes_on_from_the_last_checkpoint_before_the_disk_was_full(emotion):
    emotion.go_before("train")
    full = emotion.run("train", full_after_an_epoch)
    assert full.status == 1
    assert full.output.endswith(f"{FULL}\n")
    fold = emotion.work / "exp" / "ser" / "fold_01"
    assert checkpoint.load_checkpoint(fold)["reporter"]["epoch"] == 1
    assert emotion.run("train").status == 0
    assert "training goes on after epoch 1" in (fold / "train.log").read_text()
    assert comparable(content(emotion.work)) == comparable(content(emotion.after("train")))


def test_a_log_that_cannot_be_written_hides_no_error(emotion):
    emotion.go_before("decode")
    fold = emotion.work / "exp" / "ser" / "fold_01"
    (fold / "decode.log").symlink_to("/dev/full")
    (fold / "config.yaml").rename(fold / "lost.yaml")
    ended = emotion.run("decode")
    assert ended.status == 1
    assert "fold_01/config.yaml: no such configuration file" in ended.output
    assert "Traceback" not in ended.output


def test_output_that_nobody_can_store_is_an_error():
    command = [sys.executable, "-m", "sentemo.bin.recipe", "recipe_stages=data feats train"]
    command += [f"recipe_dir={ROOT / 'egs' / 'emodb'}", "work_dir=."]
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            command,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    assert run.stderr.startswith("error: standard output: could not be written (No space left")
    assert "Traceback" not in run.stderr


@pytest.fixture(params=["emodb", "librispeech"])
def recipe(request, tmp_path):
    """The command of a recipe, the stages to disturb, and the option that ends it."""
    if request.param == "emodb":
        options = small_recipe("emodb", tmp_path, epochs=3)
        stages = ("data", "feats", "train", "decode", "score", "report", "pack")
    else:
        corpus = tmp_path / "corpus"
        make_mini_corpus(["--corpus", "librispeech", "--dest", str(corpus)])
        options = ["--corpus_dir", str(corpus), "--allow_partial", "true", "--nj", "2"]
        options += ["--config", "conf/mini/train_asr_ctc.yaml"]
        stages = ("data", "feats", "pretrain", "asr_score")
    return [str(ROOT / "egs" / request.param / "run.sh"), *options], stages


def results(work_dir):
    found = {str(p.relative_to(work_dir)): p.read_text() for p in work_dir.rglob("*.tsv")}
    for path in work_dir.glob("exp/*/scores.json"):
        found["test"] = json.loads(path.read_text())["test"]
    return found


@pytest.mark.long
def test_a_recipe_of_which_every_stage_meets_a_full_disk_ends_as_if_not(recipe, tmp_path):
    command, stages = recipe

    def run(work_dir, *more, limit=None):
        return subprocess.run(
            [*command, "--work_dir", str(work_dir), *more],
            preexec_fn=limit and partial(files_up_to, limit),
            capture_output=True,
            text=True,
            check=False,
        )

    whole, disturbed = tmp_path / "whole", tmp_path / "disturbed"
    assert run(whole, "--stop_stage", stages[-1]).returncode == 0
    for stage in stages:
        only = ("--stage", stage, "--stop_stage", stage)
        full = run(disturbed, *only, limit=2000)
        assert full.returncode == 1
        assert FULL in full.stderr
        assert f"{stage} failed (status 1)" in full.stderr.splitlines()[-1]
        assert "Traceback" not in full.stdout + full.stderr
        again = run(disturbed, *only)
        assert again.returncode == 0, again.stderr
    assert results(disturbed) == results(whole)
