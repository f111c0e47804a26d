"""The parts of a stage as tasks of one Slurm array."""

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
    """Tasks of one array."""

    queue: SlurmQueue

    @property
    def at_once(self) -> int:
        """See `sentemo.launch.workers.Workers`."""
        return self.queue.settings.tasks

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Submit an array, a part for each task, or several where there are too many.

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
    """Name tasks by their one part where it has a name: train.fold_03, else features_all.3."""
    return [
        f"{name}.{getattr(share[0], 'name', number) if len(share) == 1 else number}"
        for number, share in enumerate(shares, start=1)
    ]
