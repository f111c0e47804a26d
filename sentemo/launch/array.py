"""Workers that run the parts of a stage as tasks of one Slurm array."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sentemo.core.markers import command_line
from sentemo.launch.slurm import SlurmQueue
from sentemo.launch.task import Task
from sentemo.launch.watch import JobArray, run_and_watch

Part = TypeVar("Part")
Result = TypeVar("Result")


@dataclass(frozen=True)
class SlurmWorkers:
    """Workers that are the tasks of one Slurm array."""

    queue: SlurmQueue

    @property
    def at_once(self) -> int:
        """Return how many tasks run at once; see `sentemo.launch.workers.Workers`."""
        return self.queue.settings.tasks

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Submit an array with one task per part, or several parts per task if there are too many.

        Raises
        ------
        SentemoError
            See `run_and_watch`.
        """
        return run_at_once(work, [(self, parts)])

    def share(self, parts: Sequence[Part]) -> dict[str, Sequence[Part]]:
        """Return which parts each task works on, by the task's name."""
        each = math.ceil(len(parts) / self.at_once)
        shares = [parts[first : first + each] for first in range(0, len(parts), each)]
        return dict(zip(_names(self.queue.name, shares), shares, strict=True))


def run_at_once(
    work: Callable[[Part], Result], given: Sequence[tuple[SlurmWorkers, Sequence[Part]]]
) -> Iterator[tuple[Part, Result]]:
    """Submit all parts at once, and yield each with its result as it completes.

    Parameters
    ----------
    given
        The parts of each workers; these differ in what their jobs ask for.

    Raises
    ------
    SentemoError
        See `run_and_watch`.
    """
    parts_of: dict[str, Sequence[Part]] = {}
    arrays = []
    for workers, parts in given:
        if not parts:
            continue
        log, shares = workers.queue.log.absolute(), workers.share(parts)
        tasks = [Task(name, log, command_line(), work, share) for name, share in shares.items()]
        arrays.append(JobArray(workers.queue, tasks, list(shares)))
        parts_of |= shares
    if arrays:
        for name, results in run_and_watch(arrays):
            yield from zip(parts_of[name], results, strict=True)


def _names(name: str, shares: Sequence[Sequence[object]]) -> list[str]:
    """Name each task after its only part (train.fold_03), or by its number (features_all.3)."""
    return [
        f"{name}.{getattr(share[0], 'name', number) if len(share) == 1 else number}"
        for number, share in enumerate(shares, start=1)
    ]
