r"""Label the sentiment of every transcript: negative, neutral or positive, with probabilities.

Proxy labels to pre-train on (SA2SR, section 3.2). DEST gets utt2sentiment, utt2sentiment_probs and
sentiment.json, which says what they come from. An utterance without words gets no label.

Usage:
  python -m sentemo.bin.text_sentiment --text data/all/text --dest exp/sentiment
  python -m sentemo.bin.text_sentiment --text data/all/text --dest exp/sentiment \
      --backend transformers --model cardiffnlp/twitter-roberta-base-sentiment \
      --label_order negative,neutral,positive --ngpu 1 --half true
"""

import argparse
from pathlib import Path

from sentemo.bin.options import (
    add_launch_arguments,
    command_parser,
    one_gpu_anywhere,
    resources_of,
    true_or_false,
)
from sentemo.core.errors import run_command
from sentemo.data.sentiment import SENTIMENTS
from sentemo.proxy.transcripts import BACKENDS, DEFAULT_MODEL, Labeller, label_transcripts


def label_order(text: str) -> tuple[str, ...]:
    """Read the three sentiments in some order, separated by commas."""
    order = tuple(item.strip() for item in text.split(","))
    if sorted(order) != sorted(SENTIMENTS):
        raise argparse.ArgumentTypeError(f"{text!r} is not an order of {','.join(SENTIMENTS)}")
    return order


def main(argv: list[str] | None = None) -> None:
    """Write labels of every transcript into the destination, unless they are up to date."""
    parser = command_parser(__doc__, whole=True)
    parser.add_argument("--text", type=Path, required=True, help="table of transcripts")
    parser.add_argument("--dest", type=Path, required=True, help="folder that receives the labels")
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="auto",
        help="auto: transformers, or vader where there is no --model and the default one cannot "
        "be loaded",
    )
    parser.add_argument(
        "--model",
        help="sequence classifier, a directory or a name on the Hugging Face Hub; by default "
        f"{DEFAULT_MODEL}",
    )
    parser.add_argument(
        "--label_order",
        type=label_order,
        help="of the model's classes, where its config does not name them: negative,neutral,…",
    )
    parser.add_argument(
        "--ngpu",
        type=one_gpu_anywhere,
        default=0,
        help="1 runs the model on the GPU, 0 on the CPU",
    )
    parser.add_argument(
        "--half", type=true_or_false, default=False, help="true: half precision, on the GPU"
    )
    add_launch_arguments(parser)
    args = parser.parse_args(argv)
    if args.half and not args.ngpu:
        parser.error("--half true needs --ngpu 1")
    if args.backend == "vader" and (args.model or args.label_order or args.ngpu):
        parser.error("--model, --label_order and --ngpu belong to --backend transformers")
    labeller = Labeller(args.backend, args.model, args.label_order, args.half)
    label_transcripts(args.text, args.dest, labeller, resources_of(args))


if __name__ == "__main__":
    run_command(main)
