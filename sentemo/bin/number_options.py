"""Numbers on the command line."""

import argparse

from sentemo.core.schema import LARGEST_SEED, MOST


def positive_int(text: str) -> int:
    """Read a whole number from 1, of things that a machine can have."""
    return _whole(text, 1, MOST)


def port(text: str) -> int:
    """Read the number of a port."""
    return _whole(text, 1, 65_535)


def seed(text: str) -> int:
    """Read a seed of numpy and torch."""
    return _whole(text, 0, LARGEST_SEED)


def _whole(text: str, low: int, high: int) -> int:
    # Python reads no number of thousands of digits.
    if not text.isdecimal() or len(text) > len(str(high)) or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
    return int(text)
