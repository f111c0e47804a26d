"""Write a fold file for a data directory: its own partition, or leave one speaker out.

Where there is utt2split, its parts train, valid and test are the sides of the only fold. Otherwise
the n-th speaker is tested in fold n, the next one validates, the others train.

Usage:
  python -m sentemo.bin.make_folds --data data/all --dest data/folds.tsv
"""

import argparse
from pathlib import Path

from sentemo.core.errors import run_command
from sentemo.data.fold_files import read_folds, write_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.splits import leave_one_speaker_out, partition


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
    utterances = read_data_dir(args.data)
    if utterances[0].split is not None:
        folds = [partition(utterances)]
        protocol = "The partition of the corpus (utt2split)"
    else:
        folds = leave_one_speaker_out(utt.speaker for utt in utterances)
        protocol = "Leave one speaker out: the next speaker in cyclic order validates"
    write_folds(args.dest, folds, protocol)
    read_folds(args.dest, utterances)  # which refuses what no fold file should say
    print(f"{args.dest}: {protocol}: {len(folds)} fold{'s' * (len(folds) > 1)}")


if __name__ == "__main__":
    run_command(main)
