"""What the work of a stage may use: processes, GPUs and nodes, of this machine or of a cluster."""

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
TRAIN = "train"  # the only kind of job that asks for GPUs, and for several nodes


@dataclass(frozen=True)
class Resources:
    """Where the parts of a stage run, and with what.

    Attributes
    ----------
    nj
        Parts that this machine works on at once; None is one per core that is available there.
    ngpu
        GPUs on each node for one part; 0 is the CPU.
    nodes
        Nodes that work together on one part.
    backend
        `LOCAL` or `SLURM`.
    slurm_conf
        File of what jobs ask of Slurm.
    """

    nj: int | None = None
    ngpu: int = 0
    nodes: int = 1
    backend: str = LOCAL
    slurm_conf: Path = SLURM_CONF

    def with_one_gpu(self) -> "Resources":
        """Return the resources of work that has no use for more than one GPU."""
        return replace(self, ngpu=min(self.ngpu, 1), nodes=1)

    def within_job(self) -> "Resources":
        """Return the resources of work that has been given to a worker, and stays there."""
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
        """Return workers as `workers` does that are jobs of Slurm, whatever the backend."""
        from sentemo.launch.array import SlurmWorkers  # submitit, for clusters only
        from sentemo.launch.slurm import SlurmQueue

        ngpu, nodes = (self.ngpu, self.nodes) if kind == TRAIN else (0, 1)
        settings = read_slurm_settings(self.slurm_conf, kind)
        return SlurmWorkers(SlurmQueue(settings, log, name, ngpu, nodes))

    def training_workers(self, log: Path, name: str, in_turn: bool = False) -> Workers:
        """Return the workers that train or decode.

        Parameters
        ----------
        log, name
            As of `workers`.
        in_turn
            On this machine, work on one part after another in this process, where libraries are
            loaded already.

        Raises
        ------
        SentemoError
            When this machine is to do the work, and has fewer GPUs.
        """
        if self.backend == LOCAL:
            require_gpus(self.ngpu)
            if in_turn:
                return InThisProcess()
        return self.workers(TRAIN, log, name)


def require_gpus(number: int) -> None:
    """Require that this machine has so many GPUs.

    Raises
    ------
    SentemoError
        When it has fewer.
    """
    if number > 0:
        import torch  # takes seconds, and is needed only here

        if torch.cuda.device_count() < number:
            raise SentemoError(
                f"--ngpu: {number} wanted, {torch.cuda.device_count()} usable here; 0 is the CPU"
            )
