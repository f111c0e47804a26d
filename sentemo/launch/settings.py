"""What each kind of job asks of Slurm: ``conf/slurm.yaml``, or a file like it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sentemo.core.errors import Problems, SentemoError

KINDS = ("cpu", "array", "train")
NOTICE_SECONDS = 120  # before its time limit, a job is told to end
MINUTES = 60


@dataclass(frozen=True)
class SlurmSettings:
    """One kind of job.

    Attributes
    ----------
    file
        Where the settings are from, for messages.
    partition, account
        None leaves them to the cluster.
    hours
        Time limit.
    memory_gb, cpus
        Of each process, of which a node has one for each GPU; None leaves them to the cluster.
    requeue
        How often a job that met its time limit is queued again.
    tasks
        Of one array, at most.
    gres
        What a GPU is called: ``gpu``, ``gpu:a100``.
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
        """Return what `submitit.SlurmExecutor.update_parameters` takes.

        Parameters
        ----------
        name
            Of the job.
        ngpu
            GPUs on each node.
        """
        minutes = max(1, round(self.hours * MINUTES))
        wanted = {
            "job_name": name,
            "partition": self.partition,
            "account": self.account,
            "time": minutes,
            "cpus_per_task": self.cpus,
            "nodes": nodes,
            "ntasks_per_node": max(ngpu, 1),
            "gres": f"{self.gres}:{ngpu}" if ngpu else None,
            # No more than half of a short time.
            "signal_delay_s": min(NOTICE_SECONDS, minutes * 30),
            "stderr_to_stdout": True,
            # One of them is started, which may start the others with srun in the same allocation.
            "srun_args": ["--nodes=1", "--ntasks=1", "--overlap", "--cpu-bind=none"],
        }
        if self.cpus:  # of which srun itself does not ask the job any more
            wanted["srun_args"].append(f"--cpus-per-task={self.cpus}")
        memory = {}
        if self.memory_gb is not None:  # Slurm counts by nodes
            memory = {"mem": f"{round(self.memory_gb * 1024) * max(ngpu, 1)}M"}
        # Where a cluster does not do so by itself: all work here may be queued again.
        wanted["additional_parameters"] = {**memory, "requeue": True, **self.extra}
        return {key: value for key, value in wanted.items() if value is not None}


def read_slurm_settings(path: Path, kind: str) -> SlurmSettings:
    """Read one kind of job's settings, checking all kinds.

    Raises
    ------
    SentemoError
        When the file cannot be read, or naming every kind or key that is missing, unknown or of
        the wrong type.
    """
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SentemoError(f"--slurm_conf {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SentemoError(f"--slurm_conf {path}: no YAML: {error}") from error
    if not isinstance(loaded, dict):
        loaded = {}
    problems = Problems(str(path))
    for name in sorted(loaded.keys() ^ set(KINDS), key=str):
        reason = "missing kind of job" if name in KINDS else "unknown kind of job"
        problems.add(reason, str(name), f"the kinds are {', '.join(KINDS)}")
    for name in set(KINDS) & loaded.keys():
        _check(problems, name, loaded[name])
    problems.raise_if_any("Compare with conf/slurm.yaml, which explains every key.")
    return SlurmSettings(file=path, kind=kind, **loaded[kind])


TYPES: dict[str, tuple[type, ...]] = {
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
AT_LEAST = {"hours": 1 / MINUTES, "memory_gb": 0.001, "cpus": 1, "requeue": 0, "tasks": 1}


def _check(problems: Problems, kind: str, found: Any) -> None:
    if not isinstance(found, dict):
        problems.add("no settings", kind, f"{found!r}")
        return
    for key in sorted(found.keys() - TYPES.keys(), key=str):
        problems.add("unknown key", f"{kind}.{key}", f"the keys are {', '.join(TYPES)}")
    for key, types in TYPES.items():
        value = found.get(key)
        if key not in found:
            problems.add("missing key", f"{kind}.{key}", "null or {} leaves it to the cluster")
        elif isinstance(value, bool) or not isinstance(value, types):
            problems.add("wrong value", f"{kind}.{key}", repr(value))
        elif value is not None and key in AT_LEAST and value < AT_LEAST[key]:
            problems.add("wrong value", f"{kind}.{key}", f"{value}, less than {AT_LEAST[key]:.3g}")
