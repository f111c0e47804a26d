import argparse

import pytest

from sentemo.bin.options import (
    add_upstream_argument,
    gpus,
    one_gpu_anywhere,
    positive_int,
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
