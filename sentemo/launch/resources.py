"""Resources for the work of a stage: processes, GPUs and nodes, here or on a cluster."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.core.errors import SentemoError
from sentemo.launch.settings import read_slurm_settings
from sentemo.launch.workers import InThisProcess, LocalWorkers, Workers

if TYPE_CHECKING:
    from sentemo.launch.array import SlurmWorkers

LOCAL, SLURM = "local", "slurm"
SLURM_CONF = Path(__file__).parents[2] / "conf" / "slurm.yaml"
TRAIN = "train"  # the only kind of job that uses GPUs and several nodes


@dataclass(frozen=True)
class Resources:
    """Resources for the parts of a stage.

    Attributes
    ----------
    nj
        Number of parts that run at once on this machine; None means one per available core.
    ngpu
        GPUs on each node for one part; 0 means the CPU.
    nodes
        Nodes that work together on one part.
    backend
        `LOCAL` or `SLURM`.
    slurm_conf
        File of the Slurm settings of each kind of job.
    """

    nj: int | None = None
    ngpu: int = 0
    nodes: int = 1
    backend: str = LOCAL
    slurm_conf: Path = SLURM_CONF

    def with_one_gpu(self) -> "Resources":
        """Return these resources with at most one GPU and one node."""
        return replace(self, ngpu=min(self.ngpu, 1), nodes=1)

    def within_job(self) -> "Resources":
        """Return these resources for work inside a job, which must not start further jobs."""
        return replace(self, backend=LOCAL)

    def workers(self, kind: str, log: Path, name: str) -> Workers:
        """Return the workers for parts of a stage.

        On this machine, parts that use GPUs or several nodes run one at a time.

        Parameters
        ----------
        kind
            Kind of job, one of `sentemo.launch.settings.JOB_KINDS`. Only `TRAIN` uses GPUs and
            several nodes.
        log
            Directory of the jobs' logs and records.
        name
            Name of the jobs.
        """
        if self.backend == LOCAL:
            alone = kind == TRAIN and (self.ngpu > 0 or self.nodes > 1)
            return LocalWorkers(1 if alone else self.nj)
        return self.slurm_workers(kind, log, name)

    def slurm_workers(self, kind: str, log: Path, name: str) -> "SlurmWorkers":
        """Return Slurm workers for parts of a stage, whatever the backend; see `workers`."""
        from sentemo.launch.array import SlurmWorkers  # imports submitit, only needed with Slurm
        from sentemo.launch.slurm import SlurmQueue

        ngpu, nodes = (self.ngpu, self.nodes) if kind == TRAIN else (0, 1)
        settings = read_slurm_settings(self.slurm_conf, kind)
        return SlurmWorkers(SlurmQueue(settings, log, name, ngpu, nodes))

    def training_workers(self, log: Path, name: str, in_turn: bool = False) -> Workers:
        """Return the workers that train or decode.

        Parameters
        ----------
        log, name
            Log directory and name of the jobs.
        in_turn
            On this machine, run the parts one after another in this process, where libraries are
            loaded already.

        Raises
        ------
        SentemoError
            When the work runs on this machine and it has too few GPUs.
        """
        if self.backend == LOCAL:
            require_gpus(self.ngpu)
            if in_turn:
                return InThisProcess()
        return self.workers(TRAIN, log, name)


def require_gpus(number: int) -> None:
    """Insist that this machine has so many GPUs.

    Raises
    ------
    SentemoError
        When it has fewer GPUs.
    """
    if number > 0:
        import torch  # takes seconds, and is needed only here

        if torch.cuda.device_count() < number:
            raise SentemoError(
                f"--ngpu: {number} wanted, {torch.cuda.device_count()} usable here; 0 is the CPU"
            )
