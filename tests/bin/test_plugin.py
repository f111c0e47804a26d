"""A module of the user's own, as docs/own-encoder.md shows it, through the commands."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from test_study_command import ACOUSTIC

from sentemo.bin.extract_features import main as extract_features
from sentemo.data.fold_files import write_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import Fold

ROOT = Path(__file__).parents[2]
UPSTREAM = """
from sentemo.upstreams import Source, register_upstream


@register_upstream
def find(upstream, where):
    return Source(__import__("pathlib").Path("mine.yaml")) if upstream == "mine" else None
"""
DATA = ("--data", "all", "--labels", "labels.txt", "--folds", "folds.tsv")
# Each line is a command: a module of sentemo.bin, and its arguments.
COMMANDS = """
import json, sys
from importlib import import_module
for module, *arguments in json.loads(sys.argv[1]):
    import_module(f"sentemo.bin.{module}").main(arguments)
"""


def documented_module():
    """The example of the document, whole."""
    text = (ROOT / "docs" / "own-encoder.md").read_text(encoding="utf-8")
    return re.search(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def work(small_data_dir):
    """A folder with data, features, folds, a configuration, and the module of the document."""
    folder = small_data_dir.parent
    write_data_dir(small_data_dir, ParsedCorpus(read_data_dir(small_data_dir), name="Noise"))
    extract_features(["--data", str(small_data_dir), "--dest", str(folder / "dump")])
    folds = [
        Fold(1, train=("a",), valid=("b",), test=("c", "d")),
        Fold(2, train=("c",), valid=("d",), test=("a", "b")),
    ]
    write_folds(folder / "folds.tsv", folds, "Two halves")
    (folder / "labels.txt").write_text("happy\nsad\n")
    config = {**ACOUSTIC, "decoder": "mean_max", "decoder_conf": {"dropout": 0.1}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "mean_max.py").write_text(documented_module())
    return folder


def run(work, *commands, **environment):
    """Run commands one after another in one process of their own."""
    return subprocess.run(
        [sys.executable, "-c", COMMANDS, json.dumps(commands)],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def experiment(*more):
    return [
        *("--config", "config.yaml", "--dump", "dump", *DATA),
        *("--exp", "exp/mine", "--nj", "2", *more),
    ]


def test_a_decoder_of_the_users_module_is_trained_scored_packed_and_used(work):
    plugin = ("--plugin", "mean_max")
    audio = next(iter(read_data_dir(work / "all"))).audio
    done = run(
        work,
        ["train", *experiment(*plugin)],
        ["decode", *experiment(*plugin)],
        ["score", "--exp", "exp/mine", *DATA],
        ["pack", "--exp", "exp/mine", *plugin],
        ["predict", "exp/mine", str(audio), *plugin],
    )
    assert done.returncode == 0, done.stderr
    assert "torch needs its own module: --plugin mean_max" in done.stdout
    scores = json.loads((work / "exp/mine/scores.json").read_text())
    assert scores["plugin"]["module"] == "mean_max"
    assert len(scores["plugin"]["digest"]) == 16
    assert "--plugin mean_max" in scores["command"]
    refused = run(work, ["predict", "exp/mine", str(audio)])
    assert "decoder: mean_max is none of mlp_pooling" in refused.stderr
    assert "--plugin MODULE" in refused.stderr
    with zipfile.ZipFile(work / "exp/mine/model.zip") as packed:
        card = packed.read("README.md").decode()
    assert "the Python module `mean_max` (digest " in card

    changed = documented_module().replace("dropout: float = 0.0", "dropout: float = 0.5")
    (work / "mean_max.py").write_text(changed)
    handed_on = {"SENTEMO_PLUGIN": str(work / "mean_max.py")}
    refused = run(work, ["train", *experiment()], **handed_on)
    assert "exp/mine holds a training with other settings:\n  plugin: " in refused.stderr


def test_an_upstream_of_the_users_module_is_found(work):
    (work / "own.py").write_text(UPSTREAM)
    config = {"feature_type": "fbank40", "encoder": "blstm", "best_model_criterion": []}
    (work / "mine.yaml").write_text(yaml.safe_dump(config))
    found = run(work, ["upstream", "--upstream", "mine", "--plugin", "own.py"])
    assert "its training is not finished" in found.stderr  # it was found, and has no weights
    missing = run(work, ["upstream", "--upstream", "mine"], HF_HUB_OFFLINE="1")
    assert "--upstream mine: no such file or folder" in missing.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "import nothing_of_this_name\n",
            r"cannot be imported: ModuleNotFoundError: .*broken.py:1",
        ),
        ("x = 1\ny = x.z\n", r"AttributeError: .*broken.py:2\)"),
        (
            "from sentemo.tasks import register_class\n"
            "@register_class('decoder', 'rnn_attention')\nclass A: ...\n",
            "rnn_attention: there is a class of this name",
        ),
        (
            "from sentemo.tasks import register_class\n"
            "@register_class('decoder', 'mine')\nclass A: ...\n",
            "mine: A is not a subclass of AbsSentimentDecoder",
        ),
        (
            "from sentemo.tasks import register_class\n"
            "@register_class('head', 'mine')\nclass A: ...\n",
            "no part 'head': frontend, ",
        ),
    ],
)
def test_a_module_that_cannot_be_used_says_why_and_where(tmp_path, content, message):
    (tmp_path / "broken.py").write_text(content)
    refused = run(tmp_path, ["upstream", "--upstream", "built-in", "--plugin", "broken.py"])
    assert re.search(message, refused.stderr), refused.stderr
    assert refused.returncode == 1


def test_a_module_that_is_not_there_or_has_a_taken_name_is_refused(tmp_path):
    refused = run(tmp_path, ["upstream", "--upstream", "built-in", "--plugin", "none_such.py"])
    assert "--plugin none_such.py: cannot be imported" in refused.stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "json.py").touch()
    refused = run(tmp_path, ["upstream", "--upstream", "built-in", "--plugin", "mine/json.py"])
    assert "there is another module json (" in refused.stderr
