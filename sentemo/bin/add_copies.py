r"""Add copies of the utterances that are trained on: at other speeds, or degraded.

DEST gets all utterances of DATA, and copies of those that may be trained on (all, or where there is
utt2split the parts named train…): sp0.9-<utterance> of the speaker sp0.9-<speaker> is slower,
dg1-<utterance> comes from another room, microphone or line.

Usage:
  python -m sentemo.bin.add_copies --data data/all --factors 0.9,1.1 --degraded 1 \
      --dest data/all_sp0.9_1.1_dg1 --audio dump/copies --nj 2
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
from sentemo.data.copies import add_copies
from sentemo.data.degradation import Degradation
from sentemo.data.perturbation import CopyMaker, Speed

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
        default=(),
        help=f"factors of the speed, from {SLOWEST} to {FASTEST}: 0.9,1.1 (0.9 is slower)",
    )
    parser.add_argument(
        "--degraded",
        type=int,
        choices=range(10),
        default=0,
        help="number of degraded copies of each utterance",
    )
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    parser.add_argument("--audio", type=Path, required=True, help="folder of copies to write")
    add_nj_argument(parser)
    add_convert_argument(
        parser, "resample and downmix what is not 16 kHz mono, instead of refusing it"
    )
    add_launch_arguments(parser)
    args = parser.parse_args(argv)
    makers: list[CopyMaker] = [
        *(Speed(factor) for factor in args.factors),
        *(Degradation(number) for number in range(1, args.degraded + 1)),
    ]
    if not makers:
        parser.error("no copies: give --factors, --degraded or both")
    add_copies(args.data, args.dest, args.audio, makers, resources_of(args), args.convert_audio)


if __name__ == "__main__":
    run_command(main)
