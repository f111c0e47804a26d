"""Fixtures of the tests of a recipe's plan."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from sentemo.experiment.recipe_options import STAGES
from sentemo.study.recipe import plan_recipe

ROOT = Path(__file__).parents[2]


@pytest.fixture
def planned(tmp_path):
    """Return the plan of a recipe with these options."""

    def plan(recipe="emodb", stages=STAGES, **options):
        words = {
            "recipe_dir": ROOT / "egs" / recipe,
            "recipe_stages": " ".join(stages),
            "work_dir": tmp_path,
            "labels": "/labels.txt",
            **options,
        }
        return plan_recipe(f"{name}={value}" for name, value in words.items())

    return plan


@pytest.fixture
def upstream(tmp_path):
    """Return an ASR experiment, as far as a plan reads it."""
    return write_experiment(tmp_path / "asr_x")


def write_experiment(folder):
    """Write an ASR experiment whose files of weights are empty."""
    folder.mkdir(parents=True)
    config = {
        "feature_type": "fbank40",
        "encoder": "blstm",
        "normalize": "global_mvn",
        "normalize_conf": {"stats_file": "exp/asr/feats_stats.npz"},
        "best_model_criterion": [["valid", "loss", "min"]],
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    for name in (".done.train.json", "valid.loss.best.pth"):
        (folder / name).touch()
    sums = np.ones(40)
    np.savez(folder / "feats_stats.npz", count=np.array(2), sum=sums, sum_square=sums)
    return folder
