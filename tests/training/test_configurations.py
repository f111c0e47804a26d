"""Every configuration that is shipped builds its model."""

from pathlib import Path

import numpy as np
import pytest

from sentemo.core.config import read_config
from sentemo.data.features import feature_dim
from sentemo.experiment.directory import chosen_epochs
from sentemo.tasks.sa2sr import recognition_task
from sentemo.tasks.ser import SERTask
from sentemo.training.arguments import training_arguments
from sentemo.training.inputs import use_features

CONF = Path(__file__).parent.parent.parent / "conf"
CONFIGS = sorted(CONF.rglob("train_*.yaml"))


class Features:
    """Return the number of values per frame that a configuration expects."""

    def __init__(self, feature_type):
        self.feature_type = feature_type or "fbank80"
        self.dim = feature_dim(self.feature_type)

    def stats(self, utterances):
        return 10.0, np.zeros(self.dim), np.ones(self.dim)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: str(path.relative_to(CONF)))
def test_it_is_valid_and_builds_its_model(config, tmp_path):
    assert "valid" in chosen_epochs(config)  # or "validation", where there are no epochs
    if "asr" in config.stem or "sa2sr" in config.stem:
        settings = {"token_list": ["<blank>", "<unk>", "A", "<sos/eos>"], "token_type": "char"}
        task = recognition_task(read_config(config)["model"])
    else:
        settings, task = {"labels": ["happy", "sad"], "token_list": ["<unk>", "oh"]}, SERTask
        if "avd" in config.stem:
            settings |= {"labels": None, "avd_scale": [1.0, 5.0]}
    if read_config(config).get("tuning_conf"):
        settings |= {"asr_model": "built-in", "feature_type": "raw", "upon_states": True}
    args = training_arguments(task, config, {"output_dir": str(tmp_path), **settings})
    if args.tuning_conf:
        args.tuning_conf["start_layer"] = 2  # the built-in upstream has four layers
    if args.model_conf.get("freeze_encoder"):
        return  # its encoder comes from a checkpoint
    if args.frontend == "huggingface_ssl":
        return  # downloads its model, if not given a directory: tests/frontends
    use_features(args, Features(args.feature_type), ["a-1"])
    model = task.build_model(args)
    assert sum(p.numel() for p in model.parameters()) > 1000


@pytest.mark.parametrize("name", ["sa2sr", "sa2sr_small", "sa2sr_top_layers", "mini/sa2sr"])
def test_sa2sr_and_asr_alone_differ_in_nothing_but_the_sentiment_and_the_criterion(name):
    twins = {
        "sa2sr": "asr_ctc",
        "sa2sr_small": "asr_ctc_small",
        "sa2sr_top_layers": "asr_top_layers",
        "mini/sa2sr": "mini/asr_ctc",
    }
    ours, theirs = (
        read_config((CONF / which).parent / f"train_{Path(which).name}.yaml")
        for which in (name, twins[name])
    )
    different = {key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)}
    assert different <= {
        "model",
        "model_conf",
        "sentiment_targets",
        "missing_sentiment",
        "best_model_criterion",
        "early_stopping_criterion",
    }
    added = ours["model_conf"].keys() - theirs["model_conf"].keys()
    assert added == {"sentiment_weight", "sentiment_head"}
    weight = "balanced" if "tuning_conf" in ours else 200
    assert ours["model_conf"]["sentiment_weight"] == weight
