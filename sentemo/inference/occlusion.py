"""Moments that carried an answer: the probability lost when each is silenced.

Unlike attention, which says what a decoder looked at, this says what the answer would have been
without it (Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014).
"""

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.sound import is_silent

if TYPE_CHECKING:
    from sentemo.inference.answers import SpeechEmotionResult
    from sentemo.inference.speech_emotion import SpeechEmotion

AT_ONCE = 16  # bounds the memory


@dataclass(frozen=True)
class Occluded:
    """A moment that was silenced.

    Attributes
    ----------
    start, end
        Seconds within the recording.
    lost
        Probability of the answer less what is left of it; below 0 where the moment spoke against
        the answer.
    """

    start: float
    end: float
    lost: float

    def as_json(self) -> dict[str, float]:
        """Return it for JSON, with rounded numbers."""
        times = {"start": round(self.start, 3), "end": round(self.end, 3)}
        return {**times, "lost": round(self.lost, 4)}


def occlude(
    model: "SpeechEmotion", samples: np.ndarray, result: "SpeechEmotionResult", seconds: float
) -> tuple[Occluded, ...]:
    """Silence one moment after the other, and judge what is left.

    Parameters
    ----------
    samples
        Recording, or part of one, that `result` judges: ``(samples,)`` at the model's rate, full
        scale ±1.
    seconds
        Length of a moment; the last one may be shorter.

    Returns
    -------
    tuple of Occluded
        One for each moment, but for those that are silent anyway, or without which all is silence.

    Raises
    ------
    SentemoError
        When the model learnt no classes.
    """
    if not result.probabilities:
        raise SentemoError(f"{model.description.name}: no classes, whose probability could be lost")
    answer = max(result.probabilities, key=lambda label: result.probabilities[label])
    rate = model.description.sample_rate
    size = max(1, round(seconds * rate))
    moments = ((first, min(first + size, len(samples))) for first in range(0, len(samples), size))
    found: list[Occluded] = []
    while some := list(islice(moments, AT_ONCE)):
        kept = [
            (first, last, rest)
            for first, last in some
            if not is_silent(samples[first:last])
            and not is_silent(rest := _without(samples, first, last))
        ]
        judged = model([rest for _, _, rest in kept], rate)
        assert isinstance(judged, list)
        for (first, last, _), left in zip(kept, judged, strict=True):
            lost = result.probabilities[answer] - left.probabilities[answer]
            found.append(Occluded(result.start + first / rate, result.start + last / rate, lost))
    return tuple(found)


def _without(samples: np.ndarray, first: int, last: int) -> np.ndarray:
    rest = samples.copy()
    rest[first:last] = 0
    return rest
