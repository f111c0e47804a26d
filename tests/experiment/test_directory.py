import json
import subprocess
import sys

import pytest

from sentemo.core.errors import SentemoError
from sentemo.experiment.directory import CONFIG_COPY, ExperimentDirectory, chosen_epochs

CONFIG = "best_model_criterion: [[valid, loss, min]]\nkeep_nbest_models: {}\n"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(5))
    return path


@pytest.fixture
def begin(tmp_path, config):
    """The experiment as a command of its own would see it."""
    return lambda seed=1: ExperimentDirectory(tmp_path / "exp", config, [], {"seed": seed})


def test_a_stage_is_done_until_an_input_an_option_or_its_output_changes(begin, config):
    experiment = begin()
    experiment.start(title="first")
    (experiment.directory / "scores").write_text("")
    assert not experiment.is_done("train", "scores")
    experiment.finish("train")
    assert begin().is_done("train", "scores")
    assert not begin().is_done("decode", "scores")
    assert not begin(seed=2).is_done("train", "scores")
    assert not begin().is_done("train", "no such output")
    config.write_text(CONFIG.format(4))
    assert not begin().is_done("train", "scores")


def test_two_trainings_never_share_a_directory(begin):
    first = begin()
    first.start(title="first")
    (first.directory / "fold_01").mkdir()
    (first.directory / "fold_01" / "checkpoint.pth").write_text("")
    del first
    with pytest.raises(SentemoError, match=r"(?s)seed: 1 → 2.*--tag"):
        begin(seed=2).start(title="second")
    begin().start(title="again")


def test_settings_may_be_corrected_until_something_is_trained(begin, config):
    begin().start(title="first")
    config.write_text(CONFIG.format(3))
    experiment = begin(seed=2)
    experiment.start(title="corrected")
    assert (experiment.directory / CONFIG_COPY).read_text() == CONFIG.format(3)
    recorded = json.loads((experiment.directory / "experiment.json").read_text())
    assert recorded["title"] == "corrected"


def test_editing_the_configuration_during_training_is_not_certified(begin, config):
    experiment = begin()
    experiment.start(title="first")
    config.write_text(CONFIG.format(3))
    experiment.finish("train")
    assert (experiment.directory / CONFIG_COPY).read_text() == CONFIG.format(5)
    assert not begin().is_done("train", "experiment.json")


def test_going_on_keeps_what_was_recorded_at_the_start(begin):
    begin().start(title="first")
    begin().start(title="resumed")
    recorded = json.loads((begin().directory / "experiment.json").read_text())
    assert recorded["title"] == "first"


def test_a_second_training_at_once_is_refused_naming_the_first(begin, config):
    experiment = begin()
    experiment.start(title="first")
    code = (
        "import sys, pathlib\n"
        "from sentemo.experiment.directory import ExperimentDirectory\n"
        "directory, config = map(pathlib.Path, sys.argv[1:])\n"
        "e = ExperimentDirectory(directory, config, [], {'seed': 1})\n"
        "e.start(title='second')\n"
    )
    command = [sys.executable, "-c", code, str(experiment.directory), str(config)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode != 0
    assert "another process works here: training or decoding (host " in second.stderr


def test_a_missing_input_is_named(tmp_path, config):
    with pytest.raises(SentemoError, match=r"gone\.yaml is missing"):
        ExperimentDirectory(tmp_path / "exp", config, [tmp_path / "gone.yaml"], {})


def test_how_epochs_are_chosen_is_said_in_words(config):
    assert chosen_epochs(config) == "mean of the weights of the 5 best epochs by valid loss (min)"
    config.write_text(CONFIG.format(1))
    assert chosen_epochs(config) == "best epoch by valid loss (min)"
    config.write_text("max_epoch: 3\n")
    with pytest.raises(SentemoError, match="needs best_model_criterion"):
        chosen_epochs(config)
