r"""Put other corpora beside a corpus' own utterances, on the training side of every fold.

Usage:
  python -m sentemo.bin.combine_data --data data/all --labels labels.txt \
      --add ../iemocap/data/all --add ../msp_podcast/data/all --dest data/all_with_both
  python -m sentemo.bin.combine_data --data data/release --scale msp_podcast \
      --add ../iemocap/data/release iemocap --dest data/release_with_iemocap
"""

from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.errors import run_command
from sentemo.data.combined_directory import combine_directories


def main(argv: list[str] | None = None) -> None:
    """Write the data directory that the command line describes, unless that is done already."""
    parser = command_parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="of the corpus that is tested")
    parser.add_argument(
        "--add",
        nargs="+",
        action="append",
        required=True,
        metavar=("DIR", "SCALE"),
        help="data directory to train on, and the scale of its dimensions where they are learnt",
    )
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    parser.add_argument("--labels", type=Path, help="labels.txt, where classes are learnt")
    parser.add_argument("--scale", help="of the corpus, where dimensions are learnt")
    args = parser.parse_args(argv)
    combine_directories(args.data, args.add, args.dest, args.labels, args.scale)


if __name__ == "__main__":
    run_command(main)
