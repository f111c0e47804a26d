import argparse

import pytest

from sentemo.bin.number_options import positive_int, seed
from sentemo.bin.options import (
    add_upstream_argument,
    gpus,
    one_gpu_anywhere,
    true_or_false,
)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (gpus, "two", "not a number of GPUs"),
        (one_gpu_anywhere, "2", "one GPU at most"),  # it would train on one without saying so
        (positive_int, "0", "not a whole number from 1"),
        (true_or_false, "yes", "neither true nor false"),
    ],
)
def test_values_that_an_option_cannot_take_are_explained(kind, text, message):
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        kind(text)


@pytest.mark.parametrize("name", ["--upstream", "--asr_model"])
def test_an_upstream_has_two_names(name):
    parser = argparse.ArgumentParser()
    add_upstream_argument(parser)
    assert parser.parse_args([name, "built-in"]).upstream == "built-in"


@pytest.mark.parametrize("text", ["-1", "1.5", "4294967296", "9" * 5000, "x", ""])
def test_a_seed_is_one_that_numpy_takes(text):
    with pytest.raises(argparse.ArgumentTypeError, match="not a whole number from 0 to 4294967295"):
        seed(text)


@pytest.mark.parametrize("text", ["0", "1000001", "9" * 5000])
def test_counts_are_those_of_a_machine(text):
    with pytest.raises(argparse.ArgumentTypeError, match="not a whole number from 1 to 1000000"):
        positive_int(text)
