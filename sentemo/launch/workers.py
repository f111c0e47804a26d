"""Workers for the parts of a stage: processes of this machine, or jobs of a Slurm cluster."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sentemo.core.processes import run_in_workers, worker_count

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
