"""Write report.html: an experiment as one page, with its utterances to look through.

Usage:
  python -m sentemo.bin.report --exp exp/ser_scratch --data data/all
  python -m sentemo.bin.report --exp exp/ser_scratch --data data/all --audio true
"""

import argparse
from pathlib import Path

from sentemo.bin.options import true_or_false
from sentemo.core.errors import run_command
from sentemo.report.report_file import write_report


def main(argv: list[str] | None = None) -> None:
    """Write the page, unless it is that of these very predictions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--exp", type=Path, required=True, help="scored experiment directory")
    parser.add_argument("--data", type=Path, required=True, help="its data directory")
    parser.add_argument(
        "--audio",
        type=true_or_false,
        default=False,
        help="embed the utterances' sound, about 6 kB for each second (default: false)",
    )
    args = parser.parse_args(argv)
    write_report(args.exp, args.data, args.audio)


if __name__ == "__main__":
    run_command(main)
