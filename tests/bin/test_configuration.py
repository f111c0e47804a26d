from pathlib import Path

import pytest

from sentemo.bin.configuration import main
from sentemo.core.errors import SentemoError

CONF = Path(__file__).parent.parent.parent / "conf"


@pytest.mark.parametrize(
    ("name", "printed"), [("train_asr_ctc", "fbank40\n"), ("train_asr_ctc_small", "\n")]
)
def test_a_script_learns_which_features_a_configuration_is_for(name, printed, capsys):
    main([f"--config={CONF / name}.yaml", "--print=feature_type"])
    assert capsys.readouterr().out == printed


def test_a_script_learns_which_model_is_trained(capsys):
    main([f"--config={CONF / 'train_sa2sr_small.yaml'}", "--print=model"])
    assert capsys.readouterr().out == "sa2sr_ctc\n"


def test_what_is_no_configuration_is_an_error(tmp_path):
    for content in ("a: [1", "- a"):
        (tmp_path / "c.yaml").write_text(content)
        with pytest.raises(SentemoError, match=r"c\.yaml: not "):
            main([f"--config={tmp_path / 'c.yaml'}", "--print=feature_type"])
