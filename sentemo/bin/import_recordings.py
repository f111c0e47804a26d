r"""Take over your own list of recordings as a data directory: ids, sorting and names are made.

SOURCE is a table with the columns that `sentemo train --help` explains, or a folder with a
subfolder for each class.

Usage:
  python -m sentemo.bin.import_recordings labels.csv --dest data/all
  python -m sentemo.bin.import_recordings recordings/ --speaker_from '^(\d\d)' --dest data/all
"""

from pathlib import Path

from sentemo.bin.options import (
    add_convert_argument,
    add_nj_argument,
    command_parser,
)
from sentemo.bin.recordings_options import add_recordings_arguments, recordings_of
from sentemo.core.errors import run_command
from sentemo.report.corpora import print_preparation


def main(argv: list[str] | None = None) -> None:
    """Write the data directory, unless that is done already."""
    parser = command_parser(__doc__, whole=True)
    parser.add_argument("source", type=Path, help="table, or folder with one subfolder per class")
    add_recordings_arguments(parser)
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    add_convert_argument(parser, "convert audio of formats that only the sox program reads")
    add_nj_argument(parser)
    args = parser.parse_args(argv)
    print_preparation(args.dest, recordings_of(args, args.convert_audio).write(args.dest))


if __name__ == "__main__":
    run_command(main)
