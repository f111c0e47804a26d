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
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentemo.bin.options import (
    add_launch_arguments,
    one_gpu_anywhere,
    resources_of,
    true_or_false,
)
from sentemo.core.errors import run_command
from sentemo.core.files import write_json
from sentemo.core.markers import Marker
from sentemo.data.sentiment import SENTIMENT_JSON, SENTIMENT_TABLE, SENTIMENTS, write_sentiment
from sentemo.data.texts import mostly_not_latin, read_text_table
from sentemo.launch.records import LOG_DIR
from sentemo.proxy.classifier import Classifier, ModelUnavailable
from sentemo.proxy.labelling import Backend, Score, label_texts
from sentemo.proxy.vader import Vader

# RoBERTa trained on sentiment in Twitter, as in SA2SR, whose paper names no checkpoint.
DEFAULT_MODEL = "cardiffnlp/twitter-roberta-base-sentiment-latest"


def label_order(text: str) -> tuple[str, ...]:
    """Read the three sentiments in some order, separated by commas."""
    order = tuple(item.strip() for item in text.split(","))
    if sorted(order) != sorted(SENTIMENTS):
        raise argparse.ArgumentTypeError(f"{text!r} is not an order of {','.join(SENTIMENTS)}")
    return order


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--text", type=Path, required=True, help="table of transcripts")
    parser.add_argument("--dest", type=Path, required=True, help="folder that receives the labels")
    parser.add_argument(
        "--backend",
        choices=("auto", "transformers", "vader"),
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
    return parser


def main(argv: list[str] | None = None) -> None:
    """Write labels of every transcript into the destination, unless they are up to date."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.half and not args.ngpu:
        parser.error("--half true needs --ngpu 1")
    if args.backend == "vader" and (args.model or args.label_order or args.ngpu):
        parser.error("--model, --label_order and --ngpu belong to --backend transformers")

    is_folder = args.model is not None and Path(args.model).is_dir()
    marker = Marker(
        args.dest / ".done.text_sentiment.json",
        [args.text, *([Path(args.model)] if is_folder else [])],
        {
            "backend": args.backend,
            "model": None if is_folder else args.model,
            "label_order": args.label_order,
            "half": args.half,
        },
        args.dest / SENTIMENT_TABLE,
    )
    if marker.is_current():
        print(f"{args.dest}: up to date")
        return
    texts = read_text_table(args.text)
    backend, note = load_backend(args)
    print(f"{args.dest}: {len(texts)} transcripts, {note}", flush=True)
    kept = args.dest / ".text_sentiment.partial"
    workers = resources_of(args).training_workers(
        args.dest / LOG_DIR, "text_sentiment", in_turn=True
    )
    scores = label_texts(texts, backend, kept, workers)
    marker.path.unlink(missing_ok=True)  # it must not vouch for half of what replaces its output
    labels = write_sentiment(args.dest, {utt: score[:3] for utt, score in scores.items()})
    summary = {**backend.description, "note": note, **_summary(texts, scores, labels)}
    write_json(args.dest / SENTIMENT_JSON, summary)
    marker.write()
    kept.unlink()
    print(f"{args.dest}: {', '.join(f'{n} {name}' for name, n in summary['counts'].items())}")


def load_backend(args: argparse.Namespace) -> tuple[Backend, str]:
    """Return what labels the texts, and a note for the results that says which it is and why."""
    if args.backend == "vader":
        return Vader(), "VADER"
    model = args.model or DEFAULT_MODEL
    try:
        return Classifier(model, args.label_order, args.ngpu, args.half), model
    except ModelUnavailable as error:
        if args.backend == "transformers" or args.model:  # a typing error must not go unnoticed
            raise
        return Vader(), f"VADER, for want of the model. {error}"


def _summary(
    texts: Mapping[str, str], scores: Mapping[str, Score], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Count the labels, and count and name the utterances whose labels are none or doubtful."""
    by_label = Counter(labels.values())
    named = {
        "empty": sorted(utt for utt, text in texts.items() if not text),
        "truncated": sorted(utt for utt, score in scores.items() if score.truncated),
        "not_latin": sorted(utt for utt, text in texts.items() if mostly_not_latin(text)),
    }
    counts = {sentiment: by_label[sentiment] for sentiment in SENTIMENTS}
    counts |= {reason: len(utterances) for reason, utterances in named.items()}
    return {"utterances": len(texts), "counts": counts, **named}


if __name__ == "__main__":
    run_command(main)
