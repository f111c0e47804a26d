"""Write what `sentemo check-split --json` said of published splits into a page.

Usage:
  python -m sentemo.bin.published_splits --reports docs/splits --readme docs/check-split.md
"""

from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.errors import run_command
from sentemo.report.published_splits import update_split_page


def main(argv: list[str] | None = None) -> None:
    """Replace the blocks of the page that the command line names."""
    parser = command_parser(__doc__, whole=True)
    parser.add_argument("--reports", type=Path, required=True, help="folder of the reports")
    parser.add_argument("--readme", type=Path, required=True, help="the page")
    args = parser.parse_args(argv)
    update_split_page(args.readme, args.reports)


if __name__ == "__main__":
    run_command(main)
