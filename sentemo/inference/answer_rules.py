"""From probabilities to an answer: a class or "unknown", and on request a set of classes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.inference.description import Description
from sentemo.scoring.answer_limits import UNKNOWN, AnswerLimits, class_sets


@dataclass(frozen=True)
class ClassSet:
    """The classes that may be right.

    Attributes
    ----------
    labels
        The classes, the most probable one first.
    coverage
        Share of such sets that held the right class on validation.
    """

    labels: tuple[str, ...]
    coverage: float


@dataclass(frozen=True)
class AnswerRules:
    """Thresholds of a model's answers, as its user chose them.

    Attributes
    ----------
    least_confidence
        Least probability of the most probable class; below it, the answer is `UNKNOWN`.
    least_probability
        Least probability of a class in the set; None where no sets are wanted.
    coverage
        Share of the sets that shall hold the right class.
    """

    least_confidence: float = 0.0
    least_probability: float | None = None
    coverage: float = 1.0

    @classmethod
    def of(
        cls, described: Description, abstain: float | None = None, coverage: float | None = None
    ) -> "AnswerRules":
        """Return the rules of a model for its user's options.

        Parameters
        ----------
        abstain
            Share of the answers that may be wrong; None answers always.
        coverage
            Share of the sets of classes that shall hold the right one; None gives no sets.

        Raises
        ------
        SentemoError
            When the model has no thresholds, or none for these shares.
        """
        if abstain is None and coverage is None:
            return cls()
        limits = described.limits
        if limits is None:
            raise SentemoError(
                f"{described.name}: has no thresholds of validation, so it can neither answer "
                f'"{UNKNOWN}" nor name sets of classes. Score the experiment and pack it again '
                "(stages score and pack)."
            )
        try:
            return cls._within(limits, abstain, coverage)
        except SentemoError as error:
            raise SentemoError(f"{described.name}: {error}") from None

    @classmethod
    def _within(
        cls, limits: AnswerLimits, abstain: float | None, coverage: float | None
    ) -> "AnswerRules":
        return cls(
            0.0 if abstain is None else limits.least_confidence(abstain),
            None if coverage is None else limits.least_probability(coverage),
            1.0 if coverage is None else coverage,
        )

    def label_of(self, shares: Mapping[str, float]) -> str | None:
        """Return the most probable class, or `UNKNOWN`; None where no class is learnt."""
        if not shares:
            return None
        label = max(shares, key=shares.__getitem__)
        return label if shares[label] >= self.least_confidence else UNKNOWN

    def set_of(self, shares: Mapping[str, float]) -> ClassSet | None:
        """Return the classes that may be right; None where no sets are wanted."""
        if self.least_probability is None or not shares:
            return None
        inside = class_sets(np.array([*shares.values()]), self.least_probability)
        named = [label for label, is_in in zip(shares, inside, strict=True) if is_in]
        named.sort(key=lambda label: -shares[label])
        return ClassSet(tuple(named), self.coverage)
