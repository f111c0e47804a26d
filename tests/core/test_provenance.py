"""Results name the command and the configuration, wherever the work was done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sentemo.core.provenance import published_path

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "conf" / "train_probe.yaml"
PRINTS = "from sentemo.core.provenance import published_command\nprint(published_command())\n"
LABELS = ROOT / "egs" / "emodb" / "labels.txt"


@pytest.mark.parametrize(
    ("here", "path", "published"),
    [
        ("egs/emodb", CONFIG, "../../conf/train_probe.yaml"),
        ("egs/emodb", LABELS, "labels.txt"),
        ("egs/emodb", "../librispeech/exp/asr_ctc_small", "../librispeech/exp/asr_ctc_small"),
        ("egs/emodb", "/models/whisper-base", "whisper-base"),
        ("egs/emodb", "../../../models/whisper-base/", "whisper-base"),
        (None, CONFIG, "conf/train_probe.yaml"),
        (None, LABELS, "egs/emodb/labels.txt"),
        (None, "exp/ser_scratch", "exp/ser_scratch"),
        (None, "/models/whisper-base", "whisper-base"),
    ],
)
def test_a_path_says_nothing_of_the_machine(tmp_path, monkeypatch, here, path, published):
    """In a recipe of the clone, and in a working directory elsewhere."""
    monkeypatch.chdir(ROOT / here if here else tmp_path)
    assert published_path(path) == published


def test_a_clone_that_a_link_leads_to_is_the_clone(tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(ROOT)
    monkeypatch.setattr("sentemo.core.provenance.CLONE", tmp_path / "link")
    monkeypatch.chdir(ROOT / "egs" / "emodb")
    for root in (ROOT, tmp_path / "link"):
        assert published_path(root / "conf" / "a.yaml") == "../../conf/a.yaml"


def test_a_published_command_names_no_folder_of_the_machine(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "job.py").write_text(PRINTS)
    (tmp_path / "work").mkdir()
    model = tmp_path / "models" / "a b"
    command = [
        *(sys.executable, "-m", "bin.job", "--config", str(CONFIG), "--upstream", str(model)),
        *("--set", f"frontend_conf.model={model}", "--data", "data/all", "--text", "../x/text"),
        *("--dump", str(tmp_path / "work" / "dump"), "--set", "optim_conf.lr=0.1"),
        *("--sa2sr_model", f"{model}_max_epoch=3", "--set", f"model={model}_max_epoch=3"),
    ]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    done = subprocess.run(
        command, cwd=tmp_path / "work", env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout == (
        "python -m bin.job --config conf/train_probe.yaml --upstream 'a b' "
        "--set 'frontend_conf.model=a b' --data data/all --text text --dump dump "
        "--set optim_conf.lr=0.1 --sa2sr_model 'a b_max_epoch=3' --set 'model=a b_max_epoch=3'\n"
    )


def test_an_installed_command_is_named_as_it_is_called(tmp_path):
    command = tmp_path / "bin" / "job"
    command.parent.mkdir()
    command.write_text(PRINTS)
    done = subprocess.run(
        [sys.executable, command, "train", tmp_path / "labels.csv"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "job train labels.csv\n"


@pytest.mark.parametrize("results", sorted(ROOT.glob("egs/*/results/*.json")), ids=lambda p: p.stem)
def test_published_results_name_no_folder_of_a_machine(results):
    scores = json.loads(results.read_text(encoding="utf-8"))
    recipe = results.parents[1]
    for word in (scores["config"] or "none", *scores["command"].replace("=", " ").split()):
        assert not word.startswith("/")
        if word.startswith(".."):
            assert (recipe / word).resolve().is_relative_to(ROOT.resolve()), word
