"""Scores of predicted sentiment, as a row of a table."""

from collections.abc import Mapping
from typing import Any

from sentemo.core.markdown import coefficient, percent, with_interval
from sentemo.report.titles import corpus_and_title

SENTIMENT_NOTE = (
    "Weighted recall in percent with its bootstrap 95 % interval, AUC (macro, one sentiment "
    "against the rest) and M = CER - AUC, against the proxy labels of the set's transcripts; "
    "the paper reports 71 and 0.81, on a set that it does not name."
)


def sentiment_row(scores: Mapping[str, Any]) -> dict[str, str]:
    """Return an experiment's row in the table of predicted sentiment: cells by column."""
    scored = scores["proxy_sentiment"]
    source = next((note for note in scores["notes"] if note.startswith("proxy sentiment")), "–")
    return {
        **corpus_and_title(scores),
        "set": scores["set"],
        "weighted recall": with_interval(scored["wa"]["pooled"], scored["wa"]["ci95"], percent),
        "AUC": coefficient(scored["auc"]),
        "M": coefficient(scored["cer_minus_auc"]),
        "labels": ", ".join(f"{count} {label}" for label, count in scored["counts"].items()),
        "from": source.removeprefix("proxy sentiment by "),
    }
