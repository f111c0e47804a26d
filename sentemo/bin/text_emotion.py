r"""Compare the sentiment of what is said with the emotion of how it is said (SA2SR, Table 1).

EXP holds the labels that sentemo.bin.text_sentiment gave to the data's transcripts; it gets
scores.json, confusion.csv and confusion.png.

Usage:
  python -m sentemo.bin.text_sentiment --text data/release/text --dest exp/text_sentiment_vader \
      --backend vader
  python -m sentemo.bin.text_emotion --data data/release --exp exp/text_sentiment_vader \
      --recipe iemocap
"""

import argparse
from pathlib import Path

from sentemo.core.errors import run_command
from sentemo.experiment.text_emotion import score_text_emotion
from sentemo.report.text_emotion import report_text_emotion


def main(argv: list[str] | None = None) -> None:
    """Write `scores.json`, the tables and the picture of a labelled corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="data directory with labels and transcripts"
    )
    parser.add_argument(
        "--exp", type=Path, required=True, help="folder with the transcripts' sentiment"
    )
    parser.add_argument("--recipe", default="", help="whose published numbers to show")
    parser.add_argument("--corpus", default="", help="named in the results")
    args = parser.parse_args(argv)
    scores = score_text_emotion(args.exp, args.data, args.recipe, args.corpus)
    print(report_text_emotion(args.exp, scores))


if __name__ == "__main__":
    run_command(main)
