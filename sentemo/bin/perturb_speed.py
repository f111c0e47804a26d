r"""Add copies at other speeds of the utterances that are trained on.

DEST gets all utterances of DATA, and a copy at each factor of those that may be trained on (all, or
where there is utt2split the parts named train…): sp0.9-<utterance> of the speaker sp0.9-<speaker>.

Usage:
  python -m sentemo.bin.perturb_speed --data data/all --factors 0.9,1.1 \
      --dest data/all_sp --audio dump/speed --nj 2
"""

import argparse
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sentemo.bin.options import (
    add_convert_argument,
    add_launch_arguments,
    add_nj_argument,
    command_parser,
    resources_of,
)
from sentemo.core.errors import run_command
from sentemo.data.speed_copies import add_copies

SLOWEST, FASTEST, DECIMALS = Decimal("0.5"), Decimal(2), 2


def speed_factors(text: str) -> tuple[Decimal, ...]:
    """Read factors of the speed, separated by commas."""
    factors: list[Decimal] = []
    for item in text.split(","):
        try:
            factor = Decimal(item.strip()).normalize()  # 0.90 is 0.9
        except InvalidOperation:
            raise argparse.ArgumentTypeError(f"{item!r} is not a number; try 0.9,1.1") from None
        if not factor.is_finite() or not SLOWEST <= factor <= FASTEST:
            raise argparse.ArgumentTypeError(f"{item} is not from {SLOWEST} to {FASTEST}")
        if factor != round(factor, DECIMALS):
            raise argparse.ArgumentTypeError(f"{item} has more than {DECIMALS} decimals")
        if factor == 1:
            raise argparse.ArgumentTypeError(f"{item}: the originals are in the data anyway")
        if factor in factors:
            raise argparse.ArgumentTypeError(f"{item} is there twice")
        factors.append(factor)
    return tuple(sorted(factors))


def main(argv: list[str] | None = None) -> None:
    """Make the copies that the command line names, unless that is done already."""
    parser = command_parser(__doc__, whole=True)
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument(
        "--factors",
        type=speed_factors,
        required=True,
        help=f"factors of the speed, from {SLOWEST} to {FASTEST}: 0.9,1.1 (0.9 is slower)",
    )
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    parser.add_argument("--audio", type=Path, required=True, help="folder of copies to write")
    add_nj_argument(parser)
    add_convert_argument(
        parser, "resample and downmix what is not 16 kHz mono, instead of refusing it"
    )
    add_launch_arguments(parser)
    args = parser.parse_args(argv)
    add_copies(
        args.data, args.dest, args.audio, args.factors, resources_of(args), args.convert_audio
    )


if __name__ == "__main__":
    run_command(main)
