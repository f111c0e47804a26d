"""States of Slurm jobs, asked from squeue: many clusters have no accounting (sacct)."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from sentemo.core.errors import SentemoError

# Slurm's names for the states of jobs that have ended.
COMPLETED, CANCELLED = "COMPLETED", "CANCELLED"
ENDED = {
    *(COMPLETED, CANCELLED, "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL"),
    *("PREEMPTED", "BOOT_FAIL", "DEADLINE", "REVOKED"),
}
# A job that has just started is shown as configuring until the controller looks again.
RUNNING = {"RUNNING", "CONFIGURING"}
FORGOTTEN = "FORGOTTEN"  # our own name: the job ended so long ago that Slurm has forgotten it
UNKNOWN_JOB = "Invalid job id"  # squeue's message when it knows none of the jobs asked for
QUEUE = ["squeue", "--noheader", "--array", "--states=all", "--format=%i|%T|%N|%r"]
ANSWER_SECONDS = 10  # time-out of squeue, which by itself retries a silent controller for longer
PENDING_FOREVER = {  # reasons for pending that waiting does not resolve
    *("PartitionTimeLimit", "PartitionNodeLimit", "PartitionConfig", "BadConstraints"),
    *("InvalidAccount", "InvalidQOS", "AccountNotAllowed", "QOSNotAllowed", "JobHeldAdmin"),
    *("DependencyNeverSatisfied", "AssocMaxCpuPerJobLimit", "AssocMaxMemPerJob"),
    *("QOSMaxCpuPerJobLimit", "QOSMaxMemoryPerJob", "MaxMemPerLimit"),
    "launch failed requeued held",
}


class ControllerSilentError(SentemoError):
    """Slurm's controller does not answer; jobs run on without it."""


@dataclass(frozen=True)
class JobState:
    """State of a job in Slurm's words, its node, and the reason for which it is pending."""

    state: str
    node: str = ""
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        """Tell whether the job has ended for good."""
        return self.state in ENDED or self.state == FORGOTTEN

    @property
    def never_starts(self) -> bool:
        """Tell whether the job is pending for a reason that waiting does not resolve."""
        return self.state == "PENDING" and self.reason in PENDING_FOREVER

    def __str__(self) -> str:
        if self.state == "PENDING" and self.reason not in ("", "None"):
            return f"pending ({self.reason})"
        return self.state.lower() + (f" on {self.node}" if self.node else "")


def job_states(jobs: Iterable[str]) -> dict[str, JobState]:
    """Ask Slurm once for the states of these jobs.

    Parameters
    ----------
    jobs
        Job numbers such as ``12``, or for tasks of an array ``12_3``.

    Raises
    ------
    ControllerSilentError
        When the controller does not answer.
    SentemoError
        When squeue is not installed here.
    """
    wanted = list(jobs)
    numbers = sorted({job.split("_")[0] for job in wanted})
    try:
        asked = subprocess.run(
            [*QUEUE, f"--jobs={','.join(numbers)}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=ANSWER_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ControllerSilentError(f"no answer within {ANSWER_SECONDS} s") from error
    except FileNotFoundError as error:
        raise SentemoError(NO_SLURM.format("squeue")) from error
    if asked.returncode != 0 and UNKNOWN_JOB not in asked.stderr:
        raise ControllerSilentError(asked.stderr.strip())
    rows = (line.split("|") for line in asked.stdout.splitlines())
    found = {job: JobState(state, node, reason) for job, state, node, reason in rows}
    return {job: found.get(job, JobState(FORGOTTEN)) for job in wanted}


def cancel(jobs: Iterable[str]) -> None:
    """Cancel jobs; jobs that have ended stay as they are."""
    subprocess.run(["scancel", *jobs], capture_output=True, check=False)


NO_SLURM = (
    "--cmd_backend slurm: the command {} is not on the PATH. Run the recipe on a machine "
    "from which jobs are submitted, or leave --cmd_backend out."
)
