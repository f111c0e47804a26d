"""Write a fold file for a data directory: its own partition, or leave one speaker or group out.

Where there is utt2split, its parts train, valid and test are the sides of the only fold; parts of
other names are left out one by one. Otherwise the n-th speaker is tested in fold n, the next one
validates, the others train; of more than --max_folds speakers it is so many groups of speakers.

Usage:
  python -m sentemo.bin.make_folds --data data/all --dest data/folds.tsv
"""

import argparse
from pathlib import Path

from sentemo.core.errors import run_command
from sentemo.data.fold_files import read_folds, write_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.labels import read_labels, require_all_classes_everywhere
from sentemo.data.splits import MAX_FOLDS, choose_folds


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument(
        "--labels", type=Path, help="file of the classes, all of which every fold has to train on"
    )
    parser.add_argument("--dest", type=Path, required=True, help="fold file to write")
    parser.add_argument(
        "--max_folds",
        type=_at_least_three,
        default=MAX_FOLDS,
        help=f"most trainings; more speakers are tested in groups (default: {MAX_FOLDS})",
    )
    return parser


def _at_least_three(text: str) -> int:
    if not text.isdecimal() or int(text) < 3:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of folds from 3")
    return int(text)


def main(argv: list[str] | None = None) -> None:
    """Write the folds of the speakers in the data; it takes no longer than to check for them."""
    args = build_parser().parse_args(argv)
    utterances = read_data_dir(args.data)
    folds, protocol = choose_folds(utterances, args.max_folds)
    if args.labels:
        require_all_classes_everywhere(folds, utterances, read_labels(args.labels))
    write_folds(args.dest, folds, protocol)
    read_folds(args.dest, utterances)  # which refuses what no fold file should say
    print(f"{args.dest}: {protocol}: {len(folds)} fold{'s' * (len(folds) > 1)}")


if __name__ == "__main__":
    run_command(main)
