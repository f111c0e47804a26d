"""A benchmark still runs, on a few seconds of noise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_benchmark_of_kept_states_writes_its_table(tmp_path):
    readme, figures = tmp_path / "README.md", tmp_path / "figures.json"
    readme.write_text("Cost:\n<!-- kept states -->\n<!-- /kept states -->\n")
    command = [sys.executable, ROOT / "benchmarks" / "upstream_states.py"]
    options = ["--utterances=1", "--epochs=1", f"--readme={readme}", f"--json={figures}"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    found = json.loads(figures.read_text())
    assert found["speech"] > 15
    assert found["real_time"] > 0
    table = readme.read_text()
    assert table.startswith("Cost:\n<!-- kept states -->\n`built-in`, ")
    assert "| ten folds / one fold " in table


@pytest.mark.long  # half a minute
def test_the_benchmark_of_ten_folds_writes_its_table(tmp_path):
    readme, figures = tmp_path / "README.md", tmp_path / "figures.json"
    readme.write_text("Cost:\n<!-- ten folds -->\n<!-- /ten folds -->\n")
    command = [sys.executable, ROOT / "benchmarks" / "fold_parallel.py", "--utterances=1"]
    paper = ROOT / "conf" / "train_asr_rnnt_small.yaml"
    options = ["--epochs=1", f"--paper={paper}", f"--readme={readme}", f"--json={figures}"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    found = json.loads(figures.read_text())
    assert 0.3 < found["products"] < 1
    assert min(found["lstm"], found["onednn"], found["mkl"]) > 0
    assert len(found["epochs"]) == 4
    assert readme.read_text().startswith("Cost:\n<!-- ten folds -->\n| epoch of ")
