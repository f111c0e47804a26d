"""Waiting for jobs: a line per change of their state, and what is to be known where one fails."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import submitit
from submitit.core.utils import pickle_load

from sentemo.core.errors import SentemoError
from sentemo.core.files import wait_until_visible
from sentemo.core.locks import hold
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
TAIL_LINES = 15
TIME_IS_OVER = "timed-out too many times"  # submitit's message
WHY = {
    "CANCELLED": "It was cancelled, not by this command: scancel, or an administrator.",
    "TIMEOUT": "It met its time limit: {file}, {kind}.hours and {kind}.requeue.",
    "OUT_OF_MEMORY": "It used more memory than it had asked for: {file}, {kind}.memory_gb.",
    "NODE_FAIL": "Its node died.",
    "PREEMPTED": "Another job took its place.",
    FORGOTTEN: "It ended while nobody watched, and left no result.",
}


def run_and_watch(
    queue: SlurmQueue,
    tasks: Sequence[Callable[[], Any]],
    names: Sequence[str],
    follow: bool = False,
) -> Iterator[tuple[str, Any]]:
    """Submit jobs and wait for them, as the only command of this name in its log directory.

    Parameters
    ----------
    names
        Of the jobs' work, for people.
    follow
        Whether to show what the jobs print.

    Raises
    ------
    SentemoError
        See `sentemo.core.locks.hold`, `SlurmQueue.submit` and `Watch.results`.
    """
    with hold(queue.log / f".{queue.name}.lock", f"{queue.name} with Slurm"), ended_by_signals():
        queue.take_over()
        jobs = queue.submit(tasks)
        number = jobs[0].job_id.split("_")[0]
        count = f", {len(jobs)} tasks" if len(jobs) > 1 else ""
        print(f"{queue.name}: job {number}{count}; logs in {jobs[0].paths.folder}", flush=True)
        yield from Watch(jobs, names, queue.settings, follow).results()


class Watch:
    """Waits for jobs, and cancels them when who waits is ended before them.

    Parameters
    ----------
    jobs
        One task each.
    names
        Of the jobs' work, for people.
    settings
        With which they were submitted.
    follow
        Whether to show what a job prints.
    """

    def __init__(
        self,
        jobs: Sequence[submitit.Job],
        names: Sequence[str],
        settings: SlurmSettings,
        follow: bool = False,
    ) -> None:
        self._jobs = {job.job_id: job for job in jobs}
        self._names = dict(zip(self._jobs, names, strict=True))
        self._settings = settings
        self._logs = [_Follower(job.paths.stdout) for job in jobs] if follow else []
        self._seen: dict[str, str] = {}
        self._silent = False

    def results(self) -> Iterator[tuple[str, Any]]:
        """Yield each job's name and result as it completes.

        Raises
        ------
        SentemoError
            When one fails, with the end of its log; the others are cancelled.
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
                    yield self._names[job], self._result(job, states[job])
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
                print(f"Slurm's controller does not answer; the jobs go on: {error}", flush=True)
            self._silent = True
            return {}
        if self._silent:
            print("Slurm's controller answers again", flush=True)
        self._silent = False
        return states

    def _tell(self, job: str, state: JobState, count: str = "") -> None:
        """Print a line where the state is new."""
        said = str(state)
        if self._seen.get(job) == said:
            return
        self._seen[job] = said
        print(
            f"{time.strftime('%H:%M:%S')} job {job} {self._names[job]}: {said}{count}", flush=True
        )

    def _result(self, job: str, state: JobState) -> Any:
        paths = self._jobs[job].paths
        if state.state in (COMPLETED, FORGOTTEN) and wait_until_visible(paths.result_pickle):
            outcome, value = pickle_load(paths.result_pickle)
            if outcome == "success":
                paths.result_pickle.unlink(missing_ok=True)
                paths.submitted_pickle.unlink(missing_ok=True)
                return value
        raise SentemoError(self._failure(job, state))

    def _failure(self, job: str, state: JobState) -> str:
        log = self._jobs[job].paths.stdout
        end = tail(log)
        over = "TIMEOUT" if TIME_IS_OVER in end else state.state
        why = WHY.get(over, "").format(file=self._settings.file, kind=self._settings.kind)
        return (
            f"job {job}, {self._names[job]}: {state}. {why}".strip() + "\n"
            f"The end of {log}:\n{end}\n"
            f"When mended, this goes on after what is complete:\n$ {command_line()}"
        )

    def _never(self, job: str, state: JobState) -> str:
        return (
            f"job {job}, {self._names[job]}: {state}, and will never start. It was asked as "
            f"{self._settings.file} says under {self._settings.kind}; change that and try again."
        )


class _Follower:
    """Shows what is added to a log, without submitit's own lines."""

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
                if not line.startswith("submitit "):
                    print(line, end="", flush=True)


def tail(log: Path) -> str:
    """Return the last lines of a job's log, without submitit's own."""
    if not log.exists():
        return "  (there is none: it never started, or its node cannot write there)"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    own = [line for line in lines if not line.startswith("submitit ")]
    return "\n".join(f"  {line}" for line in own[-TAIL_LINES:])
