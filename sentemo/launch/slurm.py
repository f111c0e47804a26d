"""Jobs submitted to a Slurm cluster through submitit."""

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import submitit
from submitit.core.utils import FailedJobError

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.structured import read_json
from sentemo.launch.queue import NO_SLURM, cancel, job_states
from sentemo.launch.settings import SlurmSettings

PROGRAMS = ("sbatch", "srun", "squeue", "scancel")
# Messages of sbatch when the controller does not answer, and how long to try again.
SILENT = ("Unable to contact slurm controller", "Socket timed out", "Connection refused")
PATIENCE_SECONDS = 60
POLL_SECONDS = 2


@dataclass(frozen=True)
class SlurmQueue:
    """Submits the jobs of one command.

    Attributes
    ----------
    settings
        Settings of this kind of job.
    log
        Folder of the job records; its subfolder ``slurm`` holds logs and submitit's files.
    name
        Name of the jobs, in Slurm's queue and in `log`.
    ngpu
        GPUs on each node.
    nodes
        Nodes of each job.
    """

    settings: SlurmSettings
    log: Path
    name: str
    ngpu: int = 0
    nodes: int = 1

    def submit(
        self, tasks: Sequence[Callable[[], Any]], after: Sequence[str] = ()
    ) -> list[submitit.Job]:
        """Submit an array with one task per function, or a single job for one function.

        Parameters
        ----------
        after
            Jobs that must succeed first. If one of them fails, the new jobs never start.

        Raises
        ------
        SentemoError
            When Slurm is not installed here, refuses the request, or does not answer.
        """
        for program in PROGRAMS:
            if shutil.which(program) is None:
                raise SentemoError(NO_SLURM.format(program))
        parameters = self.settings.parameters(self.name, self.ngpu, self.nodes)
        if after:
            parameters["dependency"] = f"afterok:{':'.join(after)}"
            parameters["additional_parameters"]["kill-on-invalid-dep"] = "yes"
        executor = submitit.SlurmExecutor(self.log.absolute() / "slurm", self.settings.requeue)
        executor.update_parameters(**parameters)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                jobs = executor.submit_array(tasks)
                break
            except FailedJobError as error:
                is_silent = any(sign in str(error) for sign in SILENT)
                if not is_silent or time.monotonic() > deadline:
                    raise SentemoError(self._refusal(str(error))) from error
                time.sleep(POLL_SECONDS)
        write_json(self._submitted, [job.job_id for job in jobs])
        return [job.task(0) for job in jobs]

    def take_over(self) -> None:
        """Cancel the jobs that an earlier command of this name left running when it was killed.

        The jobs that are submitted next continue after the work that those had completed.
        """
        if not self._submitted.exists():
            return
        jobs = read_json(self._submitted, list[str])
        left = [job for job, state in job_states(jobs).items() if not state.has_ended]
        if not left:
            return
        print(f"{self.name}: cancelling {', '.join(left)}, left over from a killed command")
        cancel(left)
        while not all(state.has_ended for state in job_states(left).values()):
            time.sleep(POLL_SECONDS)

    @property
    def _submitted(self) -> Path:
        return self.log / f".{self.name}.submitted.json"

    def _refusal(self, said: str) -> str:
        lines = [line for line in said.splitlines() if "error" in line.lower()]
        return (
            f"Slurm refused the job {self.name}:\n  " + "\n  ".join(lines or [said.strip()]) + "\n"
            f"The request came from {self.settings.file}, kind {self.settings.kind}"
            + (f", with {self.ngpu} GPU{'s' * (self.ngpu > 1)}" if self.ngpu else "")
            + (f", on {self.nodes} nodes" if self.nodes > 1 else "")
            + f". Partitions of this cluster (*: default): {_partitions()}."
        )


def _partitions() -> str:
    """List the partitions with their time limits, from sinfo."""
    asked = ["sinfo", "--noheader", "--summarize", "--format=%P %l"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown, as sinfo does not answer"
    return ", ".join(f"{line.split()[0]} up to {line.split()[1]}" for line in found.splitlines())
