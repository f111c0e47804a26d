"""Command-line options that several commands share, and their types."""

import argparse
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.launch.workers import (
    LOCAL,
    InThisProcess,
    Workers,
    add_launch_arguments,
    add_nj_argument,
    workers_of,
)


def add_recogniser_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says where a recogniser works, for `gpu_workers`."""
    add_nj_argument(parser)
    parser.add_argument(
        "--ngpu", type=one_gpu_anywhere, default=0, help="1 decodes on the GPU, 0 on the CPU"
    )
    add_launch_arguments(parser)


def gpu_workers(
    args: argparse.Namespace, log: Path, name: str, in_turn: bool = False, nodes: int = 1
) -> Workers:
    """Return who trains or decodes, insisting on the GPU where that is this machine.

    Parameters
    ----------
    args
        With ``ngpu``, ``nj`` and those of `add_launch_arguments`.
    log
        Directory of the jobs' logs and records.
    name
        Of the jobs.
    in_turn
        On this machine, one part after another in this process, where libraries are loaded.
    nodes
        That work together on each part.
    """
    if args.cmd_backend == LOCAL:
        require_gpus(args.ngpu)
        if in_turn:
            return InThisProcess()
    return workers_of(args, "train", log, name, args.ngpu, nodes)


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


def one_gpu_anywhere(text: str) -> int:
    """Read whether to use the GPU, 1 or 0, of this machine or of the one that a job gets."""
    number = gpus_anywhere(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"{text} wanted; this uses one GPU at most")
    return number


def gpus(text: str) -> int:
    """Read the number of GPUs to use, and insist that they are there."""
    number = gpus_anywhere(text)
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


def gpus_anywhere(text: str) -> int:
    """Read the number of GPUs to use, of this machine or of those that a job gets."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of GPUs")
    return int(text)
