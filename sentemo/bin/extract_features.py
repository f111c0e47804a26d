r"""Compute log-mel filterbank features of a data directory, or bring its audio to one format.

Usage:
  python -m sentemo.bin.extract_features \
      --data data/all --dest dump/fbank80/all --feature_type fbank80 --nj 2

The type raw is 16-bit audio at 16 kHz, raw8000 at 8 kHz: what a checkpoint of ESPnet reads.
"""

import argparse
from pathlib import Path

from sentemo.bin.options import (
    add_launch_arguments,
    add_nj_argument,
    resources_of,
    true_or_false,
)
from sentemo.core.errors import run_command
from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.extraction import extract
from sentemo.data.features import FEATS_JSON, UTT_STATS, feature_dim, raw_rate
from sentemo.data.kaldi import read_data_dir
from sentemo.launch.records import LOG_DIR


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dest", type=Path, required=True, help="feature directory to write")
    parser.add_argument("--feature_type", default="fbank80", help="fbank40, fbank80 or raw")
    add_nj_argument(parser)
    parser.add_argument(
        "--convert_audio",
        type=true_or_false,
        default=False,
        help="true: resample and downmix what is not mono at the type's rate (16 kHz of fbank), "
        "instead of refusing it",
    )
    add_launch_arguments(parser)
    return parser


def main(argv: list[str] | None = None) -> None:
    """Extract the features that the command line names, unless that is done already."""
    args = build_parser().parse_args(argv)
    feature_dim(args.feature_type)  # a misspelt type fails before anything is read
    utterances = read_data_dir(args.data)
    tables = ("wav.scp", "segments", "reco2file_and_channel")
    inputs = [args.data / name for name in tables if (args.data / name).is_file()]
    options = {
        "feature_type": args.feature_type,
        "convert_audio": args.convert_audio,
        "audio": audio_fingerprint(utt.audio for utt in utterances),
    }
    output = args.dest / (UTT_STATS if raw_rate(args.feature_type) is None else FEATS_JSON)
    marker = Marker(args.dest / ".done.json", inputs, options, output)
    if marker.is_current():
        print(f"{args.dest}: up to date")
        return
    workers = resources_of(args).workers(
        "array", args.dest.parent / LOG_DIR, f"features_{args.dest.name}"
    )
    summary = extract(utterances, args.dest, args.feature_type, workers, args.convert_audio)
    marker.write()
    for note in summary["notes"]:
        print(f"{args.dest}: {note}")
    print(
        f"{args.dest}: {args.feature_type} of {summary['utterances']} utterances, "
        f"{summary['hours']:.2f} h"
    )


if __name__ == "__main__":
    run_command(main)
