"""Compare two experiments on the same test utterances: McNemar on WA, paired bootstrap on UA.

Usage:
  python -m sentemo.bin.compare_results exp/ser_scratch exp/ser_frozen_asr_ctc_small
"""

import argparse
from pathlib import Path

from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markdown import markdown_table, percent
from sentemo.scoring.comparison import Comparison, compare
from sentemo.scoring.predictions import read_predictions


def main(argv: list[str] | None = None) -> None:
    """Print both rates and how sure their difference is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("a", type=Path, help="experiment directory, A")
    parser.add_argument("b", type=Path, help="experiment directory, B")
    args = parser.parse_args(argv)
    (labels, a), (others, b) = (
        read_predictions(exp / "predictions" / "test.tsv") for exp in (args.a, args.b)
    )
    if labels != others:
        raise SentemoError(
            f"{args.a} has the labels {' '.join(labels)}, {args.b} {' '.join(others)}. "
            "Compare experiments with the same labels file."
        )
    print(render(args.a.resolve().name, args.b.resolve().name, compare(labels, a, b)))


def render(name_a: str, name_b: str, found: Comparison) -> str:
    """Say in a table and a sentence what `compare` found."""
    low, high = found.ua_difference
    rows = [
        [
            "WA",
            *map(percent, found.wa),
            percent(found.wa[0] - found.wa[1]),
            "",
            _p_value(found.mcnemar_p),
        ],
        [
            "UA",
            *map(percent, found.ua),
            percent(found.ua[0] - found.ua[1]),
            f"[{percent(low)}, {percent(high)}]",
            _p_value(found.ua_p),
        ],
    ]
    header = ["percent", f"A: {name_a}", f"B: {name_b}", "A − B", "95 % interval", "p"]
    table = markdown_table(header, rows)
    return (
        f"{table}\n\nOf {found.utterances} utterances, {found.only_a} are right in A alone and "
        f"{found.only_b} in B alone. WA: exact McNemar test; UA: paired bootstrap over utterances."
    )


def _p_value(p: float) -> str:
    return "< 0.001" if p <= 0.001 else f"{p:.3f}"


if __name__ == "__main__":
    run_command(main)
