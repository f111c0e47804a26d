"""Check any split of recordings: what is on several sides, what is missing or contradictory.

Usage:
  sentemo check-split data/emodb
  sentemo check-split train.json valid.json test.json --audio corpora/ --json
  sentemo check-split data/all --folds folds/loso.tsv --accept sentences

The exit status is 0 when nothing is wrong with the split, 1 when something is, 2 when options are
wrong or a list cannot be read.
"""

import argparse
import json
import sys
from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.bin.recordings_options import add_list_arguments
from sentemo.core.errors import (
    LAYOUT,
    USAGE,
    SentemoError,
    file_error,
    run_command,
    write_line,
)
from sentemo.core.printable import printable
from sentemo.data.split_lists.columns import GUESSES, ListReading
from sentemo.report.split_report import render_split_check
from sentemo.scoring.split_check import KINDS, check_split


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = command_parser(__doc__, whole=True, prog="sentemo check-split")
    parser.add_argument(
        "lists",
        type=Path,
        nargs="+",
        metavar="LISTS",
        help="lists (CSV, TSV, JSON, JSONL, Parquet), folders in the layout of EmoBox, "
        "SpeechBrain, S3PRL or Hugging Face's datasets, or a data directory",
    )
    parser.add_argument("--folds", type=Path, help="fold file of the data directory")
    add_list_arguments(parser, GUESSES, "side=part")
    parser.add_argument(
        "--audio",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="where the recordings are, if not where the lists say; give it several times for "
        "several folders",
    )
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        choices=KINDS,
        help="report this and do not count it as wrong; give it several times for several",
    )
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Print the report, and end with the status that `__doc__` names."""
    args = build_parser().parse_args(argv)
    reading = ListReading(dict(args.column), args.speaker_from, args.audio)
    try:
        report = check_split(args.lists, reading, args.folds, args.accept)
    except (SentemoError, OSError) as error:
        reason = file_error(error) if isinstance(error, OSError) else error
        print(f"error: {printable(str(reason), LAYOUT)}", file=sys.stderr)
        sys.exit(USAGE)
    whole = json.dumps(report, indent=1, ensure_ascii=False) if args.json else ""
    write_line(whole or render_split_check(report))
    sys.exit(1 if report["wrong"] else 0)


if __name__ == "__main__":
    run_command(main)
