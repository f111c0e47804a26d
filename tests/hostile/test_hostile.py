"""Every hostile input is refused with words or rightly read, in bounded memory; see the table."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hostile.case import Outcome
from hostile.kinds import KINDS
from hostile.table import complaints

TESTS = Path(__file__).parents[1]


def outcomes(folder: Path, *options: str) -> list[Outcome]:
    path = folder / "outcomes.json"
    command = [sys.executable, "-m", "hostile", "--json", path, *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=TESTS, env=environment, capture_output=True, text=True, check=False
    )
    assert path.exists(), done.stderr
    return [Outcome(**found) for found in json.loads(path.read_text())]


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    return outcomes(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_of_a_kind_are_refused_or_right(kind, ordinary, record_property):
    found = [one for one in ordinary if one.kind == kind]
    record_property("hostile", json.dumps([vars(one) for one in found]))
    assert found and complaints(found) == []


def test_there_are_as_many_inputs_as_promised(ordinary):
    assert len(ordinary) >= 400
    assert len({(one.kind, one.name) for one in ordinary}) == len(ordinary)


@pytest.mark.long
def test_many_more_inputs_are_refused_or_right(tmp_path, record_property):
    found = outcomes(tmp_path, "--long")
    record_property("hostile", json.dumps([vars(one) for one in found]))
    assert complaints(found) == []
