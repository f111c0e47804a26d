"""Types of command-line options that several commands share."""

import argparse

from sentemo.errors import SentemoError


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
    return gpus(str(one_gpu_anywhere(text)))


def one_gpu_anywhere(text: str) -> int:
    """Read whether to use the GPU, 1 or 0, of this machine or of the one that a job gets."""
    number = _number_of_gpus(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"{text} wanted; this uses one GPU at most")
    return number


def gpus(text: str) -> int:
    """Read the number of GPUs to use, and insist that they are there."""
    number = _number_of_gpus(text)
    try:
        require_gpus(number)
    except SentemoError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return number


def require_gpus(number: int) -> None:
    """Insist that this machine has so many GPUs.

    Raises
    ------
    SentemoError
        When it has fewer.
    """
    if number > 0:
        import torch  # seconds, and only here

        if torch.cuda.device_count() < number:
            raise SentemoError(
                f"--ngpu: {number} wanted, {torch.cuda.device_count()} usable here; 0 is the CPU"
            )


def _number_of_gpus(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of GPUs")
    return int(text)
