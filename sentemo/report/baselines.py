"""Chance, and the best baseline of the same data, which a result is compared with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentemo.report.tables import read_scores

Scores = Mapping[str, Any]

SAME = ("corpus", "labels", "protocol")  # what a comparable result has in common


def chance(scores: Scores) -> dict[str, float]:
    """Return WA, UA and macro-F1 of always answering the largest class of the test sides."""
    classes = scores["counts"]["classes"].values()
    largest = max(classes) / sum(classes)
    return {
        "ua": 1 / len(classes),
        "wa": largest,
        "macro_f1": 2 * largest / (1 + largest) / len(classes),  # its recall is 1
    }


def baseline_files(exp: Path) -> list[Path]:
    """Return the scores of the baselines beside an experiment."""
    return sorted(exp.resolve().parent.glob("baseline*/scores.json"))


def best_baseline(exp: Path, scores: Scores) -> dict[str, Any] | None:
    """Return the scores of the baseline with the highest validation UA, of the same utterances.

    None where no baseline was run that is above chance.
    """
    if "labels" not in scores:
        return None
    comparable = [
        found
        for found in read_scores(baseline_files(exp))
        if all(found.get(key) == scores[key] for key in SAME)
        and found["counts"]["utterances"] == scores["counts"]["utterances"]
        and found["valid"]["ua"] > chance(scores)["ua"]
    ]
    return max(comparable, key=lambda found: found["valid"]["ua"], default=None)
