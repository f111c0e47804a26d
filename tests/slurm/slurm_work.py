"""What the tests have jobs do; in a module of its own, which the jobs import."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import SentemoError


@dataclass(frozen=True)
class Named:
    """A part with a name of its own."""

    name: str


def square(number):
    return number**2


def refuse(number):
    if number == 2:
        print("looked into it")
        raise SentemoError("part 2: is wrong; mend it")
    time.sleep(600)


def node_and_gpus(_):
    return os.environ["SLURMD_NODENAME"], os.environ.get("CUDA_VISIBLE_DEVICES")


def wait_for(path):
    """Note that this began, and end when `path` is there."""
    begun = Path(f"{path}.begun")
    begun.write_text(begun.read_text() + "+" if begun.exists() else "+")
    while not Path(path).exists():
        time.sleep(0.05)
    return os.environ["SLURMD_NODENAME"]


def count_slowly(folder):
    """Count past a time limit of a minute, a checkpoint for each step."""
    for number in range(len(list(folder.iterdir())), 70):
        time.sleep(1)
        (folder / str(number)).write_text(os.environ.get("SLURM_RESTART_COUNT", "0"))
    return [int(path.read_text()) for path in sorted(folder.iterdir(), key=lambda p: int(p.name))]


def count_to_ten(folder):
    """Count, a checkpoint for each step; the first time, be told half-way that time is over."""
    done = sorted(folder.iterdir())
    for number in range(len(done), 10):
        (folder / str(number)).write_text(os.environ.get("SLURM_RESTART_COUNT", "0"))
        if number == 4:
            os.kill(os.getpid(), signal.SIGUSR2)
    return [path.read_text() for path in sorted(folder.iterdir())]
