"""Activation, valence and dominance as targets: a corpus' rating scale, and the scale of training.

Ratings are learnt as numbers from 0 to 1, so that one learning rate fits all corpora. CCC is the
same on either scale.
"""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import read_text
from sentemo.data.kaldi import Utterance

if TYPE_CHECKING:
    import torch

Array = TypeVar("Array", np.ndarray, "torch.Tensor")

DIMENSIONS = ("activation", "valence", "dominance")


@dataclass(frozen=True)
class Scale:
    """A rating scale from `low` to `high`, the same for every dimension.

    Parameters
    ----------
    low, high
        The ends of the scale.
    slack
        Distance by which a corpus' mean ratings may lie outside of the scale.

    Raises
    ------
    SentemoError
        When a number is not finite, `low` is not below `high`, or the slack is negative.
    """

    low: float
    high: float
    slack: float = 0.0

    def __post_init__(self) -> None:
        if not (-math.inf < self.low < self.high < math.inf and 0 <= self.slack < math.inf):
            raise SentemoError(
                f"{self} is not a scale: give the lowest and the highest rating, and a slack of at "
                "least 0."
            )

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"

    def excess(self, ratings: Iterable[float]) -> float:
        """Return how far the outermost rating lies outside of the scale; at most 0 if inside."""
        return max(max(self.low - rating, rating - self.high) for rating in ratings)

    def to_unit(self, ratings: np.ndarray) -> np.ndarray:
        """Map `low` to 0 and `high` to 1, for arrays of any shape."""
        return (ratings - self.low) / (self.high - self.low)

    def from_unit(self, values: Array) -> Array:
        """Map 0 to `low` and 1 to `high`, for arrays of any shape."""
        return self.low + values * (self.high - self.low)


# Mean ratings in IEMOCAP's release lie at most half a point outside of its scale.
SCALES = {"iemocap": Scale(1, 5, slack=0.5), "msp_podcast": Scale(1, 7)}

USUAL_SCALES = tuple(
    Scale(low, high) for low, high in ((0, 1), (-1, 1), (1, 5), (1, 7), (1, 9), (0, 10), (0, 100))
)


def parse_scale(text: str) -> Scale:
    """Parse the name of a known corpus, or ``LOW,HIGH``, or read a file with that, into a scale.

    Raises
    ------
    SentemoError
        When the text is neither.
    """
    if os.path.isfile(text):
        text = read_text(Path(text)).strip()
    if text in SCALES:
        return SCALES[text]
    try:
        low, high = (float(number) for number in text.split(","))
    except ValueError:
        raise SentemoError(
            f"'{text}' is not a scale: give LOW,HIGH, such as 1,7, or one of {', '.join(SCALES)}."
        ) from None
    return Scale(low, high)


def infer_scale(utterances: Iterable[Utterance]) -> Scale:
    """Return the first of the usual scales that holds all dimensions; else one of whole numbers.

    The ratings cannot tell whether a wider scale was offered, so whoever infers a scale says it.

    Raises
    ------
    SentemoError
        When there are no ratings, or all are one number.
    """
    ratings = [value for utt in utterances if utt.avd for value in utt.avd]
    if not ratings or min(ratings) == max(ratings):
        raise SentemoError("the ratings do not tell their scale. Give --scale LOW,HIGH.")
    for scale in USUAL_SCALES:
        if scale.excess(ratings) <= 0:
            return scale
    return Scale(math.floor(min(ratings)), math.ceil(max(ratings)))


def constant_notes(utterances: Iterable[Utterance]) -> list[str]:
    """Return a note on the dimensions of which all ratings are one number, if any."""
    rated = [utt.avd for utt in utterances if utt.avd]
    constant = [
        f"{name} {min(ratings):g}"
        for name, ratings in zip(DIMENSIONS, zip(*rated, strict=True), strict=False)
        if min(ratings) == max(ratings)
    ]
    if not constant:
        return []
    return [f"all ratings are equal: {', '.join(constant)}; there the CCC is 0, whatever is learnt"]


def dimension_targets(utterances: Sequence[Utterance], scale: Scale) -> dict[str, np.ndarray]:
    """Return each utterance's activation, valence and dominance on the scale of training.

    Parameters
    ----------
    utterances
        Utterances with dimensions, which `read_data_dir` reads from ``utt2avd``.
    scale
        Rating scale of the corpus.

    Returns
    -------
    dict
        Array of shape ``(3,)`` for each utterance, from 0 to 1 except for the slack.

    Raises
    ------
    SentemoError
        Naming the utterances without dimensions, or with a dimension outside of the scale.
    """
    problems = Problems("dimensions")
    targets = {}
    for utt in utterances:
        if utt.avd is None:
            problems.add("no dimensions", utt.id, "no line in utt2avd")
        elif not all(map(math.isfinite, utt.avd)):
            problems.add("not a number", utt.id, _format_dimensions(utt.avd))
        elif scale.excess(utt.avd) > scale.slack:
            problems.add(f"outside of {scale}", utt.id, _format_dimensions(utt.avd))
        else:
            targets[utt.id] = scale.to_unit(np.array(utt.avd))
    problems.raise_if_any("Correct utt2avd or the scale, or leave these utterances out.")
    return targets


def _format_dimensions(avd: Sequence[float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in zip(DIMENSIONS, avd, strict=True))
