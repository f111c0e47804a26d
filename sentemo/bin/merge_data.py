r"""Merge several corpora into one, whose speakers all train, validate and test in turn.

Usage:
  python -m sentemo.bin.merge_data --data data/emodb --data data/nemo --labels labels.txt \
      --name "EmoDB and nEMO" --dest data/all
  python -m sentemo.bin.merge_data --data data/emodb --data data/urdu --labels labels.txt \
      --maps maps --name "EmoDB and Urdu" --dest data/all
"""

from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.errors import run_command
from sentemo.data.merging import merge_directories


def main(argv: list[str] | None = None) -> None:
    """Write the data directory that the command line describes, unless that is done already."""
    parser = command_parser(__doc__)
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="data directory of a corpus"
    )
    parser.add_argument("--labels", type=Path, required=True, help="labels.txt")
    parser.add_argument(
        "--maps",
        type=Path,
        metavar="FOLDER",
        help="folder of maps of labels: urdu.tsv has lines such as 'Angry angry' for a corpus urdu",
    )
    parser.add_argument("--name", required=True, help="name of the whole in results")
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    args = parser.parse_args(argv)
    merge_directories(args.data, args.dest, args.labels, args.name, args.maps)


if __name__ == "__main__":
    run_command(main)
