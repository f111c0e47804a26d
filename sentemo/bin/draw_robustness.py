r"""Draw what conditions cost, from scores.json files of sentemo.bin.robustness.

Usage:
  python -m sentemo.bin.draw_robustness exp/robustness_probe/scores.json \
      exp/robustness_probe_dg1/scores.json --dest robustness.svg
"""

from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.errors import SentemoError, run_command
from sentemo.report.robustness import measured
from sentemo.report.tables import read_scores
from sentemo.visualization.robustness_picture import draw_robustness

PICTURES = (".svg", ".png", ".pdf")


def main(argv: list[str] | None = None) -> None:
    """Draw the picture, and print its name."""
    parser = command_parser(__doc__, whole=True)
    parser.add_argument("scores", type=Path, nargs="+", help="scores.json of each experiment")
    parser.add_argument("--dest", type=Path, required=True, help="picture: .svg, .png or .pdf")
    args = parser.parse_args(argv)
    if args.dest.suffix not in PICTURES:
        raise SentemoError(f"--dest {args.dest}: draws {', '.join(PICTURES)}")
    draw_robustness(args.dest, measured(read_scores(args.scores)))
    print(args.dest)


if __name__ == "__main__":
    run_command(main)
