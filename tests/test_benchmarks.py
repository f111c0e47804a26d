"""A benchmark still runs, on a few seconds of noise."""

import json
import subprocess
import sys
from pathlib import Path

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
