"""Write a data directory with activation, valence and dominance in place of classes, as a proxy.

All utterances of a class get the published values of the word for it (Russell and Mehrabian, 1977),
on a scale from 1 to 7. egs/own takes the directory, with the folds of the corpus:

Usage:
  python -m sentemo.bin.class_dimensions --data egs/emodb/data/all --dest emodb_by_class
  egs/own/run.sh --data_dir emodb_by_class --work_dir DIR --task dimensional --scale msp_podcast \
      --folds egs/emodb/folds/loso.tsv --experiment sa2sr
"""

from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.errors import run_command
from sentemo.data.class_dimensions import NOTE, SCALE, write_class_dimensions


def main(argv: list[str] | None = None) -> None:
    """Write the directory, and say what it is."""
    parser = command_parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data directory with classes")
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    args = parser.parse_args(argv)
    count = write_class_dimensions(args.data, args.dest)
    print(f"{args.dest}: {count} utterances, --scale {SCALE}; {NOTE}")


if __name__ == "__main__":
    run_command(main)
