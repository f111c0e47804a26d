"""Waiting for Slurm jobs: one line per change of state, and an explanation when a job fails."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import submitit
from submitit.core.utils import pickle_load

from sentemo.core.errors import SentemoError
from sentemo.core.files import wait_until_visible
from sentemo.core.locks import hold
from sentemo.core.logs import tail
from sentemo.core.markers import command_line
from sentemo.launch.queue import (
    COMPLETED,
    FORGOTTEN,
    ControllerSilentError,
    JobState,
    cancel,
    job_states,
)
from sentemo.launch.settings import SlurmSettings
from sentemo.launch.signals import ended_by_signals
from sentemo.launch.slurm import SlurmQueue

POLL_SECONDS = 2
SUBMITITS_LINES = "submitit "  # prefix of the lines that submitit itself writes to a job's log
TIME_IS_OVER = "timed-out too many times"  # submitit's message
WHY = {
    "CANCELLED": "The job was cancelled by scancel or by an administrator, not by this command.",
    "TIMEOUT": "The job reached its time limit: {file}, {kind}.hours and {kind}.requeue.",
    "OUT_OF_MEMORY": "The job used more memory than it asked for: {file}, {kind}.memory_gb.",
    "NODE_FAIL": "The job's node failed.",
    "PREEMPTED": "Another job took its place.",
    FORGOTTEN: "The job ended while no command watched it, and left no result.",
}


@dataclass(frozen=True)
class JobArray:
    """Tasks to submit as one Slurm array.

    Attributes
    ----------
    tasks
        Functions to call, one in each task.
    names
        Display names of the tasks.
    """

    queue: SlurmQueue
    tasks: Sequence[Callable[[], Any]]
    names: Sequence[str]

    def submit(self) -> "list[WatchedJob]":
        """Submit the tasks, and print the number of the array."""
        jobs = self.queue.submit(self.tasks)
        number = jobs[0].job_id.split("_")[0]
        count = f", {len(jobs)} tasks" if len(jobs) > 1 else ""
        folder = jobs[0].paths.folder
        print(f"{self.queue.name}: job {number}{count}; logs in {folder}", flush=True)
        return [
            WatchedJob(job, name, self.queue.settings)
            for job, name in zip(jobs, self.names, strict=True)
        ]


@dataclass(frozen=True)
class WatchedJob:
    """A job of one task, with its display name and the settings that it was submitted with."""

    job: submitit.Job
    name: str
    settings: SlurmSettings


def run_and_watch(arrays: Sequence[JobArray], follow: bool = False) -> Iterator[tuple[str, Any]]:
    """Submit all arrays and wait for their jobs, holding the locks of their names.

    Parameters
    ----------
    follow
        Print the output of the jobs as it comes.

    Yields
    ------
    tuple
        Name and result of each job as it completes.

    Raises
    ------
    SentemoError
        See `sentemo.core.locks.hold`, `SlurmQueue.submit` and `Watch.results`.
    """
    with ExitStack() as locks:
        for queue in (array.queue for array in arrays):
            locks.enter_context(hold(queue.log / f".{queue.name}.lock", f"{queue.name} with Slurm"))
        locks.enter_context(ended_by_signals())
        jobs: list[WatchedJob] = []
        try:
            for array in arrays:
                array.queue.take_over()
            for array in arrays:
                jobs += array.submit()
        except BaseException:  # another array was refused, or this command is told to end
            if jobs:
                cancel(job.job.job_id for job in jobs)
            raise
        yield from Watch(jobs, follow).results()


class Watch:
    """Waits for jobs, and cancels them if this process ends before they do.

    Parameters
    ----------
    jobs
        Jobs of any arrays.
    follow
        Print the output of the jobs as it comes.
    """

    def __init__(self, jobs: Sequence[WatchedJob], follow: bool = False) -> None:
        self._jobs = {watched.job.job_id: watched for watched in jobs}
        self._logs = [_Follower(watched.job.paths.stdout) for watched in jobs] if follow else []
        self._seen: dict[str, str] = {}
        self._silent = False

    def results(self) -> Iterator[tuple[str, Any]]:
        """Yield each job's name and result as it completes.

        Raises
        ------
        SentemoError
            When a job fails, with the last lines of its log; the other jobs are cancelled.
        """
        waiting = dict.fromkeys(self._jobs)
        try:
            while waiting:
                states = self._ask(waiting)
                for job, state in states.items():
                    if not state.has_ended:
                        self._tell(job, state)
                    if state.never_starts:
                        raise SentemoError(self._never(job, state))
                for log in self._logs:
                    log.show()
                for job in [job for job, state in states.items() if state.has_ended]:
                    del waiting[job]
                    done = len(self._jobs) - len(waiting)
                    self._tell(job, states[job], f", {done} of {len(self._jobs)}")
                    yield self._jobs[job].name, self._result(job, states[job])
                if waiting:
                    time.sleep(POLL_SECONDS)
        finally:
            if waiting:
                cancel(waiting)

    def _ask(self, jobs: dict[str, None]) -> dict[str, JobState]:
        try:
            states = job_states(jobs)
        except ControllerSilentError as error:
            if not self._silent:
                print(f"Slurm's controller does not answer; the jobs run on: {error}", flush=True)
            self._silent = True
            return {}
        if self._silent:
            print("Slurm's controller answers again", flush=True)
        self._silent = False
        return states

    def _tell(self, job: str, state: JobState, count: str = "") -> None:
        """Print a line if the job's state is new."""
        if self._seen.get(job) == str(state):
            return
        self._seen[job] = str(state)
        clock = time.strftime("%H:%M:%S")
        print(f"{clock} job {job} {self._jobs[job].name}: {state}{count}", flush=True)

    def _result(self, job: str, state: JobState) -> Any:
        paths = self._jobs[job].job.paths
        if state.state in (COMPLETED, FORGOTTEN) and wait_until_visible(paths.result_pickle):
            outcome, value = pickle_load(paths.result_pickle)
            if outcome == "success":
                paths.result_pickle.unlink(missing_ok=True)
                paths.submitted_pickle.unlink(missing_ok=True)
                return value
        raise SentemoError(self._failure(job, state))

    def _failure(self, job: str, state: JobState) -> str:
        log = self._jobs[job].job.paths.stdout
        end = log_end(log)
        over = "TIMEOUT" if TIME_IS_OVER in end else state.state
        settings = self._jobs[job].settings
        why = WHY.get(over, "").format(file=settings.file, kind=settings.kind)
        return (
            f"job {job}, {self._jobs[job].name}: {state}. {why}".strip() + "\n"
            f"The end of {log}:\n{end}\n"
            f"Once that is mended, this command continues the work:\n$ {command_line()}"
        )

    def _never(self, job: str, state: JobState) -> str:
        name, settings = self._jobs[job].name, self._jobs[job].settings
        return (
            f"job {job}, {name}: {state}, and will never start. The request came from "
            f"{settings.file}, kind {settings.kind}; change that and try again."
        )


class _Follower:
    """Prints the lines that are added to a log, without submitit's own lines."""

    def __init__(self, log: Path) -> None:
        self._log, self._shown = log, 0

    def show(self) -> None:
        if not self._log.exists():
            return
        with open(self._log, encoding="utf-8", errors="replace") as stream:
            stream.seek(self._shown)
            for line in iter(stream.readline, ""):
                if not line.endswith("\n"):
                    break
                self._shown = stream.tell()
                if not line.startswith(SUBMITITS_LINES):
                    print(line, end="", flush=True)


def log_end(log: Path) -> str:
    """Return the last lines of a job's log, without submitit's own, or why there is no log."""
    if not log.exists():
        return "  (there is no log: the job never started, or its node cannot write there)"
    return tail(log, without=SUBMITITS_LINES)
