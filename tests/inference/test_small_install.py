"""Whoever installs the package without an extra predicts embeds, and is told what needs more."""

import json

import numpy as np
import pytest
from small_install import run_small

PREDICT = """
from sentemo import SpeechEmotion
model = SpeechEmotion.from_pretrained(sys.argv[0])
print(model, model(sys.argv[1]).label)
"""
IMPORT_TORCH = """
from sentemo.core.errors import run_command
run_command(lambda: __import__("torch"))
"""


def test_predict_runs_an_archive(packed, recording):
    done = run_small("sentemo.bin.main", "predict", packed, recording(rate=44100), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["label"]


def test_a_plot_names_the_package_that_draws(packed, recording, tmp_path):
    picture = tmp_path / "plot.png"
    done = run_small("sentemo.bin.main", "predict", packed, recording(), "--plot", picture)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: --plot needs matplotlib: pip install matplotlib\n"


def test_the_package_has_the_class_that_predicts(packed, recording):
    done = run_small(packed, recording(), program=PREDICT)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("<SpeechEmotion 'shared': ")


@pytest.mark.parametrize("kind", ["npz", "ark"])
def test_embed_runs_the_built_in_upstream(recording, tmp_path, kind):
    command = ("sentemo.bin.main", "embed", "built-in", recording(rate=8000), "--format", kind)
    done = run_small(*command, "--output", tmp_path / "vectors", "--layer", "3")
    assert done.returncode == 0, done.stderr
    if kind == "npz":
        assert np.load(tmp_path / "vectors")["noise"].shape == (1024,)


def test_serve_needs_its_own_extra_alone(packed):
    program = """
from sentemo.inference.serving.server import application
from sentemo import SpeechEmotion
application(SpeechEmotion.from_pretrained(sys.argv[0]))
"""
    done = run_small(packed, program=program, extras=["starlette", "uvicorn", "jinja2"])
    assert done.returncode == 0, done.stderr
    done = run_small("sentemo.bin.main", "serve", packed)
    assert (
        done.stderr
        == 'error: the page needs starlette, uvicorn, jinja2: pip install "sentemo[serve]"\n'
    )


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (["sentemo.bin.main", "train", "labels.csv"], "sentemo train"),
        (["sentemo.bin.main", "jobs", "exp"], "sentemo jobs"),
        (["sentemo.bin.recipe", "stage=data"], "A recipe"),
        (["sentemo.bin.main", "embed", "built-in", "a.wav", "--window", "30s"], "built-in with"),
    ],
    ids=lambda given: given if isinstance(given, str) else given[1],
)
def test_what_needs_torch_says_so_in_one_line(command, what, tmp_path):
    done = run_small(*command)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {what}")
    assert 'needs torch and ESPnet: pip install "sentemo[train]"' in line
    assert done.returncode in (1, 2)


def test_a_command_that_finds_no_torch_says_so_in_one_line():
    done = run_small(program=IMPORT_TORCH)
    assert done.stderr.startswith("error: This command needs torch and ESPnet: pip install")
    assert len(done.stderr.splitlines()) == 1
