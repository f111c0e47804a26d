"""What runs inside a job of Slurm: some parts of a stage's work, or a whole command.

Both are resumable: told that its time is over (SIGUSR2 before the limit, SIGTERM where another job
takes its place), a job is queued again and starts anew, and the work within goes on where its last
checkpoint was written.
"""

import atexit
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import SentemoError, run_command
from sentemo.core.processes import end_with_parent
from sentemo.launch.queue import job_states
from sentemo.launch.records import recorded, slurm_job

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

SECONDS_TO_HEAR = 2  # a signal that this process is sent, too


@dataclass(frozen=True)
class Task:
    """Some parts of a stage's work, one after another.

    Attributes
    ----------
    name
        Of its record in the log directory.
    command
        Of the stage, for the record.
    """

    name: str
    log: Path
    command: str
    work: Callable[[Any], Any]
    parts: Sequence[Any]

    def __call__(self) -> list[Any]:
        """Return what the work returns of each part."""
        _end_at_once_when_told()
        succeeded: list[bool] = []
        # Python takes seconds to take torch and ESPnet apart, which nobody has to wait for.
        atexit.register(lambda: os._exit(0) if succeeded else None)
        with recorded(self.log / f"{self.name}.json", self.command):
            results = run_command(lambda: [self.work(part) for part in self.parts])
        succeeded.append(True)
        return results

    def checkpoint(self) -> "DelayedSubmission":
        """Start again when queued again, as submitit asks before a time limit."""
        return _again(self)


@dataclass(frozen=True)
class CommandTask:
    """A whole command, with its output in the job's log."""

    name: str
    log: Path
    command: Sequence[str]

    def __call__(self) -> None:
        """Run the command, ending with its exit status if that is not 0."""
        _end_at_once_when_told()
        with recorded(self.log / f"{self.name}.json", shlex.join(self.command)):
            run_child(self.command)

    def checkpoint(self) -> "DelayedSubmission":
        """Start again when queued again, as submitit asks before a time limit."""
        return _again(self)


def _again(task: Task | CommandTask) -> "DelayedSubmission":
    from submitit.helpers import DelayedSubmission  # not needed on this machine alone

    return DelayedSubmission(task)


def _end_at_once_when_told() -> None:
    """End this process where submitit, told that time is over, has had the job queued again.

    submitit raises an exit wherever the process is. Within torch's own code, as while it saves,
    that becomes another error or a crash; what ends at once leaves no more behind than a kill.

    A job that is preempted is told by SIGTERM, which submitit lets pass, with all of its processes.
    Slurm would kill it when its time of grace is over and queue it again, but takes one that ends
    before for failed; so it is queued again at once, however often. `scancel` sends it, too.
    """
    from submitit.core.utils import UncompletedJobError

    queue_again, log = signal.getsignal(signal.SIGUSR2), os.dup(1)  # before a training takes it

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # which follows when it is queued again
        try:
            queue_again(number, frame)
        except SystemExit:
            os.write(log, b"time is over: queued again\n")
        except (UncompletedJobError, OSError, subprocess.SubprocessError) as error:
            os.write(log, f"error: {error}\n".encode())
        os._exit(1)

    def terminate(number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if job := _preempted_job():
            os.write(log, b"another job takes this place: queued again\n")
            subprocess.run(["scontrol", "requeue", job], check=False)
        os._exit(128 + number)

    signal.signal(signal.SIGUSR2, end)
    signal.signal(signal.SIGTERM, terminate)


def _preempted_job() -> str | None:
    """Return this job, unless Slurm has done with it: in its time of grace it counts as running."""
    job = slurm_job()
    try:
        return job if job and job_states([job])[job].state == "RUNNING" else None
    except SentemoError:  # no answer
        return job


def run_child(command: Sequence[str]) -> None:
    """Run a command that never outlives this process, ending with its exit status if not 0."""
    with subprocess.Popen(command, preexec_fn=_start_of_child) as child:  # noqa: PLW1509
        try:
            status = child.wait()
        except BaseException:
            child.send_signal(signal.SIGTERM)
            raise
    if status in (-signal.SIGTERM, 128 + signal.SIGTERM):
        time.sleep(SECONDS_TO_HEAR)  # where all processes of a job are told, the first answers
    if status != 0:
        raise SystemExit(status if status > 0 else 128 - status)


def _start_of_child() -> None:
    end_with_parent()
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)  # that the job's time is over concerns the parent
