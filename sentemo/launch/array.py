"""Workers that run the parts of a stage as tasks of one Slurm array."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sentemo.core.markers import command_line
from sentemo.launch.slurm import SlurmQueue
from sentemo.launch.task import Task
from sentemo.launch.watch import run_and_watch

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
        if not parts:
            return
        name, log = self.queue.name, self.queue.log
        each = math.ceil(len(parts) / self.at_once)
        shares = [parts[first : first + each] for first in range(0, len(parts), each)]
        names = _names(name, shares)
        tasks = [
            Task(task, log.absolute(), command_line(), work, share)
            for task, share in zip(names, shares, strict=True)
        ]
        by_name = dict(zip(names, shares, strict=True))
        for task, results in run_and_watch(self.queue, tasks, names):
            yield from zip(by_name[task], results, strict=True)


def _names(name: str, shares: Sequence[Sequence[object]]) -> list[str]:
    """Name each task after its only part (train.fold_03), or by its number (features_all.3)."""
    return [
        f"{name}.{getattr(share[0], 'name', number) if len(share) == 1 else number}"
        for number, share in enumerate(shares, start=1)
    ]
