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


def run_gpu(tmp_path, *parts):
    readme, figures = tmp_path / "README.md", tmp_path / "figures.json"
    readme.write_text("Cost:\n<!-- gpu -->\n<!-- /gpu -->\n")
    command = [ROOT / "benchmarks" / "gpu.sh", "--cpu", "--parts", *parts]
    options = [f"--readme={readme}", f"--json={figures}"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    assert readme.read_text().startswith("Cost:\n<!-- gpu -->\n")
    return json.loads(figures.read_text())["parts"], readme.read_text()


def test_the_script_for_a_gpu_trains_and_encodes_on_the_cpu(tmp_path):
    found, table = run_gpu(tmp_path, "training", "states")
    for name in ("RNN-T", "CTC", "SA2SR"):
        assert found["training"][name]["losses_apart"] < 0.05
        assert 0 < found["training"][name]["fp32"]["padding"] < 0.5
        assert found["training"][name]["bf16"]["operations"] > 1e9
    assert min(found["states"]["speeds"].values()) > 0
    assert "| CTC, bf16 " in table


@pytest.mark.long  # two minutes
def test_the_script_for_a_gpu_runs_recipes_and_folds_on_the_cpu(tmp_path):
    found, _ = run_gpu(tmp_path, "recipes", "folds")
    assert found["recipes"]["recipes"].keys() == {"librispeech", "emodb"}
    assert len(found["folds"]["epochs"]) == 2


def test_a_part_that_fails_is_a_row_that_says_so(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from gpu import table

    found = {"machine": "a GPU", "parts": {"states": {"failed": "out of memory", "seconds": 3.0}}}
    assert "| states | failed: out of memory |" in table(found)
