import subprocess
import sys
from pathlib import Path

import pytest

from sentemo.bin.recipe import main
from sentemo.core.errors import SentemoError

ROOT = Path(__file__).parents[2]
WORDS = [f"recipe_dir={ROOT / 'egs' / 'emodb'}", "recipe_stages=data feats train", "work_dir=."]


def test_a_script_learns_which_features_a_configuration_is_for(capsys):
    for name, features in (("train_asr_ctc", "fbank40"), ("train_asr_ctc_small", "fbank80")):
        main([*WORDS, "labels=/l", f"config={ROOT / 'conf' / name}.yaml"])
        assert f"feature_types={features}\n" in capsys.readouterr().out


def test_options_that_do_not_fit_end_with_the_status_of_usage(capsys):
    with pytest.raises(SystemExit) as ended:
        main([*WORDS, "stage=trian"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: --stage: no stage 'trian'")


def test_what_is_no_configuration_is_an_error(tmp_path):
    for content in ("a: [1", "- a"):
        (tmp_path / "c.yaml").write_text(content)
        with pytest.raises(SentemoError, match=r"c\.yaml: not "):
            main([*WORDS, f"config={tmp_path / 'c.yaml'}"])


def test_planning_does_not_wait_for_torch_or_espnet():
    program = (
        "import sys; from sentemo.bin.recipe import main; main(sys.argv[1:])\n"
        "assert not {'torch', 'espnet2'} & sys.modules.keys()"
    )
    command = [sys.executable, "-c", program, *WORDS, "labels=/l", "seeds=2"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
