"""Train as one of several processes that Slurm started: what `--num_nodes` runs on each node.

Usage:
  srun --nodes 2 --ntasks-per-node 4 python -m sentemo.bin.join_training --exp exp/asr_ctc
"""

import argparse
import signal
from pathlib import Path

from sentemo.core.errors import run_command


def main(argv: list[str] | None = None) -> None:
    """Join the training whose arguments lie in the experiment."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    args = parser.parse_args(argv)
    # The process that started this one handles the signal that the job's time is over.
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    from sentemo.training.distributed import join

    join(args.exp)


if __name__ == "__main__":
    run_command(main)
