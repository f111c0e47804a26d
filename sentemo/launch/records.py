"""What is known of each job: host, GPU, command, start, end, exit status, peak memory.

One file per job, ``exp/NAME/log/JOB.json``, written when it starts and when it ends; one that was
killed never says its end.
"""

import json
import os
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sentemo.core.files import write_json
from sentemo.core.processes import is_running

LOG_DIR = "log"  # of an experiment
RUNNING, DONE, FAILED, KILLED = "running", "done", "failed", "killed"
SLOW_GPU = 20  # seconds that a driver may need to wake up


@dataclass(frozen=True)
class JobRecord:
    """One attempt at a job.

    Attributes
    ----------
    slurm_job
        Its number there, ``12`` or ``12_3``; None on this machine.
    gpu
        Names of the GPUs that it may use.
    started, ended
        Seconds since the epoch; the end is None while it runs, and where it was killed.
    status
        Exit status; negative, the signal that ended its command.
    peak_memory_mb
        Of its largest process.
    attempts
        How often it was started: more than once where it was queued again or run again.
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
        """Say where the job is; of one on another machine without an end, that it runs."""
        if self.status is not None:
            return FAILED if self.status else DONE
        lives = self.process == os.getpid() or is_running(self.process)
        return RUNNING if lives or self.host != socket.gethostname() else KILLED


@contextmanager
def recorded(path: Path, command: str) -> Iterator[None]:
    """Record what happens within as a job; an exception's exit status is the job's."""
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
    """Return the jobs of a log directory by name, in the order of their start."""
    found = {path.stem: read_record(path) for path in folder.glob("[!.]*.json")}
    return dict(sorted(found.items(), key=lambda item: item[1].started))


def read_record(path: Path) -> JobRecord:
    """Read what `recorded` wrote."""
    return JobRecord(**json.loads(path.read_text(encoding="utf-8")))


def _attempts(path: Path) -> int:
    return read_record(path).attempts if path.exists() else 0


def slurm_job() -> str | None:
    """Return the job that this process is in: ``12``, or of an array ``12_3``."""
    if array := os.environ.get("SLURM_ARRAY_JOB_ID"):
        return f"{array}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    return os.environ.get("SLURM_JOB_ID")


def _gpus() -> list[str]:
    if shutil.which("nvidia-smi") is None:
        return []
    ask = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        found = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=True, timeout=SLOW_GPU)
    except subprocess.TimeoutExpired:
        return ["nvidia-smi does not answer"]
    except subprocess.CalledProcessError:
        return []  # no driver
    return found.stdout.splitlines()


def _peak_memory_mb() -> int:
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in whose) >> 10  # from kilobytes
