r"""Add copies at other speeds of the utterances that are trained on.

DEST gets all utterances of DATA, and a copy at each factor of those that may be trained on (all, or
where there is utt2split the parts named train…): sp0.9-<utterance> of the speaker sp0.9-<speaker>.

Usage:
  python -m sentemo.bin.perturb_speed --data data/all --factors 0.9,1.1 \
      --dest data/all_sp --audio dump/speed --nj 2
"""

import argparse
import os
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sentemo.bin.options import (
    add_launch_arguments,
    add_nj_argument,
    resources_of,
    true_or_false,
)
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.perturbation import trainable, write_copies
from sentemo.data.preparation import (
    COUNTS,
    prepared_files,
    read_prepared,
    require_replaceable,
    write_data_dir,
)
from sentemo.launch.records import LOG_DIR

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
        if -factor.as_tuple().exponent > DECIMALS:
            raise argparse.ArgumentTypeError(f"{item} has more than {DECIMALS} decimals")
        if factor == 1:
            raise argparse.ArgumentTypeError(f"{item}: the originals are in the data anyway")
        if factor in factors:
            raise argparse.ArgumentTypeError(f"{item} is there twice")
        factors.append(factor)
    return tuple(sorted(factors))


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument(
        "--factors",
        type=speed_factors,
        required=True,
        help=f"of the speed, from {SLOWEST} to {FASTEST}: 0.9,1.1 (0.9 is slower)",
    )
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    parser.add_argument("--audio", type=Path, required=True, help="folder of copies to write")
    add_nj_argument(parser)
    parser.add_argument(
        "--convert_audio",
        type=true_or_false,
        default=False,
        help="true: resample and downmix what is not 16 kHz mono, instead of refusing it",
    )
    add_launch_arguments(parser)
    return parser


def main(argv: list[str] | None = None) -> None:
    """Make the copies that the command line names, unless that is done already."""
    args = build_parser().parse_args(argv)
    if os.path.realpath(args.dest) == os.path.realpath(args.data):
        raise SentemoError(f"{args.dest}: is the source itself; give another --dest")
    source = read_prepared(args.data)
    utterances = source.utterances
    if copies := [utt.id for utt in utterances if utt.original is not None]:
        raise SentemoError(
            f"{args.data}: has {len(copies)} copies at other speeds already ({copies[0]}); "
            "give --data the directory that they were made from"
        )
    inputs = prepared_files(args.data)
    options = {
        "factors": [str(factor) for factor in args.factors],
        "convert_audio": args.convert_audio,
        "audio": audio_fingerprint(utt.audio for utt in utterances),
        "copies": os.path.abspath(args.audio),
    }
    # Two, as either output may be replaced by a run with another --dest or --audio.
    markers = [Marker(folder / ".done.json", inputs, options) for folder in (args.audio, args.dest)]
    if all(marker.is_current() for marker in markers):
        print(f"{args.dest}: up to date")
        return
    require_replaceable(args.dest, COUNTS)  # before the work, not after it
    originals = trainable(utterances)
    workers = resources_of(args).workers(
        "array", args.dest.parent / LOG_DIR, f"speed_{args.dest.name}"
    )
    copies, summary = write_copies(originals, args.factors, args.audio, workers, args.convert_audio)
    short = summary["too_short"]
    notes = _notes(summary, len(originals), len(utterances))
    corpus = replace(
        source,
        utterances=[*utterances, *copies],
        dropped={"copy shorter than one window": short} if short else {},
        notes=[*source.notes, *notes],
    )
    write_data_dir(args.dest, corpus)
    for marker in markers:
        marker.write()
    for note in notes:
        print(f"{args.dest}: {note}")
    print(
        f"{args.dest}: {len(corpus.utterances)} utterances, "
        f"{summary['copies']} of them copies ({summary['hours']:.2f} h)"
    )


def _notes(summary: dict[str, Any], originals: int, utterances: int) -> list[str]:
    notes = [
        f"copies at {', '.join(summary['factors'])} times the speed of {originals} of "
        f"{utterances} utterances, to train on"
    ]
    if summary["clipped_samples"]:
        notes.append(
            f"clipped at full scale: {summary['clipped_samples']} samples "
            f"in {summary['clipped_copies']} of {summary['copies']} copies"
        )
    return notes


if __name__ == "__main__":
    run_command(main)
