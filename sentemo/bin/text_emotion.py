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
import json
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError, run_command
from sentemo.core.files import write_json
from sentemo.core.markers import command_line
from sentemo.core.provenance import provenance
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import read_counts
from sentemo.data.sentiment import SENTIMENT_JSON, doubt_notes, most_likely, read_sentiment
from sentemo.report.text_emotion import CSV, PICTURE, draw, render_text_emotion, write_csv
from sentemo.scoring.scores_file import write_scores
from sentemo.scoring.text_emotion import compare

TITLE = "Text sentiment against speech emotion (SA2SR, Table 1)"


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

    summary = _read_summary(args.exp)
    sentiment = {utt: most_likely(found) for utt, found in read_sentiment(args.exp).items()}
    found = compare(read_data_dir(args.data), sentiment, args.recipe)
    _describe(args, summary)
    described = {key: summary[key] for key in ("backend", "model", "note", "versions")}
    scores = write_scores(args.exp, "text_sentiment", {**found, "sentiment": described})
    write_csv(args.exp / CSV, {"paper": scores["test"]["rows"], "all": scores["test"]["all"]})
    draw(args.exp / PICTURE, scores)
    print(render_text_emotion(scores))


def _read_summary(exp: Path) -> dict[str, Any]:
    if not (exp / SENTIMENT_JSON).is_file():
        raise SentemoError(
            f"{exp}: no {SENTIMENT_JSON}. Label the transcripts first: "
            f"python -m sentemo.bin.text_sentiment --dest {exp}"
        )
    return json.loads((exp / SENTIMENT_JSON).read_text(encoding="utf-8"))


def _describe(args: argparse.Namespace, summary: dict[str, Any]) -> None:
    """Describe it as trainings are described; the notes say of which transcripts to doubt."""
    counts = read_counts(args.data)
    described = {
        "corpus": args.corpus or counts["corpus"],
        "title": TITLE,
        "protocol": "nothing is trained",
        "seed": None,
        "config": None,
        "asr_model": None,
        "epochs": "none",
        "notes": counts["notes"] + doubt_notes(summary["counts"]),
        "command": command_line(),
        **provenance(),
    }
    write_json(args.exp / "experiment.json", described)


if __name__ == "__main__":
    run_command(main)
