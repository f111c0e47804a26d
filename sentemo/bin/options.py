"""Types of command-line options that several commands share."""

import argparse


def true_or_false(text: str) -> bool:
    """Read an option's value that is ``true`` or ``false``, as the recipes write it."""
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text == "true"


def positive_int(text: str) -> int:
    """Read an option's value that counts something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def one_gpu(text: str) -> int:
    """Read whether to use the GPU, 1 or 0, and insist that it is there."""
    if text.isdecimal() and int(text) > 1:
        raise argparse.ArgumentTypeError(f"{text} wanted; this uses one GPU at most")
    return gpus(text)


def gpus(text: str) -> int:
    """Read the number of GPUs to use, and insist that they are there."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of GPUs")
    if int(text) > 0:
        import torch  # seconds, and only here

        if torch.cuda.device_count() < int(text):
            raise argparse.ArgumentTypeError(
                f"{text} wanted, {torch.cuda.device_count()} usable here; 0 trains on the CPU"
            )
    return int(text)
