"""The code inside a Slurm job: some parts of a stage's work, or a whole command.

Both are resumable. When a job is told to end (by SIGUSR2 before its time limit, or by SIGTERM when
it is preempted), it is queued again and starts anew, and its work continues from its last
checkpoint.
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
from sentemo.launch.queue import RUNNING, job_states
from sentemo.launch.records import recorded, slurm_job

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

SIGNAL_SECONDS = 2  # how much later this process may get a signal that its child got


@dataclass(frozen=True)
class Task:
    """A job that works on some parts of a stage, one after another.

    Attributes
    ----------
    name
        Name of the job's record in the log directory.
    log
        Log directory.
    command
        Command of the stage, for the record.
    work
        Function that is called with each part.
    parts
        The parts of this job.
    """

    name: str
    log: Path
    command: str
    work: Callable[[Any], Any]
    parts: Sequence[Any]

    def __call__(self) -> list[Any]:
        """Return the results of the work, one per part."""
        _requeue_on_signals()
        succeeded: list[bool] = []
        # Python needs seconds to clean up torch and ESPnet at exit; this skips them.
        atexit.register(lambda: os._exit(0) if succeeded else None)
        with recorded(self.log / f"{self.name}.json", self.command):
            results = run_command(lambda: [self.work(part) for part in self.parts])
        succeeded.append(True)
        return results

    def checkpoint(self) -> "DelayedSubmission":
        """Return the job to submit when submitit queues it again before its time limit."""
        return _again(self)


@dataclass(frozen=True)
class CommandTask:
    """A job that runs a whole command, with its output in the job's log."""

    name: str
    log: Path
    command: Sequence[str]

    def __call__(self) -> None:
        """Run the command, and exit with its status if that is not 0."""
        _requeue_on_signals()
        with recorded(self.log / f"{self.name}.json", shlex.join(self.command)):
            run_child(self.command)

    def checkpoint(self) -> "DelayedSubmission":
        """Return the job to submit when submitit queues it again before its time limit."""
        return _again(self)


def _again(task: Task | CommandTask) -> "DelayedSubmission":
    from submitit.helpers import DelayedSubmission  # only needed with Slurm

    return DelayedSubmission(task)


def _requeue_on_signals() -> None:
    """Install signal handlers that queue this job again and end this process at once.

    On SIGUSR2, before the time limit, submitit's own handler queues the job again and then raises
    `SystemExit` wherever the process is. Inside torch's code, for instance while it saves, that
    becomes another error or a crash. Ending at once is as safe as a kill.

    On SIGTERM, when the job is preempted, submitit does nothing. Slurm would kill the job after its
    grace time and queue it again, but a job that ends before then counts as failed. So the job is
    queued again at once, however often. `scancel` sends SIGTERM too.
    """
    from submitit.core.utils import UncompletedJobError

    # Read both now: a training replaces standard output.
    submitits_handler, log = signal.getsignal(signal.SIGUSR2), os.dup(1)

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # Slurm sends it when the job is queued again
        try:
            if callable(submitits_handler):
                submitits_handler(number, frame)
        except SystemExit:
            os.write(log, b"time is over: queued again\n")
        except (UncompletedJobError, OSError, subprocess.SubprocessError) as error:
            os.write(log, f"error: {error}\n".encode())
        os._exit(1)

    def terminate(number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if job := _preempted_job():
            os.write(log, b"preempted by another job: queued again\n")
            subprocess.run(["scontrol", "requeue", job], check=False)
        os._exit(128 + number)

    signal.signal(signal.SIGUSR2, end)
    signal.signal(signal.SIGTERM, terminate)


def _preempted_job() -> str | None:
    """Return this Slurm job if it is preempted and not cancelled: it then counts as running."""
    job = slurm_job()
    try:
        return job if job and job_states([job])[job].state in RUNNING else None
    except SentemoError:  # the controller does not answer
        return job


def run_child(command: Sequence[str]) -> None:
    """Run a command that never outlives this process, and exit with its status if that is not 0."""
    with subprocess.Popen(command, preexec_fn=_start_of_child) as child:  # noqa: PLW1509
        try:
            status = child.wait()
        except BaseException:
            child.send_signal(signal.SIGTERM)
            raise
    if status in (-signal.SIGTERM, 128 + signal.SIGTERM):
        time.sleep(SIGNAL_SECONDS)  # Slurm signals all processes; this one's own handler goes first
    if status != 0:
        raise SystemExit(status if status > 0 else 128 - status)


def _start_of_child() -> None:
    end_with_parent()
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)  # the parent handles the end of the job's time
