"""Configurations of others' checkpoints: what they name, and how large they claim to be."""

import numpy as np
import pytest
import torch
import yaml

from sentemo.core.errors import SentemoError
from sentemo.upstreams import Upstream

CONFIG = {
    "feature_type": "fbank80",
    "input_size": 80,
    "normalize": "global_mvn",
    "normalize_conf": {"stats_file": "exp/asr_stats/train/feats_stats.npz"},
    "encoder": "blstm",
    "encoder_conf": {"num_layers": 1, "units": 4},
    "best_model_criterion": [["valid", "loss", "min"]],
}
SECRET = "root:$6$salt$hash:19000:0:99999:7:::\n"
SUMS = {"count": np.array(10), "sum": np.zeros(80), "sum_square": np.ones(80)}


@pytest.fixture
def checkpoint(tmp_path):
    """A recipe with an experiment, and a secret beside the recipe."""
    exp = tmp_path / "recipe" / "exp" / "asr"
    exp.mkdir(parents=True)
    (tmp_path / "shadow").write_text(SECRET)
    torch.save({"encoder.weight": torch.zeros(2)}, exp / "valid.loss.best.pth")

    def write(**changes):
        (exp / "config.yaml").write_text(yaml.safe_dump({**CONFIG, **changes}))
        return exp

    return write


def named(checkpoint, path):
    exp = checkpoint(normalize_conf={"stats_file": str(path)})
    return Upstream(exp / "valid.loss.best.pth").located_config()["normalize_conf"]["stats_file"]


def test_statistics_of_the_recipe_are_found(checkpoint, tmp_path):
    exp = checkpoint()
    path = tmp_path / "recipe" / CONFIG["normalize_conf"]["stats_file"]
    path.parent.mkdir(parents=True)
    np.savez(path, **SUMS)
    for name in (CONFIG["normalize_conf"]["stats_file"], path):
        assert named(checkpoint, name) == str(path)
    np.savez(exp / path.name, **SUMS)
    assert named(checkpoint, path) == str(exp / path.name)


@pytest.mark.parametrize("name", ["{root}/shadow", "../shadow", "../../../shadow", "/etc/passwd"])
def test_no_file_outside_of_the_recipe_is_taken(checkpoint, tmp_path, name):
    with pytest.raises(SentemoError, match="are not there"):
        named(checkpoint, name.format(root=tmp_path))


@pytest.mark.parametrize("link", [True, False])
def test_a_file_that_holds_no_statistics_is_not_taken_and_not_shown(checkpoint, tmp_path, link):
    beside = checkpoint() / "feats_stats.npz"
    if link:
        beside.symlink_to(tmp_path / "shadow")
    else:
        beside.write_text(SECRET)
    with pytest.raises(SentemoError, match="no statistics in it") as raised:
        named(checkpoint, "feats_stats.npz")
    assert "salt" not in str(raised.value)


def test_a_network_beyond_its_weights_is_not_built(checkpoint):
    upstream = Upstream(checkpoint() / "valid.loss.best.pth")
    with pytest.raises(SentemoError, match=r"more than .* parameters"), upstream.building():
        torch.nn.Linear(10_000, 10_000)
