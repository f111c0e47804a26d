"""Workers for the parts of a stage: processes of this machine, or jobs of a Slurm cluster."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from sentemo.core.processes import run_in_workers, worker_count
from sentemo.launch.settings import read_slurm_settings

LOCAL, SLURM = "local", "slurm"
Part = TypeVar("Part")
Result = TypeVar("Result")


class Workers(Protocol):
    """Runs a function on parts that do not depend on each other."""

    @property
    def at_once(self) -> int:
        """Return the largest number of parts that run at once."""

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Run `work` on every part, and yield each part with its result as it completes."""


class InThisProcess:
    """Runs the parts one after another in this process, where libraries are loaded already."""

    at_once = 1

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Run `work` on the parts in their order."""
        return ((part, work(part)) for part in parts)


@dataclass(frozen=True)
class LocalWorkers:
    """Runs the parts in processes of this machine.

    A single part runs in this process, where libraries are loaded already.

    Attributes
    ----------
    processes
        Number of processes; None runs one per core that is available where the work runs.
    """

    processes: int | None

    @property
    def at_once(self) -> int:
        """Return the number of processes; see `worker_count`."""
        return worker_count(self.processes)

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Run `work` as `sentemo.core.processes.run_in_workers` does."""
        if len(parts) == 1:
            return InThisProcess().run(work, parts)
        return run_in_workers(work, parts, self.at_once)


ONE_PROCESS = LocalWorkers(1)


def add_nj_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--nj``: the number of processes, or None for one per available core.

    The default is resolved where the work runs, as a command may run in a job on another machine.
    """
    parser.add_argument(
        "--nj",
        type=_process_count,
        help="processes at a time (default: one per core of the machine that runs them)",
    )


def _process_count(text: str) -> int | None:
    """Parse the value of ``--nj``; the recipes pass an empty one when they were given none."""
    if text == "":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def add_launch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose where the parts of a command run."""
    parser.add_argument(
        "--cmd_backend",
        choices=(LOCAL, SLURM),
        default=LOCAL,
        help="where to run: on this machine (default), or as jobs of a Slurm cluster",
    )
    parser.add_argument(
        "--slurm_conf",
        type=Path,
        default=Path(__file__).parents[2] / "conf" / "slurm.yaml",
        help="resources that Slurm jobs ask for (default: conf/slurm.yaml)",
    )


def workers_of(
    args: argparse.Namespace, kind: str, log: Path, name: str, ngpu: int = 0, nodes: int = 1
) -> Workers:
    """Return the workers that ``--cmd_backend`` names; with Slurm, for this kind of job.

    On this machine, parts that use GPUs or several nodes run one at a time.

    Parameters
    ----------
    args
        Parsed options of `add_launch_arguments` and `add_nj_argument`.
    kind
        Kind of job, one of `sentemo.launch.settings.JOB_KINDS`.
    log, name
        Log directory and name of the jobs.
    ngpu, nodes
        GPUs on each node, and nodes, of each part.
    """
    if args.cmd_backend == LOCAL:
        return LocalWorkers(1 if ngpu or nodes > 1 else args.nj)
    from sentemo.launch.array import SlurmWorkers
    from sentemo.launch.slurm import SlurmQueue

    settings = read_slurm_settings(args.slurm_conf, kind)
    return SlurmWorkers(SlurmQueue(settings, log, name, ngpu, nodes))
