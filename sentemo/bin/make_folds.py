"""Write a fold file that leaves one speaker out at a time.

The n-th speaker is tested in fold n, the next one validates, the others train.

Usage:
  python -m sentemo.bin.make_folds --data data/all --dest data/folds.tsv
"""

import argparse
from pathlib import Path

from sentemo.data.kaldi import read_data_dir
from sentemo.data.splits import leave_one_speaker_out, write_folds
from sentemo.errors import run_command


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dest", type=Path, required=True, help="fold file to write")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Write the folds of the speakers in the data; it takes no longer than to check for them."""
    args = build_parser().parse_args(argv)
    folds = leave_one_speaker_out(utt.speaker for utt in read_data_dir(args.data))
    write_folds(args.dest, folds)
    print(f"{args.dest}: {len(folds)} folds, one speaker tested in each")


if __name__ == "__main__":
    run_command(main)
