"""Check a data directory; count and show everything that is wrong with it.

Usage:
  python -m sentemo.bin.check_data_dir data/all --labels labels.txt --folds folds/loso.tsv
"""

import argparse
from pathlib import Path

from sentemo.bin.options import add_convert_argument, positive_int, true_or_false
from sentemo.core.errors import run_command
from sentemo.data.check import print_check


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("data", type=Path, help="data directory")
    parser.add_argument("--labels", type=Path, help="allowed labels, one per line")
    parser.add_argument("--folds", type=Path, help="fold file that the speakers must fit")
    parser.add_argument(
        "--allow_partial",
        type=true_or_false,
        default=False,
        help="true: a fold file that does not fit the data is a warning",
    )
    parser.add_argument("--sample_rate", type=positive_int, default=16000, help="wanted rate in Hz")
    add_convert_argument(parser, "accept audio that extract_features will resample or downmix")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Check the directory that the command line names and print one line about it."""
    args = build_parser().parse_args(argv)
    print_check(
        args.data,
        args.labels,
        args.folds,
        allow_partial=args.allow_partial,
        sample_rate=args.sample_rate,
        convert_audio=args.convert_audio,
    )


if __name__ == "__main__":
    run_command(main)
