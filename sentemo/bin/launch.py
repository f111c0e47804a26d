"""Run a stage's command here or as a job of Slurm, and record it in a log directory.

Usage:
  python -m sentemo.bin.launch --kind cpu --log exp/asr_ctc/log --cmd_backend slurm \
      -- python -m sentemo.bin.decode_asr --exp exp/asr_ctc …
  python -m sentemo.bin.launch --kind split --log exp/ser_scratch/log --cmd_backend slurm \
      -- python -m sentemo.bin.train --exp exp/ser_scratch …

A command of the kind `split` runs here and submits its parts itself. With --submit_only the number
of the job is printed, and nobody waits for it. Where another command runs in the same directory,
this one is refused, or waits with --wait.
"""

import argparse
import shlex
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.bin.options import add_launch_arguments
from sentemo.core.errors import run_command
from sentemo.core.locks import hold
from sentemo.core.processes import end_with_parent
from sentemo.launch.records import recorded
from sentemo.launch.resources import SLURM
from sentemo.launch.settings import JOB_KINDS, read_slurm_settings
from sentemo.launch.signals import ended_by_signals
from sentemo.launch.task import CommandTask, run_child

if TYPE_CHECKING:
    from sentemo.launch.slurm import SlurmQueue

TRAIN, SPLIT, LOCK = "train", "split", ".lock"


def main(argv: list[str] | None = None) -> None:
    """Run the command that follows ``--``."""
    args = _parse(argv)
    end_with_parent()
    name = args.name or job_name(args.command)
    if args.submit_only:
        print(_queue(args, name).submit([_task(args, name)], after=args.after)[0].job_id)
        return
    with hold(args.log / LOCK, name, args.wait):
        if args.cmd_backend == SLURM and args.kind != SPLIT:
            _run_as_job(args, name)
        else:
            _run_here(args, name)


def _run_here(args: argparse.Namespace, name: str) -> None:
    if args.cmd_backend == SLURM:
        args.command += ["--cmd_backend", SLURM, "--slurm_conf", str(args.slurm_conf)]
    with ended_by_signals(), recorded(args.log / f"{name}.json", shlex.join(args.command)):
        run_child(args.command)


def _run_as_job(args: argparse.Namespace, name: str) -> None:
    from sentemo.launch.watch import JobArray, run_and_watch

    array = JobArray(_queue(args, name), [_task(args, name)], [name])
    for _ in run_and_watch([array], follow=True):
        pass


def _queue(args: argparse.Namespace, name: str) -> "SlurmQueue":
    from sentemo.launch.slurm import SlurmQueue  # submitit, for clusters only

    settings = read_slurm_settings(args.slurm_conf, args.kind)
    if args.kind != TRAIN:  # which alone has GPUs, and several nodes
        return SlurmQueue(settings, args.log, name)
    # What the command is called with.
    ngpu, nodes = _number(args.command, "--ngpu", 0), _number(args.command, "--num_nodes", 1)
    return SlurmQueue(settings, args.log, name, ngpu, nodes)


def _task(args: argparse.Namespace, name: str) -> CommandTask:
    return CommandTask(name, args.log.absolute(), args.command)


def job_name(command: list[str]) -> str:
    """Name a command: train of ``python -m sentemo.bin.train …``, data of ``local/data.sh …``.

    >>> job_name(["python", "-m", "sentemo.bin.study", "train", "--data", "data/all"])
    'study_train'
    """
    if command[:2] != ["python", "-m"]:
        return Path(command[0]).stem
    subcommand = [word for word in command[3:4] if word.isidentifier()]
    return "_".join([command[2].rpartition(".")[2], *subcommand])


def _number(command: list[str], option: str, default: int) -> int:
    given = [value for name, value in pairwise(command) if name == option]
    return int(given[-1]) if given else default


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument(
        "--kind", choices=(*JOB_KINDS, SPLIT), required=True, help="of conf/slurm.yaml"
    )
    parser.add_argument("--log", type=Path, required=True, help="directory of logs and records")
    parser.add_argument("--name", help="of the job (default: after the command)")
    parser.add_argument("--wait", action="store_true", help="for another command in the directory")
    parser.add_argument("--submit_only", action="store_true", help="print the job's number, leave")
    parser.add_argument("--after", nargs="*", default=[], help="jobs that must have succeeded")
    add_launch_arguments(parser)
    parser.add_argument("command", nargs="+", help="after --")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run_command(main)
