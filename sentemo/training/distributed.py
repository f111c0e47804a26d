"""One training in several processes, one per GPU, over ESPnet's distributed data parallel."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import yaml
from espnet2.tasks.abs_task import AbsTask
from espnet2.train.distributed_utils import free_port
from espnet2.utils.yaml_no_alias_safe_dump import yaml_no_alias_safe_dump

from sentemo.errors import SentemoError
from sentemo.stages import atomic_file
from sentemo.training.logs import TRAIN_LOG, log_to
from sentemo.workers import run_in_workers

ARGUMENTS = "arguments.yaml"  # of a training on several nodes, for its processes


def run_task(
    task: type[AbsTask], args: argparse.Namespace, processes: int = 1, nodes: int = 1
) -> None:
    """Train, with everything that it prints in ``train.log`` and its progress on the terminal.

    Every process takes its share of each batch; gradients and metrics are those of the whole.

    Parameters
    ----------
    args
        Of the task. With ``ngpu`` of 1, each process has a GPU of its own; with 0, its share of
        its machine's cores.
    processes
        On each node.
    nodes
        Of the Slurm allocation that this process is in; 1 is this machine, with or without Slurm.

    Raises
    ------
    SentemoError
        What any of the processes raises; the others are ended.
    """
    if nodes > 1:
        _run_on_nodes(args, processes, nodes)
    elif processes > 1:
        shared = {**_shared(args, processes), "dist_master_addr": "localhost"}
        ranks = [
            argparse.Namespace(**{**vars(args), **shared, "dist_rank": rank, "local_rank": rank})
            for rank in range(processes)
        ]
        for _ in run_in_workers(_train_rank, [(task, rank) for rank in ranks], processes):
            pass
    else:
        _train(task, args)


def join(exp: Path) -> None:
    """Train as the process that Slurm's variables say this is; see `run_task`."""
    from sentemo.tasks.sa2sr import recognition_task

    loaded = yaml.safe_load((exp / ARGUMENTS).read_text(encoding="utf-8"))
    rank = {"dist_rank": "SLURM_PROCID", "local_rank": "SLURM_LOCALID"}
    loaded |= {name: int(os.environ[variable]) for name, variable in rank.items()}
    _train_rank((recognition_task(loaded["model"]), argparse.Namespace(**loaded)))


def _shared(args: argparse.Namespace, processes: int) -> dict[str, object]:
    """Return the arguments that say how the processes find each other."""
    return {
        "multiprocessing_distributed": False,  # the processes are started here
        "dist_backend": "nccl" if args.ngpu else "gloo",
        "dist_world_size": processes,
        "dist_master_port": free_port(),
    }


def _run_on_nodes(args: argparse.Namespace, processes: int, nodes: int) -> None:
    """Start the processes with `srun`, and end them when this one is ended."""
    exp = Path(args.output_dir)
    hosts = _hosts(nodes)
    # ESPnet's own reading of Slurm's list of nodes cuts names at hyphens.
    found = {**_shared(args, processes * nodes), "dist_master_addr": _address(hosts[0])}
    with atomic_file(exp / ARGUMENTS) as stream:
        yaml_no_alias_safe_dump({**vars(args), **found}, stream)
    command = ["srun", f"--nodes={nodes}", f"--ntasks={processes * nodes}"]
    command += [f"--ntasks-per-node={processes}", "--kill-on-bad-exit=1"]
    command += ["--overlap"]  # this process may be in a step itself, with all of the allocation
    command += [sys.executable, "-m", "sentemo.bin.join_training", "--exp", str(exp)]
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with subprocess.Popen(command) as process:
            try:
                status = process.wait()
            finally:
                process.terminate()
    finally:
        signal.signal(signal.SIGTERM, before)
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
    """Return where Slurm itself reaches a node, whose name need not be known to the network."""
    command = ["sinfo", "--noheader", f"--nodes={host}", "--format=%o"]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return found[0]


def _train_rank(job: tuple[type[AbsTask], argparse.Namespace]) -> None:
    import torch

    task, args = job
    if not args.ngpu:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // args.dist_world_size))
    _train(task, args, is_first=args.dist_rank == 0)
    torch.distributed.destroy_process_group()


def _train(task: type[AbsTask], args: argparse.Namespace, is_first: bool = True) -> None:
    with log_to(Path(args.output_dir) / TRAIN_LOG, show_progress=is_first):
        task.main(args=args)
