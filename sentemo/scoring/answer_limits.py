"""The limits of a model's answers, learnt on validation: its temperature and its thresholds.

With one threshold of confidence the model answers "unknown" rather than be wrong too often: the
most answers of which at most a given share is wrong (El-Yaniv and Wiener, JMLR 2010; Geifman and
El-Yaniv, NeurIPS 2017). With one threshold of probability it names all classes that may be right,
so that the right one is among them as often as is asked for (Sadinle et al., JASA 2019).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.schema import Between
from sentemo.scoring.predictions import Prediction, probabilities_and_references
from sentemo.scoring.speakers import known_speakers
from sentemo.scoring.temperature import TEMPERATURES, fit_temperature, tempered

UNKNOWN = "unknown"  # the answer of a model that is not sure enough
RISKS = range(1, 51)  # percent of wrong answers that a user may allow
COVERAGES = range(50, 100)  # percent of sets that hold the right class
ONE_SIDED = 1.645  # deviations up to the 95 % bound
DECIMALS = 6  # of thresholds, rounded down
Share = Annotated[float, Between(0, 1)]


@dataclass(frozen=True)
class AnswerLimits:
    """Temperature and thresholds of a model's answers, learnt on validation.

    Attributes
    ----------
    temperature
        Number that divides the logits.
    utterances
        Number of validation utterances that all of this was learnt from.
    unknown
        For each risk of `RISKS` the least confidence of an answer; None where no confidence keeps
        to the risk.
    sets
        For each coverage of `COVERAGES` the least probability of a class that may be right.
    """

    temperature: Annotated[float, Between(*TEMPERATURES)]
    utterances: Annotated[int, Between(1, 1_000_000_000)]
    unknown: Annotated[tuple[Share | None, ...], Between(len(RISKS), len(RISKS))]
    sets: Annotated[tuple[Share, ...], Between(len(COVERAGES), len(COVERAGES))]

    @classmethod
    def learnt(cls, labels: Sequence[str], valid: Sequence[Prediction]) -> "AnswerLimits":
        """Learn them from predictions of utterances that the models did not learn from."""
        temperature = fit_temperature(labels, valid)
        probabilities, references = probabilities_and_references(labels, valid)
        shares = tempered(probabilities, temperature)
        right = shares.argmax(axis=1) == references
        return cls(
            round(temperature, DECIMALS),
            len(valid),
            tuple(
                _rounded(t)
                for t in risk_thresholds(shares.max(axis=1), right, known_speakers(valid))
            ),
            tuple(
                _rounded(t) or 0.0
                for t in set_thresholds(shares[np.arange(len(valid)), references])
            ),
        )

    def at_risk(self, risk: float) -> float | None:
        """Return the least confidence for a risk; None where no confidence keeps to it.

        A part of a percent is cut off.

        Raises
        ------
        SentemoError
            When the risk is none of `RISKS`.
        """
        return self.unknown[_place(int(100 * risk + 1e-9), RISKS, "a risk")]

    def least_confidence(self, risk: float) -> float:
        """Return the same, insisting that there is one.

        Raises
        ------
        SentemoError
            When the risk is none of `RISKS`, or no confidence keeps to it.
        """
        if (least := self.at_risk(risk)) is None:
            kept = [r for r, found in zip(RISKS, self.unknown, strict=True) if found is not None]
            lowest = f"The lowest risk is {kept[0]} %" if kept else "There is no such risk"
            raise SentemoError(
                f"a risk of {100 * risk:g} %: on validation, no confidence kept so few answers "
                f"wrong. {lowest}."
            )
        return least

    def least_probability(self, coverage: float) -> float:
        """Return the least probability of classes in sets that hold the right one so often.

        A part of a percent counts as a whole one.

        Raises
        ------
        SentemoError
            When the coverage is none of `COVERAGES`.
        """
        return self.sets[_place(ceil(100 * coverage - 1e-9), COVERAGES, "a coverage")]


def answer_limits_of(scores: Mapping[str, Any]) -> AnswerLimits | None:
    """Return what scores that `read_scores_file` read say of answers; None if they say nothing."""
    limits: AnswerLimits | None = scores.get("limits", {}).get("answers")
    return limits


def risk_thresholds(
    confidences: np.ndarray, right: np.ndarray, speakers: np.ndarray | None = None
) -> list[float | None]:
    """Return for each risk of `RISKS` the least confidence with which most can be answered.

    What has to keep to the risk is no mean of these utterances but its one-sided 95 % bound for
    new speakers, whose variance is that of a ratio of totals over clusters (Cochran, *Sampling
    Techniques*, 1977, section 2.11). One more error than was seen is assumed, so that a few lucky
    answers promise nothing.

    Parameters
    ----------
    confidences, right
        Confidence of each validation answer, and whether it is right, ``(utterances,)`` each.
    speakers
        Number of each answer's speaker; None where these are unknown or few, and each utterance
        counts as a speaker.
    """
    order = np.argsort(-confidences, kind="stable")
    ordered, wrong = confidences[order], ~right[order]
    groups = np.arange(len(order)) if speakers is None else speakers[order]
    answered, errors = np.arange(1, len(order) + 1), np.cumsum(wrong)
    risks = errors / answered
    # The sum over speakers of (errors - risk * answers)², as it grows with every answer.
    theirs, theirs_wrong = _before(groups, np.ones(len(order))), _before(groups, wrong)
    of_errors = np.cumsum(wrong * (2 * theirs_wrong + 1))
    of_both = np.cumsum(np.where(wrong, theirs + theirs_wrong + 1, theirs_wrong))
    of_answers = np.cumsum(2 * theirs + 1)
    squares = np.maximum(of_errors - 2 * risks * of_both + risks**2 * of_answers, 0)
    count = len(np.unique(groups))
    deviations = np.sqrt(squares * count / max(count - 1, 1)) / answered
    bounds = (errors + 1) / (answered + 1) + ONE_SIDED * deviations
    is_end = np.append(ordered[1:] < ordered[:-1], True)  # equal confidences stay together
    thresholds = [*ordered[:-1].tolist(), 0.0]  # the last one answers everything
    found: list[float | None] = []
    for risk in RISKS:
        kept = np.flatnonzero((bounds <= risk / 100) & is_end)
        found.append(thresholds[kept[-1]] if len(kept) else None)
    return found


def _before(groups: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return for each row the sum of the values of its group in the rows before it."""
    order = np.argsort(groups, kind="stable")
    sums = np.cumsum(values[order]) - values[order]
    starts = np.append(True, groups[order][1:] != groups[order][:-1])
    firsts = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
    found = np.empty(len(order))
    found[order] = sums - sums[firsts]
    return found


def set_thresholds(of_reference: np.ndarray) -> list[float]:
    """Return for each coverage of `COVERAGES` the least probability of a class in the set.

    Parameters
    ----------
    of_reference
        Probability of the right class of each validation utterance, ``(utterances,)``.
    """
    ordered = np.sort(of_reference)
    ranks = [int((len(ordered) + 1) * (100 - coverage) / 100 + 1e-9) for coverage in COVERAGES]
    return [float(ordered[rank - 1]) if rank else 0.0 for rank in ranks]


def class_sets(probabilities: np.ndarray, least: float) -> np.ndarray:
    """Tell which classes are in the set, ``(..., classes)``; the most probable one always is."""
    return (probabilities >= least) | (probabilities == probabilities.max(axis=-1, keepdims=True))


def _rounded(threshold: float | None) -> float | None:
    """Round down, so that what reached the threshold still does."""
    return None if threshold is None else float(np.floor(threshold * 10**DECIMALS) / 10**DECIMALS)


def _place(percent: int, allowed: range, what: str) -> int:
    if percent not in allowed:
        ends = f"{allowed[0] / 100:g} to {allowed[-1] / 100:g}"
        raise SentemoError(f"{what} of {percent / 100:g}: give one from {ends}")
    return percent - allowed[0]
