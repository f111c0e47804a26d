r"""Train on your own recordings, and leave a table, a page and a model.

SOURCE is a table, CSV or TSV in any delimiter, with the columns file and label, and if you have
them speaker, split (train, valid, test), text, activation, valence, dominance, channel, start, end;
paths start from its folder. Or it is a folder with a subfolder for each class.

Usage:
  sentemo train labels.csv
  sentemo train labels.csv --column file=path --column label=emotion --output results
  sentemo train recordings/ --speaker_from '^(\d\d)'

A split in the table is kept. Otherwise one speaker is left out at a time, or one group of speakers
where there are many; without speakers, random parts are tested, and the results warn of it.
"""

import argparse
from pathlib import Path

from sentemo.bin.options import (
    add_nj_argument,
    add_upstream_argument,
    command_parser,
)
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.bin.recordings_options import add_recordings_arguments, recordings_of
from sentemo.core.errors import run_command


def main(argv: list[str] | None = None) -> None:
    """Train the probe and the attention decoder, unless that is done."""
    args = _parser().parse_args(argv)
    from sentemo.own.training import OwnTraining  # imports torch: seconds

    output = args.output or Path(f"{args.source.resolve().stem}-sentemo")
    OwnTraining(
        recordings_of(args, convert_audio=True),
        output,
        upstream=args.upstream or "built-in",
        nj=args.nj,
        overwrite=args.overwrite,
    ).run()


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(__doc__, whole=True, prog="sentemo train")
    add_plugin_argument(parser)
    parser.add_argument("source", type=Path, help="table, or folder with one subfolder per class")
    add_recordings_arguments(parser)
    parser.add_argument(
        "--output", type=Path, help="folder to write (default: <name of SOURCE>-sentemo, here)"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="train again where OUTPUT has other trainings"
    )
    add_upstream_argument(parser)
    add_nj_argument(parser)
    return parser


if __name__ == "__main__":
    run_command(main)
