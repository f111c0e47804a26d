"""Calibration, abstention and prediction sets, as a row of a table and as sentences of a card."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentemo.core.markdown import in_brackets, percent
from sentemo.report.titles import corpus_and_title

Scores = Mapping[str, Any]
RISK, COVERAGE = 0.1, 0.9  # those of the table and of the card
LIMITS_NOTE = (
    "ECE (in percent) and Brier score of the test probabilities, before and after temperature "
    f"scaling. With `--abstain {RISK:g}`, the share of the test utterances that is answered, and "
    "the share of these answers that is wrong, with its interval over speakers. With "
    f"`--coverage {COVERAGE:g}`, the share of sets that hold the right class, and their mean size. "
    "Temperatures and thresholds were learnt on the validation sides of all folds, without the "
    "utterances that a fold tests."
)


def limits_row(scores: Scores) -> dict[str, str]:
    """Return the row of an experiment."""
    limits = scores["limits"]
    unknown, sets = _at(limits["unknown"], "risk", RISK), _at(limits["sets"], "coverage", COVERAGE)
    before, after = limits["before"], limits["after"]
    return {
        **corpus_and_title(scores),
        "ECE before": percent(before["ece"]),
        "ECE after": percent(after["ece"]),
        "Brier before": f"{before['brier']:.3f}",
        "Brier after": f"{after['brier']:.3f}",
        "answered": percent(unknown["answered"]),
        "of these wrong": percent(unknown["wrong"]),
        "over speakers": in_brackets(unknown["wrong_ci95_speakers"], percent),
        "sets that are right": percent(sets["covered"]),
        "classes in a set": f"{sets['size']:.2f}",
    }


def limits_in_words(scores: Scores) -> list[str]:
    """Return what a card says of a model's answers, as sentences in Markdown."""
    if "limits" not in scores:
        return []
    limits = scores["limits"]
    unknown, sets = _at(limits["unknown"], "risk", RISK), _at(limits["sets"], "coverage", COVERAGE)
    ece = percent(limits["after"]["ece"])
    wrong = unknown["wrong"]
    kept = "" if wrong is None else f", and {percent(wrong)} % of these answers are wrong"
    return [
        f"Its probabilities are {ece} points off the share of right answers (ECE; before "
        f"calibration {percent(limits['before']['ece'])}).",
        f"Asked for a risk of at most {percent(RISK)} % (`--abstain {RISK:g}`), it answers "
        f"{percent(unknown['answered'])} % of the test utterances{kept}.",
        f"Sets of classes with `--coverage {COVERAGE:g}` hold the right class in "
        f"{percent(sets['covered'])} %, and have {sets['size']:.2f} classes on average.",
    ]


def _at(found: Sequence[Mapping[str, Any]], key: str, value: float) -> Mapping[str, Any]:
    """Return what was scored for the value that is nearest to this one."""
    return min(found, key=lambda one: abs(one[key] - value))
