"""Calibration, the answer "unknown" and sets of classes, scored on the test sides.

Temperature and thresholds of a fold are learnt on the validation sides of all folds, without the
utterances that the fold tests. One validation side is often one speaker, from whom the confidence
for the next speaker cannot be learnt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sentemo.scoring.answer_limits import AnswerLimits, class_sets
from sentemo.scoring.calibration import brier_score, expected_calibration_error, reliability
from sentemo.scoring.intervals import Interval
from sentemo.scoring.predictions import Prediction, probabilities_and_references
from sentemo.scoring.speakers import known_speakers, mean_of_classes_interval
from sentemo.scoring.temperature import at_temperature

SHOWN_RISKS = (0.05, 0.1, 0.2)
SHOWN_COVERAGES = (0.8, 0.9, 0.95)


@dataclass(frozen=True)
class LimitedFold:
    """A fold's test predictions at its temperature, and the limits that validation gave it."""

    limits: AnswerLimits
    test: list[Prediction]


def limited_folds(
    labels: Sequence[str], valid: Sequence[Prediction], test: Sequence[Prediction]
) -> dict[int, LimitedFold]:
    """Learn each fold's limits on validation, and apply its temperature to its test side."""
    found = {}
    for fold in sorted({p.fold for p in test}):
        theirs = [p for p in test if p.fold == fold]
        tested = {p.utterance for p in theirs}
        limits = AnswerLimits.learnt(labels, [p for p in valid if p.utterance not in tested])
        found[fold] = LimitedFold(limits, at_temperature(theirs, limits.temperature))
    return found


def score_limits(
    labels: Sequence[str],
    valid: Sequence[Prediction],
    test: Sequence[Prediction],
    folds: Mapping[int, LimitedFold],
) -> dict[str, Any]:
    """Score the probabilities, the answers "unknown" and the sets of classes on the test sides.

    Parameters
    ----------
    folds
        What `limited_folds` returns for these predictions.

    Returns
    -------
    dict
        ``before`` and ``after`` temperature scaling: ``ece`` and ``brier``. ``temperatures`` by
        fold. ``unknown``: for some risks the share that is ``answered``, and the share of it that
        is ``wrong``. ``sets``: for some coverages the share of sets in which the right class is
        ``covered``, and their mean ``size``. ``answers``: the `AnswerLimits` of a model of all
        data, from all validation sides.
    """
    return {
        "before": _calibration(labels, test),
        "after": _calibration(labels, [p for found in folds.values() for p in found.test]),
        "temperatures": [
            {"fold": fold, "temperature": found.limits.temperature} for fold, found in folds.items()
        ],
        "unknown": [_with_unknown(folds, risk) for risk in SHOWN_RISKS],
        "sets": [_with_sets(labels, folds, coverage) for coverage in SHOWN_COVERAGES],
        "answers": asdict(AnswerLimits.learnt(labels, valid)),
    }


def _calibration(labels: Sequence[str], predictions: Sequence[Prediction]) -> dict[str, float]:
    shares, references = probabilities_and_references(labels, predictions)
    right = shares.argmax(axis=1) == references
    return {
        "ece": expected_calibration_error(reliability(shares.max(axis=1), right)),
        "brier": brier_score(shares, references),
    }


def _with_unknown(folds: Mapping[int, LimitedFold], risk: float) -> dict[str, Any]:
    """Score the answers of at most this risk; a fold whose validation allows none has none."""
    answered: list[Prediction] = []
    for found in folds.values():
        least = found.limits.at_risk(risk)
        answered += [p for p in found.test if least is not None and max(p.probabilities) >= least]
    total = sum(len(found.test) for found in folds.values())
    wrong = [p.label != p.predicted for p in answered]
    return {
        "risk": risk,
        "answered": len(answered) / total,
        "wrong": float(np.mean(wrong)) if wrong else None,
        "wrong_ci95_speakers": _over_speakers(answered, wrong),
    }


def _over_speakers(answered: Sequence[Prediction], wrong: Sequence[bool]) -> Interval | None:
    """Return the interval of the share that is wrong over speakers; None where these are few."""
    speakers = known_speakers(answered)
    if speakers is None:
        return None
    sums = np.bincount(speakers, weights=np.array(wrong, float))[:, None]
    return mean_of_classes_interval(sums, np.bincount(speakers)[:, None])


def _with_sets(
    labels: Sequence[str], folds: Mapping[int, LimitedFold], coverage: float
) -> dict[str, float]:
    covered: list[np.ndarray] = []
    sizes: list[np.ndarray] = []
    for found in folds.values():
        shares, references = probabilities_and_references(labels, found.test)
        inside = class_sets(shares, found.limits.least_probability(coverage))
        covered.append(inside[np.arange(len(inside)), references])
        sizes.append(inside.sum(axis=1))
    return {
        "coverage": coverage,
        "covered": float(np.concatenate(covered).mean()),
        "size": float(np.concatenate(sizes).mean()),
    }
