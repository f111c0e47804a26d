"""The options by which answers know their limits: `--abstain` and `--coverage`."""

import argparse
from collections.abc import Callable

from sentemo.scoring.answer_limits import COVERAGES, RISKS


def add_limit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--abstain` and `--coverage`."""
    parser.add_argument(
        "--abstain",
        type=_share(RISKS),
        metavar="RISK",
        help='answer "unknown" rather than be wrong in more than this share of the answers, such '
        "as 0.1, for speakers like those of validation; others are answered wrongly more often "
        "(default: answer always); see docs/limits.md",
    )
    parser.add_argument(
        "--coverage",
        type=_share(COVERAGES),
        metavar="SHARE",
        help="name all classes that may be right, so that this share of the sets holds the right "
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
