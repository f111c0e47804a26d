"""One training in several processes, one for each GPU, on this machine or on nodes of Slurm."""

import argparse
import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from espnet2.tasks.abs_task import AbsTask
from espnet2.train.distributed_utils import free_port

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file
from sentemo.core.logs import TRAIN_LOG, log_to
from sentemo.core.processes import available_cores, end_with_parent, run_in_workers

SHARED_WORK = "shared_work.pickle"  # exists while a training on several nodes runs


@dataclass(frozen=True)
class SharedWork:
    """The work of every process of a training.

    Attributes
    ----------
    work
        Function of `argument` and of ESPnet's arguments of distributed training, by which the
        processes find each other. There are no such arguments if there is one process only.
    argument
        Argument of `work`, which is pickled for the processes.
    exp
        Directory of the experiment.
    ngpu
        With 1, each process has a GPU of its own; with 0, its share of the cores.
    processes
        Number of processes on each machine.
    group
        ESPnet's arguments of distributed training.
    """

    work: Callable[[Any, Mapping[str, Any]], None]
    argument: Any
    exp: Path
    ngpu: int
    processes: int
    group: Mapping[str, Any]

    def of_process(self, rank: int, local_rank: int) -> "SharedWork":
        """Return the work of one process."""
        return replace(self, group={**self.group, "dist_rank": rank, "local_rank": local_rank})

    def run(self) -> None:
        """Do the work as one of several processes."""
        import torch

        if not self.ngpu:
            torch.set_num_threads(available_cores(self.processes))
        self.work(self.argument, self.group)
        # Free the model first: later it would end gloo's threads while they may wait for Python.
        gc.collect()
        torch.distributed.destroy_process_group()


def run_task(
    task: type[AbsTask],
    args: argparse.Namespace,
    processes: int = 1,
    nodes: int = 1,
    show_progress: bool = True,
) -> None:
    """Train a model of an ESPnet task, with its output in ``train.log``.

    Every process takes its share of each batch; gradients and metrics are those of the whole batch.

    Parameters
    ----------
    args
        Arguments of the task; see `SharedWork` for ``ngpu``.
    processes, nodes
        See `run_in_processes`.
    show_progress
        Whether progress is shown on the terminal, which no other training uses.
    """
    training = task, args, show_progress
    run_in_processes(_train, training, Path(args.output_dir), args.ngpu, processes, nodes)


def run_in_processes(
    work: Callable[[Any, Mapping[str, Any]], None],
    argument: Any,
    exp: Path,
    ngpu: int,
    processes: int = 1,
    nodes: int = 1,
) -> None:
    """Let every process of a training do its part of the work.

    Parameters
    ----------
    work, argument, exp, ngpu
        See `SharedWork`.
    processes
        Number of processes on each node.
    nodes
        Number of nodes of the Slurm allocation; 1 is this machine, with or without Slurm.

    Raises
    ------
    SentemoError
        When any of the processes fails; the others are ended.
    """
    if processes == nodes == 1:
        work(argument, {})
        return
    # The address is given, because ESPnet cuts names in Slurm's list of nodes at hyphens.
    group = {
        "multiprocessing_distributed": False,  # we start the processes ourselves
        "dist_backend": "nccl" if ngpu else "gloo",
        "dist_world_size": processes * nodes,
        "dist_master_addr": "localhost" if nodes == 1 else _address(_hosts(nodes)[0]),
        "dist_master_port": free_port(),
    }
    shared = SharedWork(work, argument, exp, ngpu, processes, group)
    if nodes > 1:
        _run_on_nodes(shared, processes, nodes)
        return
    ranks = [shared.of_process(rank, rank) for rank in range(processes)]
    for _ in run_in_workers(SharedWork.run, ranks, processes, "Take fewer (--ngpu)"):
        pass


def join(exp: Path) -> None:
    """Train as one of the processes of `run_in_processes`; Slurm's variables say which."""
    shared: SharedWork = pickle.loads((exp / SHARED_WORK).read_bytes())
    shared.of_process(int(os.environ["SLURM_PROCID"]), int(os.environ["SLURM_LOCALID"])).run()


def _run_on_nodes(shared: SharedWork, processes: int, nodes: int) -> None:
    """Start the processes with `srun`, and end them when this one is ended."""
    exp = shared.exp
    with atomic_file(exp / SHARED_WORK, "wb") as stream:
        pickle.dump(shared, stream)
    command = ["srun", f"--nodes={nodes}", f"--ntasks={processes * nodes}"]
    command += [f"--ntasks-per-node={processes}", "--kill-on-bad-exit=1"]
    # This process may be in a step that holds the whole allocation, and bound to some cores.
    command += ["--overlap", "--cpu-bind=none"]
    if cores := os.environ.get("SLURM_CPUS_PER_TASK"):  # srun itself does not read it any more
        command += [f"--cpus-per-task={cores}"]
    command += [sys.executable, "-m", "sentemo.bin.join_training", "--exp", str(exp)]
    before = signal.getsignal(signal.SIGTERM)
    if before == signal.SIG_DFL:  # else the handler of a job that is queued again stays
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with subprocess.Popen(command, preexec_fn=end_with_parent) as process:  # noqa: PLW1509
            try:
                status = process.wait()
            finally:
                process.terminate()
    finally:
        signal.signal(signal.SIGTERM, before)
        (exp / SHARED_WORK).unlink()
    if status != 0:
        raise SentemoError(
            f"{exp}: a process of the training failed (srun ended with {status}); see above and "
            f"{exp / TRAIN_LOG}. When mended, run the same command again."
        )


def _hosts(nodes: int) -> list[str]:
    allocated = os.environ.get("SLURM_JOB_NODELIST")
    if allocated is None:
        raise SentemoError(
            f"--num_nodes {nodes} needs a Slurm allocation of so many nodes: run the recipe within "
            f"salloc --nodes {nodes} or a script of sbatch --nodes {nodes}."
        )
    command = ["scontrol", "show", "hostnames", allocated]
    hosts = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    if len(hosts) < nodes:
        raise SentemoError(f"--num_nodes {nodes}, and the allocation has {len(hosts)}: {allocated}")
    return hosts


def _address(host: str) -> str:
    """Return the address by which Slurm reaches a node; the network may not know its name."""
    command = ["sinfo", "--noheader", f"--nodes={host}", "--format=%o"]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return found[0]


def _train(
    training: tuple[type[AbsTask], argparse.Namespace, bool], group: Mapping[str, Any]
) -> None:
    task, args, show_progress = training
    is_first = group.get("dist_rank", 0) == 0
    with log_to(Path(args.output_dir) / TRAIN_LOG, show_progress and is_first):
        task.main(args=argparse.Namespace(**{**vars(args), **group}))
