r"""Compute log-mel filterbank features of a data directory, or bring its audio to one format.

Usage:
  python -m sentemo.bin.extract_features \
      --data data/all --dest dump/fbank80/all --feature_type fbank80 --nj 2

The type raw is 16-bit audio at 16 kHz, raw8000 at 8 kHz: what a checkpoint of ESPnet reads.
"""

from pathlib import Path

from sentemo.bin.options import (
    add_convert_argument,
    add_launch_arguments,
    add_nj_argument,
    command_parser,
    resources_of,
)
from sentemo.core.errors import run_command
from sentemo.data.feature_directory import extract_features


def main(argv: list[str] | None = None) -> None:
    """Extract the features that the command line names, unless that is done already."""
    parser = command_parser(__doc__, whole=True)
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dest", type=Path, required=True, help="feature directory to write")
    parser.add_argument("--feature_type", default="fbank80", help="fbank40, fbank80 or raw")
    add_nj_argument(parser)
    add_convert_argument(
        parser,
        "resample and downmix what is not mono at the type's rate (16 kHz of fbank), "
        "instead of refusing it",
    )
    add_launch_arguments(parser)
    args = parser.parse_args(argv)
    extract_features(
        args.data, args.dest, resources_of(args), args.feature_type, args.convert_audio
    )


if __name__ == "__main__":
    run_command(main)
