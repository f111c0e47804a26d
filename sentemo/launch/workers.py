"""Who works on the parts of a stage: processes of this machine, or jobs of a Slurm cluster."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from sentemo.core.processes import run_in_workers, within_slurm
from sentemo.launch.settings import read_slurm_settings

LOCAL, SLURM = "local", "slurm"
Part = TypeVar("Part")
Result = TypeVar("Result")


class Workers(Protocol):
    """Works on parts that do not depend on each other.

    Attributes
    ----------
    at_once
        How many parts are worked on at once, at most.
    """

    @property
    def at_once(self) -> int:
        """See above."""

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Work on every part, yielding each with its result as it is done."""


class InThisProcess:
    """Nobody else: one part after the other, where libraries are loaded already."""

    at_once = 1

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Work on the parts in their order."""
        return ((part, work(part)) for part in parts)


@dataclass(frozen=True)
class LocalWorkers:
    """So many processes of this machine, or of the job that this is in.

    One part alone needs no process of its own, in which libraries would be loaded anew.
    """

    processes: int

    @property
    def at_once(self) -> int:
        """See `Workers`."""
        return within_slurm(self.processes)

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """See `sentemo.core.processes.run_in_workers`."""
        if len(parts) == 1:
            return InThisProcess().run(work, parts)
        return run_in_workers(work, parts, self.at_once)


ONE_PROCESS = LocalWorkers(1)


def add_launch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says where the parts of a command run."""
    parser.add_argument(
        "--cmd_backend",
        choices=(LOCAL, SLURM),
        default=LOCAL,
        help="where it runs: this machine (default), or jobs of a Slurm cluster",
    )
    parser.add_argument(
        "--slurm_conf",
        type=Path,
        default=Path(__file__).parents[2] / "conf" / "slurm.yaml",
        help="what jobs ask of Slurm (default: conf/slurm.yaml)",
    )


def workers_of(
    args: argparse.Namespace, kind: str, log: Path, name: str, ngpu: int = 0, nodes: int = 1
) -> Workers:
    """Return the workers that ``--cmd_backend`` names: with Slurm, for this kind of job.

    On this machine, what works on GPUs or on several nodes works alone.

    Parameters
    ----------
    ngpu, nodes
        What each part asks of Slurm: nodes, and GPUs on each.
    """
    if args.cmd_backend == LOCAL:
        return LocalWorkers(1 if ngpu or nodes > 1 else args.nj)
    from sentemo.launch.array import SlurmWorkers
    from sentemo.launch.slurm import SlurmQueue

    settings = read_slurm_settings(args.slurm_conf, kind)
    return SlurmWorkers(SlurmQueue(settings, log, name, ngpu, nodes))
