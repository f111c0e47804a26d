"""Records of jobs: host, GPU, command, start, end, exit status and peak memory.

Each job has one file, ``exp/NAME/log/JOB.json``, which is written when the job starts and again
when it ends. The record of a killed job has no end.
"""

import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.processes import is_running
from sentemo.core.structured import read_json

LOG_DIR = "log"  # folder of records in an experiment directory
RUNNING, DONE, FAILED, KILLED = "running", "done", "failed", "killed"
NVIDIA_SMI_SECONDS = 20  # time-out: the driver may need long to wake up


@dataclass(frozen=True)
class JobRecord:
    """One attempt at a job.

    Attributes
    ----------
    slurm_job
        Number of the Slurm job, ``12`` or ``12_3``; None without Slurm.
    gpu
        Names of the GPUs that the job may use.
    started, ended
        Seconds since the epoch. The end is None while the job runs, and after it was killed.
    status
        Exit status; a negative number is the signal that ended the command.
    peak_memory_mb
        Peak memory of the job's largest process, in megabytes.
    attempts
        Number of times that the job was started; more than 1 if it was queued again or run again.
    """

    command: str
    host: str
    process: int
    started: float
    slurm_job: str | None = None
    gpu: list[str] = field(default_factory=list)
    ended: float | None = None
    status: int | None = None
    peak_memory_mb: int | None = None
    attempts: int = 1

    def state(self) -> str:
        """Return the job's state; a job of another machine without an end counts as running."""
        if self.status is not None:
            return FAILED if self.status else DONE
        lives = self.process == os.getpid() or is_running(self.process)
        return RUNNING if lives or self.host != socket.gethostname() else KILLED


@contextmanager
def recorded(path: Path, command: str) -> Iterator[None]:
    """Record the code of this context as a job; the status of a `SystemExit` is the job's."""
    begun = JobRecord(
        command=command,
        host=socket.gethostname(),
        process=os.getpid(),
        started=time.time(),
        slurm_job=slurm_job(),
        gpu=_gpus(),
        attempts=_attempts(path) + 1,
    )
    write_json(path, asdict(begun))
    status = 1
    try:
        yield
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise
    finally:
        ended = replace(begun, ended=time.time(), status=status, peak_memory_mb=_peak_memory_mb())
        write_json(path, asdict(ended))


def read_records(folder: Path) -> dict[str, JobRecord]:
    """Return the records of a log directory by job name, in the order of their start.

    A file that is no record hides no other one: it is named on the standard error.
    """
    found = {}
    for path in sorted(folder.glob("[!.]*.json")):
        try:
            found[path.stem] = read_record(path)
        except (SentemoError, OSError) as error:
            print(f"warning: passed over: {error}", file=sys.stderr)
    return dict(sorted(found.items(), key=lambda item: item[1].started))


def read_record(path: Path) -> JobRecord:
    """Read a record that `recorded` wrote."""
    return read_json(path, JobRecord, "Delete it; the job itself is not lost.")


def _attempts(path: Path) -> int:
    try:
        return read_record(path).attempts if path.exists() else 0
    except SentemoError as error:
        print(f"warning: written anew: {error}", file=sys.stderr)
        return 0


def slurm_job() -> str | None:
    """Return the Slurm job of this process: ``12``, or for a task of an array ``12_3``."""
    if array := os.environ.get("SLURM_ARRAY_JOB_ID"):
        return f"{array}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    return os.environ.get("SLURM_JOB_ID")


def _gpus() -> list[str]:
    if shutil.which("nvidia-smi") is None:
        return []
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        found = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, timeout=NVIDIA_SMI_SECONDS
        )
    except subprocess.TimeoutExpired:
        return ["nvidia-smi does not answer"]
    except subprocess.CalledProcessError:
        return []  # nvidia-smi is installed, but no driver
    return found.stdout.splitlines()


def _peak_memory_mb() -> int:
    processes = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    kilobytes = max(resource.getrusage(process).ru_maxrss for process in processes)
    return kilobytes >> 10
