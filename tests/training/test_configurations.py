"""Every configuration that is shipped builds its model."""

from pathlib import Path

import numpy as np
import pytest

from sentemo.tasks.asr import ASRTask
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import training_arguments
from sentemo.training.experiment import chosen_epochs
from sentemo.training.inputs import use_features

CONF = Path(__file__).parent.parent.parent / "conf"
CONFIGS = sorted(CONF.rglob("train_*.yaml"))


@pytest.fixture
def fbank80():
    class Features:
        dim = 80
        feature_type = "fbank80"

        def stats(self, utterances):
            return 10.0, np.zeros(80), np.ones(80)

    return Features()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: str(path.relative_to(CONF)))
def test_it_is_valid_and_builds_its_model(config, tmp_path, fbank80):
    assert "by valid" in chosen_epochs(config)
    if "asr" in config.stem:
        settings = {"token_list": ["<blank>", "<unk>", "A", "<sos/eos>"], "token_type": "char"}
        task = ASRTask
    else:
        settings, task = {"labels": ["happy", "sad"]}, SERTask
    args = training_arguments(task, config, {"output_dir": str(tmp_path), **settings})
    if args.model_conf.get("freeze_encoder"):
        return  # its encoder comes from a checkpoint
    use_features(args, fbank80, ["a-1"])
    model = task.build_model(args)
    assert sum(p.numel() for p in model.parameters()) > 1000
