import pytest

from sentemo.errors import SentemoError
from sentemo.training.experiment import Experiment


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("max_epoch: 3\n")
    return path


def test_a_stage_is_done_until_an_input_or_option_changes(tmp_path, config):
    experiment = Experiment(tmp_path / "exp", [config], {"seed": 1})
    experiment.start(title="first")
    assert not experiment.is_done("train")
    experiment.finish("train")
    assert experiment.is_done("train")
    assert not experiment.is_done("decode")
    assert not Experiment(tmp_path / "exp", [config], {"seed": 2}).is_done("train")
    config.write_text("max_epoch: 4\n")
    assert not Experiment(tmp_path / "exp", [config], {"seed": 1}).is_done("train")


def test_two_trainings_never_share_a_directory(tmp_path, config):
    Experiment(tmp_path / "exp", [config], {"seed": 1}).start(title="first")
    with pytest.raises(SentemoError, match=r"(?s)seed: 1 → 2.*--tag"):
        Experiment(tmp_path / "exp", [config], {"seed": 2}).start(title="second")
    Experiment(tmp_path / "exp", [config], {"seed": 1}).start(title="again")


def test_a_missing_input_is_named(tmp_path):
    with pytest.raises(SentemoError, match=r"gone\.yaml is missing"):
        Experiment(tmp_path / "exp", [tmp_path / "gone.yaml"], {})
