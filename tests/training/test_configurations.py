"""Every configuration that is shipped builds its model."""

from pathlib import Path

import numpy as np
import pytest

from sentemo.data.features import feature_dim
from sentemo.tasks.asr import ASRTask
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import training_arguments
from sentemo.training.experiment import chosen_epochs
from sentemo.training.inputs import use_features

CONF = Path(__file__).parent.parent.parent / "conf"
CONFIGS = sorted(CONF.rglob("train_*.yaml"))


class Features:
    """As many values per frame as the configuration is for."""

    def __init__(self, feature_type):
        self.feature_type = feature_type or "fbank80"
        self.dim = feature_dim(self.feature_type)

    def stats(self, utterances):
        return 10.0, np.zeros(self.dim), np.ones(self.dim)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: str(path.relative_to(CONF)))
def test_it_is_valid_and_builds_its_model(config, tmp_path):
    assert "by valid" in chosen_epochs(config)
    if "asr" in config.stem:
        settings = {"token_list": ["<blank>", "<unk>", "A", "<sos/eos>"], "token_type": "char"}
        task = ASRTask
    else:
        settings, task = {"labels": ["happy", "sad"], "token_list": ["<unk>", "oh"]}, SERTask
        if "avd" in config.stem:
            settings |= {"labels": None, "avd_scale": [1.0, 5.0]}
    args = training_arguments(task, config, {"output_dir": str(tmp_path), **settings})
    if args.model_conf.get("freeze_encoder"):
        return  # its encoder comes from a checkpoint
    if args.frontend == "huggingface_ssl":
        return  # downloads its model, if not given a directory: tests/frontends
    use_features(args, Features(args.feature_type), ["a-1"])
    model = task.build_model(args)
    assert sum(p.numel() for p in model.parameters()) > 1000
