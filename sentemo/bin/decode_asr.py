"""Decode the test side of an ASR experiment's fold with the best epoch's weights.

Of an SA2SR model, the sentiment of the test side is predicted too: sentiment_test.tsv.

Usage:
  python -m sentemo.bin.decode_asr --data data/all --dump dump/fbank80/all \
      --folds folds/test-clean.tsv --exp exp/asr_ctc_small --beam_size 10
"""

from pathlib import Path

from sentemo.bin.options import (
    add_recogniser_arguments,
    command_parser,
    positive_int,
    resources_of,
)
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.errors import run_command
from sentemo.experiment.asr import ASRExperiment


def main(argv: list[str] | None = None) -> None:
    """Write `decode_test/`, and for SA2SR `sentiment_test.tsv`."""
    parser = command_parser(__doc__)
    add_plugin_argument(parser)
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="its feature directory")
    parser.add_argument(
        "--folds", type=Path, required=True, help="fold file; its first fold counts"
    )
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument(
        "--beam_size", type=positive_int, default=1, help="width of the beam search; 1 is greedy"
    )
    add_recogniser_arguments(parser)
    args = parser.parse_args(argv)
    experiment = ASRExperiment(args.exp, args.data, args.dump, args.folds, resources_of(args))
    experiment.decode(args.beam_size)


if __name__ == "__main__":
    run_command(main)
