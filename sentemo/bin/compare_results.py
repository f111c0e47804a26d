"""Compare two experiments on the same test utterances: WA and UA of classes, CCC of dimensions.

Usage:
  python -m sentemo.bin.compare_results exp/ser_scratch exp/ser_frozen_asr_ctc_small
"""

import argparse
from pathlib import Path

from sentemo.core.errors import run_command
from sentemo.report.comparison import compare_experiments


def main(argv: list[str] | None = None) -> None:
    """Print the measures of both experiments, and a test of their difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("a", type=Path, help="experiment directory, A")
    parser.add_argument("b", type=Path, help="experiment directory, B")
    args = parser.parse_args(argv)
    print(compare_experiments(args.a, args.b))


if __name__ == "__main__":
    run_command(main)
