"""A recipe whose processes are killed at random moments, and that is run again, ends as if not.

The table of what was hit is printed: `pytest -s`, or where the test fails.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from small_recipe import ROOT, small_recipe, small_speech

from sentemo.core.markdown import markdown_table

GONE_SECONDS = 60  # until what a killed process started has ended


@pytest.fixture
def start(corpus, tmp_path):
    """Start a recipe in a session of its own, by which all its processes are known."""
    mini = tmp_path / "mini"
    arguments = small_speech(mini, 8) if corpus == "librispeech" else small_recipe(corpus, mini, 8)

    def run(work_dir, *more):
        command = [ROOT / "egs" / corpus / "run.sh", *arguments, "--work_dir", work_dir, *more]
        log = open(work_dir.with_suffix(".log"), "a")  # noqa: SIM115
        return subprocess.Popen(
            list(map(str, command)), stdout=log, stderr=log, start_new_session=True
        )

    return run


def processes_of(session):
    """What runs in a session: numbers of processes, with their commands."""
    found = {}
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdecimal() and os.getsid(int(path.name)) == session:
                words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if words != [""]:  # ended, and not yet waited for
                    found[int(path.name)] = name_of(words)
        except OSError:
            continue
    return found


def name_of(words):
    module = [word for word in words if word.startswith("sentemo.bin.")]
    if "sentemo.bin.launch" in module:
        return f"launch of {module[-1]}" if len(module) > 1 else "launch"
    if module:
        return module[0]
    if any("multiprocessing" in word for word in words):
        return "worker process"
    return " ".join(os.path.basename(word) for word in words[:2])


def wait_until_gone(session):
    given_up = time.monotonic() + GONE_SECONDS
    while left := processes_of(session):
        assert time.monotonic() < given_up, f"outlived what started it: {left}"
        time.sleep(0.05)


def last_stage(work_dir):
    lines = work_dir.with_suffix(".log").read_text().splitlines()
    stages = [line.split() for line in lines if line.startswith("── stage")]
    return stages[-1][3].rstrip(":") if stages else "none yet"


def kill_at_random(start, work_dir, stop, kills, seconds, expected):
    """Kill one process in each of so many runs; return the table of what was hit.

    Where a run ends before it is hit, its results must be those expected, and all starts anew.
    """
    dice, hits = random.Random(1), []
    while len(hits) < kills:
        recipe = start(work_dir, *stop)
        # Early moments more often: what is finished is passed quickly by every later run.
        moment = seconds * dice.random() ** 2
        try:
            recipe.wait(moment)
        except subprocess.TimeoutExpired:
            process, name = dice.choice(sorted(processes_of(recipe.pid).items()))
            with suppress(ProcessLookupError):  # it has just ended by itself: the others go on
                os.kill(process, signal.SIGKILL)
            hits.append((str(len(hits) + 1), f"{moment:.1f} s", last_stage(work_dir), name))
            recipe.wait()  # or to its end: not every process that helps is missed
            wait_until_gone(recipe.pid)
        else:
            assert recipe.returncode == 0, work_dir.with_suffix(".log").read_text()
            assert results(work_dir) == expected
            shutil.rmtree(work_dir)
    return markdown_table(("kill", "after", "stage", "process"), hits)


def results(work_dir):
    """What the run says in the end: features, predictions, scores."""
    found = {}
    for pattern in ("dump/*/all/feats.json", "exp/*/predictions/*.tsv", "exp/*/decode_test/*.tsv"):
        found |= {str(p.relative_to(work_dir)): p.read_text() for p in work_dir.glob(pattern)}
    for name in [name for name in found if name.endswith("feats.json")]:
        features = json.loads(found[name])
        for of_tables in (features["files"], features["tables"]):
            del of_tables["feats.scp"]  # it names the folder
        found[name] = features
    for path in work_dir.glob("exp/*/scores.json"):
        found["test"] = json.loads(path.read_text())["test"]
    return found


@pytest.mark.parametrize(
    ("corpus", "kills", "stop"),
    [
        pytest.param("emodb", 4, "feats", id="a handful, data and features"),
        pytest.param("emodb", 20, "score", id="20, everything", marks=pytest.mark.long),
        pytest.param("librispeech", 8, "asr_score", id="8, a recogniser", marks=pytest.mark.long),
    ],
)
def test_killed_at_any_moment_the_recipe_ends_as_if_not(start, tmp_path, kills, stop, capsys):
    stop = ("--stop_stage", stop)
    begun = time.monotonic()
    assert start(tmp_path / "whole", *stop).wait() == 0
    seconds = time.monotonic() - begun
    expected = results(tmp_path / "whole")
    assert expected
    table = kill_at_random(start, tmp_path / "killed", stop, kills, seconds, expected)
    last = start(tmp_path / "killed", *stop)
    with capsys.disabled():
        print(f"\n{table}")
    assert last.wait() == 0, (tmp_path / "killed.log").read_text()
    assert results(tmp_path / "killed") == expected
    leftovers = [path for path in (tmp_path / "killed").rglob(".*") if path.suffix == ".tmp"]
    assert not leftovers
