"""The standard output that is closed or full, and outputs of a network that are no numbers."""

import os
import subprocess
import sys

import numpy as np
import pytest

from sentemo.core.errors import SentemoError
from sentemo.inference.answers import Outputs, require_sound
from sentemo.inference.description import Description

CLASSES = Description("tiny", ("angry", "sad"), None, "fbank80", 0.04, 0.1, 1)
DIMENSIONS = Description("tiny", (), (1.0, 5.0), "fbank80", 0.04, 0.1, 1)
GOOD = np.array([0.25, 0.75])
UNSOUND = [
    (CLASSES, {"probabilities": np.array([np.nan, 0.5])}, "probabilities .* not finite"),
    (CLASSES, {"probabilities": np.array([np.inf, 0.5])}, "not finite"),
    (CLASSES, {"probabilities": np.array([-0.5, 1.5])}, "no probabilities"),
    (CLASSES, {"probabilities": np.array([3.0, 4.0])}, "no probabilities, whose sum is 1"),
    (CLASSES, {"probabilities": np.array([1.0])}, "has 1 outputs of probabilities"),
    (CLASSES, {"probabilities": np.array(1.0)}, "has 0 outputs of probabilities"),
    (CLASSES, {}, "has 0 outputs of probabilities"),
    (CLASSES, {"probabilities": GOOD, "dimensions": np.ones(3)}, "names 0"),
    (CLASSES, {"probabilities": GOOD, "attention": np.full((3, 1), np.nan)}, "attention .* not"),
    (CLASSES, {"probabilities": GOOD, "embedding": np.array([np.inf])}, "embedding .* not finite"),
    (CLASSES, {"probabilities": GOOD, "token_scores": np.ones((2, 3))}, "3 outputs of token_"),
    (DIMENSIONS, {"dimensions": np.array([1, 2, np.nan])}, "dimensions .* not finite"),
    (DIMENSIONS, {"dimensions": np.ones(2)}, "has 2 outputs of dimensions"),
]


@pytest.mark.parametrize(("described", "outputs", "message"), UNSOUND)
def test_outputs_that_are_no_answer_are_an_error(described, outputs, message):
    with pytest.raises(SentemoError, match=message):
        require_sound(Outputs(**outputs), described)


def test_answers_are_let_through():
    require_sound(Outputs(probabilities=GOOD, embedding=np.ones(4)), CLASSES)
    require_sound(Outputs(dimensions=np.array([0.5, 9.0, 3.0])), DIMENSIONS)


def run(module, redirect, *arguments):
    command = f'exec "$0" -m {module} "$@" {redirect}'
    return subprocess.run(
        ["bash", "-c", command, sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("redirect", [">/dev/full", ">&-", ">&- 2>&-"])
@pytest.mark.parametrize("module", ["sentemo.bin.models", "sentemo.bin.predict"])
def test_an_output_that_cannot_be_written_is_an_error(module, redirect):
    arguments = [] if module.endswith("models") else ["none.wav"]
    found = run(module, redirect, *arguments)
    assert found.returncode in (1, 2)
    assert "Traceback" not in found.stderr
    assert "2>" in redirect or found.stderr.startswith("error: ")
