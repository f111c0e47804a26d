"""One training in several processes, one per GPU, over ESPnet's distributed data parallel."""

import argparse
import os
from pathlib import Path

from espnet2.tasks.abs_task import AbsTask
from espnet2.train.distributed_utils import free_port

from sentemo.training.logs import TRAIN_LOG, log_to
from sentemo.workers import run_in_workers


def run_task(task: type[AbsTask], args: argparse.Namespace, processes: int = 1) -> None:
    """Train, with everything that it prints in ``train.log`` and its progress on the terminal.

    Every process takes its share of each batch; gradients and metrics are those of the whole.

    Parameters
    ----------
    args
        Of the task. With ``ngpu`` of 1, each process has a GPU of its own; with 0, its share of
        this machine's cores.

    Raises
    ------
    SentemoError
        What any of the processes raises; the others are ended.
    """
    if processes == 1:
        _train(task, args)
        return
    shared = {
        "multiprocessing_distributed": False,  # the processes are started here
        "dist_backend": "nccl" if args.ngpu else "gloo",
        "dist_world_size": processes,
        "dist_master_addr": "localhost",
        "dist_master_port": free_port(),
    }
    ranks = [
        argparse.Namespace(**{**vars(args), **shared, "dist_rank": rank, "local_rank": rank})
        for rank in range(processes)
    ]
    for _ in run_in_workers(_train_rank, [(task, rank) for rank in ranks], processes):
        pass


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
