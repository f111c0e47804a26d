"""Experiments to report, by what they learnt."""

import pytest
from scored_experiments import make_experiment


@pytest.fixture
def data(tmp_path):
    return tmp_path / "my data"


@pytest.fixture
def experiment(tmp_path, data, make_audio):
    """Make an experiment of these targets."""

    def make(**options):
        audio = make_audio(tmp_path / "a.wav")
        return make_experiment(tmp_path / "my exp", data, audio, **options)

    return make
