"""A benchmark still runs, on a few seconds of noise."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sentemo.core.markdown import replace_block

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


def test_the_peers_have_a_table_and_one_that_is_not_installed_is_a_row(tmp_path, monkeypatch):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "lhotse.py").write_text("raise ModuleNotFoundError('none', name='lhotse')")
    monkeypatch.setenv("PYTHONPATH", f"{hidden}:{os.environ.get('PYTHONPATH', '')}")
    readme, figures = tmp_path / "README.md", tmp_path / "peers.json"
    readme.write_text("<!-- peers -->\n<!-- /peers -->\n")
    command = [sys.executable, ROOT / "benchmarks" / "peers.py", "--parts", "fbank"]
    options = ["--rounds=1", f"--readme={readme}", f"--json={figures}"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    costs = json.loads(figures.read_text())["fbank"]["costs"]
    assert costs["sentemo, stage feats"]["cpu"] > 0
    assert costs["lhotse, files of numpy"] == {"missing": "not installed (lhotse)"}
    assert "not installed (lhotse)" in readme.read_text()
    subprocess.run([*command[:2], "--parts", *options[1:]], check=True, capture_output=True)
    assert "sentemo, stage feats" in readme.read_text()


def test_a_step_of_every_peer_takes_place(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from peer_parts import step

    for work in (step.ours(tmp_path), step.packed(), step.unpacked(), step.espnet(tmp_path)):
        work()


def run_scale(tmp_path, *options):
    readme, document, figures = (tmp_path / name for name in ("README.md", "plan.md", "scale.json"))
    readme.write_text("<!-- scale -->\n<!-- /scale -->\n")
    document.write_text("<!-- plan -->\n<!-- /plan -->\n")
    command = [sys.executable, ROOT / "benchmarks" / "scale.py", *options, f"--json={figures}"]
    command += [f"--readme={readme}", f"--plan={document}"]
    subprocess.run(command, check=True, capture_output=True)
    return json.loads(figures.read_text()), readme.read_text(), document.read_text()


def test_tables_of_two_sizes_go_through_the_stages(tmp_path):
    found, table, _ = run_scale(tmp_path, "--utterances", "240", "480", "--hours")
    assert found["tables"]["240"]["score: measures and intervals"]["memory"] > 10
    assert "| folds: the sides of all of them " in table


@pytest.mark.long  # half a minute
def test_speech_goes_through_the_stages_and_the_plan_follows(tmp_path):
    found, table, plan = run_scale(tmp_path, "--utterances", "240", "480", "--hours", "0.01")
    assert found["speech"]["0.01"]["train: an epoch of one fold"]["cpu"] > 0
    assert "| report: a tenth of the speech " in table
    assert "| states: four layers of Whisper base, pooled " in plan


def test_the_documents_on_scale_say_what_was_measured(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from scale import table
    from scale_plan import plan

    found = json.loads((ROOT / "benchmarks" / "scale.json").read_text())
    blocks = {
        "benchmarks/README.md": ("scale", table(found)),
        "docs/scale.md": ("plan", plan(found)),
    }
    for document, (name, block) in blocks.items():
        text = (ROOT / document).read_text()
        assert replace_block(text, name, block, document) == text


def test_a_part_in_a_process_of_its_own_answers_or_fails(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from own_process import in_own_process

    script = tmp_path / "part.py"
    script.write_text("import sys\nprint('noise')\nprint(int(sys.argv[1]) + 1)\n")
    assert in_own_process(str(script), "1") == 2
    with pytest.raises(subprocess.CalledProcessError):
        in_own_process(str(script), "one", stderr=subprocess.DEVNULL)
