"""What Slurm says of jobs, without its accounting, which many clusters and all small ones lack."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from sentemo.core.errors import SentemoError

# Slurm's own words for jobs that have ended.
COMPLETED, CANCELLED = "COMPLETED", "CANCELLED"
ENDED = {
    *(COMPLETED, CANCELLED, "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL"),
    *("PREEMPTED", "BOOT_FAIL", "DEADLINE", "REVOKED"),
}
FORGOTTEN = "FORGOTTEN"  # ours: it ended so long ago that Slurm does not know it any more
UNKNOWN_JOB = "Invalid job id"  # in squeue's message, where it knows none of those asked for
QUEUE = ["squeue", "--noheader", "--array", "--states=all", "--format=%i|%T|%N|%r"]
ANSWER_SECONDS = 10  # squeue itself asks a silent controller again for longer
NEVER = {  # reasons for pending that time does not mend
    *("PartitionTimeLimit", "PartitionNodeLimit", "PartitionConfig", "BadConstraints"),
    *("InvalidAccount", "InvalidQOS", "AccountNotAllowed", "QOSNotAllowed", "JobHeldAdmin"),
    *("DependencyNeverSatisfied", "AssocMaxCpuPerJobLimit", "AssocMaxMemPerJob"),
    *("QOSMaxCpuPerJobLimit", "QOSMaxMemoryPerJob", "MaxMemPerLimit"),
    "launch failed requeued held",
}


class ControllerSilentError(SentemoError):
    """Slurm's controller does not answer; jobs go on without it."""


@dataclass(frozen=True)
class JobState:
    """Where a job is: Slurm's state, its node, and why it waits."""

    state: str
    node: str = ""
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether it will never run again."""
        return self.state in ENDED or self.state == FORGOTTEN

    @property
    def never_starts(self) -> bool:
        """Whether it waits for what will not come."""
        return self.state == "PENDING" and self.reason in NEVER

    def __str__(self) -> str:
        if self.state == "PENDING" and self.reason not in ("", "None"):
            return f"pending ({self.reason})"
        return self.state.lower() + (f" on {self.node}" if self.node else "")


def job_states(jobs: Iterable[str]) -> dict[str, JobState]:
    """Ask for jobs, ``12`` or tasks of arrays, ``12_3``, at once.

    Raises
    ------
    ControllerSilentError
        When the controller does not answer.
    SentemoError
        When there is no Slurm here.
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
    """Cancel jobs; those that have ended stay as they are."""
    subprocess.run(["scancel", *jobs], capture_output=True, check=False)


NO_SLURM = (
    "--cmd_backend slurm: the command {} is not on the PATH. Run the recipe on a machine "
    "from which jobs are submitted, or leave --cmd_backend away."
)
