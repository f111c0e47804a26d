r"""Copy the scores and test predictions of an experiment or study to a recipe's published results.

Usage:
  python -m sentemo.bin.publish --exp exp/ser_probe_built-in --dest results/probe_built_in
  python -m sentemo.bin.results --readme README.md --scores results
"""

from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.errors import run_command
from sentemo.report.publishing import publish


def main(argv: list[str] | None = None) -> None:
    """Copy them, and print the files."""
    parser = command_parser(__doc__)
    parser.add_argument("--exp", type=Path, required=True, help="directory that has a scores.json")
    parser.add_argument(
        "--dest", type=Path, required=True, help="name of the result, without an ending"
    )
    args = parser.parse_args(argv)
    for path in publish(args.exp, args.dest):
        print(path)


if __name__ == "__main__":
    run_command(main)
