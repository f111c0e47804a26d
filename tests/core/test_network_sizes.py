import pytest
import torch

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.network_sizes import bounded_parameters, check_sizes

HUGE = [
    ({"num_layers": 10**7}, "encoder_conf.num_layers: 10000000, and at most 1000 can be"),
    ({"num_blocks": 2000}, "encoder_conf.num_blocks"),
    ({"units": 10**9}, "encoder_conf.units: 1000000000, and at most 200000 can be"),
    ({"a": {"b": [1, 10**6]}}, "encoder_conf.a.b: 1000000"),
    ({"units": 10**5000}, "a huge number"),
    ({"units": float("nan")}, "encoder_conf.units: nan"),
    ({"units": float("inf")}, "encoder_conf.units: inf"),
]


@pytest.mark.parametrize(("conf", "message"), HUGE, ids=[m[:30] for _, m in HUGE])
def test_sizes_that_no_machine_builds_are_named(conf, message):
    problems = Problems("config.yaml")
    check_sizes({"encoder_conf": conf, "decoder_conf": None}, ("encoder", "decoder"), problems)
    with pytest.raises(SentemoError, match=message):
        problems.raise_if_any("Correct it.")


def test_the_sizes_of_a_large_encoder_are_allowed():
    problems = Problems("config.yaml")
    conf = {"num_layers": 48, "output_size": 2048, "fs": 48000, "layers": [3, 6], "dropout": 0.1}
    check_sizes({"encoder_conf": conf}, ("encoder",), problems)
    assert len(problems) == 0


def test_a_network_beyond_its_weights_ends_before_it_fills_memory():
    with bounded_parameters("model.zip", 1000):
        torch.nn.Linear(20, 20)
    with (
        pytest.raises(SentemoError, match=r"model\.zip: .* more than 1,000 parameters"),
        bounded_parameters("model.zip", 1000),
    ):
        torch.nn.Sequential(*(torch.nn.Linear(20, 20) for _ in range(10**7)))
    torch.nn.Linear(100, 100)  # outside of it, nothing is counted
