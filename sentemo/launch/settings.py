"""Slurm resources of each kind of job, from ``conf/slurm.yaml`` or a file like it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.core.config import read_config
from sentemo.core.errors import Problems

JOB_KINDS = ("cpu", "array", "train")
NOTICE_SECONDS = 120  # a job is told to end so long before its time limit
MINUTES = 60


@dataclass(frozen=True)
class SlurmSettings:
    """Settings of one kind of job.

    Attributes
    ----------
    file
        File that the settings are from, for messages.
    kind
        One of `JOB_KINDS`.
    partition, account
        Names of partition and account; None leaves them to the cluster.
    hours
        Time limit.
    memory_gb, cpus
        Memory and cores of each process; None leaves them to the cluster. A node runs one process
        for each GPU.
    requeue
        Number of times that a job is queued again after it reached its time limit.
    tasks
        Largest number of tasks of one array.
    gres
        Slurm's name of a GPU: ``gpu``, ``gpu:a100``.
    extra
        Further options of sbatch, without their hyphens.
    """

    file: Path
    kind: str
    partition: str | None
    account: str | None
    hours: float
    memory_gb: float | None
    cpus: int | None
    requeue: int
    tasks: int
    gres: str
    extra: dict[str, Any]

    def parameters(self, name: str, ngpu: int = 0, nodes: int = 1) -> dict[str, Any]:
        """Return the arguments of `submitit.SlurmExecutor.update_parameters`.

        Parameters
        ----------
        name
            Name of the job.
        ngpu
            GPUs on each node.
        nodes
            Number of nodes.
        """
        minutes = max(1, round(self.hours * MINUTES))
        # The job starts one process, which may start the others with srun in the same allocation.
        srun_args = ["--nodes=1", "--ntasks=1", "--overlap", "--cpu-bind=none"]
        if self.cpus:  # srun does not take the job's own value any more
            srun_args.append(f"--cpus-per-task={self.cpus}")
        memory = {}
        if self.memory_gb is not None:  # Slurm counts memory by node
            memory = {"mem": f"{round(self.memory_gb * 1024) * max(ngpu, 1)}M"}
        wanted = {
            "job_name": name,
            "partition": self.partition,
            "account": self.account,
            "time": minutes,
            "cpus_per_task": self.cpus,
            "nodes": nodes,
            "ntasks_per_node": max(ngpu, 1),
            "gres": f"{self.gres}:{ngpu}" if ngpu else None,
            # At most half of a short time limit.
            "signal_delay_s": min(NOTICE_SECONDS, minutes * 30),
            "stderr_to_stdout": True,
            "srun_args": srun_args,
            # All work here may be queued again, which some clusters must be told.
            "additional_parameters": {**memory, "requeue": True, **self.extra},
        }
        return {key: value for key, value in wanted.items() if value is not None}


def read_slurm_settings(path: Path, kind: str) -> SlurmSettings:
    """Read the settings of one kind of job, after checking all kinds.

    Raises
    ------
    SentemoError
        When the file cannot be read, or naming every kind or key that is missing, unknown or of
        the wrong type.
    """
    loaded = read_config(path)
    problems = Problems(f"--slurm_conf {path}")
    for name in sorted(loaded.keys() ^ set(JOB_KINDS), key=str):
        reason = "missing kind of job" if name in JOB_KINDS else "unknown kind of job"
        problems.add(reason, str(name), f"the kinds are {', '.join(JOB_KINDS)}")
    for name in set(JOB_KINDS) & loaded.keys():
        _check(problems, name, loaded[name])
    problems.raise_if_any("Compare with conf/slurm.yaml, which explains every key.")
    return SlurmSettings(file=path, kind=kind, **loaded[kind])


KEY_TYPES: dict[str, tuple[type, ...]] = {
    "partition": (str, type(None)),
    "account": (str, type(None)),
    "hours": (int, float),
    "memory_gb": (int, float, type(None)),
    "cpus": (int, type(None)),
    "requeue": (int,),
    "tasks": (int,),
    "gres": (str,),
    "extra": (dict,),
}
MINIMUM: dict[str, float] = {
    "hours": 1 / MINUTES,
    "memory_gb": 0.001,
    "cpus": 1,
    "requeue": 0,
    "tasks": 1,
}


def _check(problems: Problems, kind: str, found: Any) -> None:
    if not isinstance(found, dict):
        problems.add("not a mapping of settings", kind, f"{found!r}")
        return
    for key in sorted(found.keys() - KEY_TYPES.keys(), key=str):
        problems.add("unknown key", f"{kind}.{key}", f"the keys are {', '.join(KEY_TYPES)}")
    for key, types in KEY_TYPES.items():
        value = found.get(key)
        if key not in found:
            problems.add("missing key", f"{kind}.{key}", "null or {} leaves it to the cluster")
        elif isinstance(value, bool) or not isinstance(value, types):
            problems.add("wrong value", f"{kind}.{key}", repr(value))
        elif isinstance(value, int | float) and key in MINIMUM and value < MINIMUM[key]:
            problems.add("wrong value", f"{kind}.{key}", f"{value}, less than {MINIMUM[key]:.3g}")
