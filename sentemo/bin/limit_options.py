"""The options of abstention and of sets of classes: `--abstain` and `--coverage`."""

import argparse
from collections.abc import Callable

from sentemo.scoring.answer_limits import COVERAGES, RISKS


def add_limit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--abstain` and `--coverage`."""
    parser.add_argument(
        "--abstain",
        type=_share(RISKS),
        metavar="RISK",
        help='answer "unknown" where needed, so that at most this share of the answers is wrong, '
        "such as 0.1; this holds for speakers like those of validation, see docs/limits.md "
        "(default: answer always)",
    )
    parser.add_argument(
        "--coverage",
        type=_share(COVERAGES),
        metavar="SHARE",
        help="print all classes that may be right, so that this share of the sets holds the right "
        "one, such as 0.9",
    )


def _share(percents: range) -> Callable[[str], float]:
    low, high = percents[0] / 100, percents[-1] / 100

    def read(text: str) -> float:
        try:
            share = float(text)
        except ValueError:
            share = -1.0
        if not low <= share <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {low:g} to {high:g}")
        return share

    return read
