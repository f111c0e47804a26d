"""Words and moments that carried an answer: the probability lost when each is silenced.

Unlike attention, which shows the weights of a decoder, this measures what the answer would have
been without a piece (Zeiler and Fergus, "Visualizing and understanding convolutional networks",
2014).
"""

from collections.abc import Sequence

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.sound import is_silent
from sentemo.data.word_times import Word
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.judging import Judge
from sentemo.inference.occluded import Occluded
from sentemo.visualization.word_attention import mean_within, relative

BY_WORDS = "words"
Piece = tuple[float, float, str | None]  # start and end in seconds, and the word if it is one


def pieces_by(by: float | str | Sequence[Word], result: SpeechEmotionResult) -> list[Piece]:
    """Return what is to be silenced in the recording of a result, one after the other.

    Parameters
    ----------
    by
        Length of a moment in seconds, of which the last one may be shorter; `BY_WORDS`, the words
        that the result has; or other words, with times from the result's start.

    Raises
    ------
    SentemoError
        When it is none of these.
    """
    if isinstance(by, str):
        if by != BY_WORDS:
            raise SentemoError(f'{by!r}: give "{BY_WORDS}", words, or a number of seconds.')
        by = result.words
    if isinstance(by, int | float):
        if not by > 0:
            raise SentemoError(f"moments of {by:g} s: give a number of seconds above 0.")
        seconds = result.end - result.start
        starts = np.arange(0, seconds, by).tolist()
        return [(start, min(start + by, seconds), None) for start in starts]
    return [(word.start, word.end, word.text) for word in by]


def occlude(
    judge: Judge, samples: np.ndarray, result: SpeechEmotionResult, pieces: Sequence[Piece]
) -> tuple[Occluded, ...]:
    """Silence one piece after the other, and judge what is left.

    Parameters
    ----------
    samples
        Recording, or part of one, that `result` judges: ``(samples,)`` at the model's rate, full
        scale ±1.

    Returns
    -------
    tuple of Occluded
        One for each piece, but for those that are silent anyway, or without which all is silence.

    Raises
    ------
    SentemoError
        When the model learnt no classes.
    """
    answer = result.most_probable
    if answer is None:
        raise SentemoError(f"{judge.description.name}: no classes, whose probability could be lost")
    rate = judge.description.sample_rate
    bounds = [(round(start * rate), round(end * rate)) for start, end, _ in pieces]
    heard = [
        (piece, bound)
        for piece, bound in zip(pieces, bounds, strict=True)
        if not is_silent(samples[slice(*bound)])
    ]
    judged = judge.each(_without(samples, *bound) for _, bound in heard)
    return tuple(
        Occluded(
            *(result.start + start, result.start + end),
            result.probabilities[answer] - left.probabilities[answer],
            *(word, _attention(result, start, end)),
        )
        for ((start, end, word), _), left in zip(heard, judged, strict=True)
        if left is not None
    )


def _without(samples: np.ndarray, first: int, last: int) -> np.ndarray:
    rest = samples.copy()
    rest[first:last] = 0
    return rest


def _attention(result: SpeechEmotionResult, start: float, end: float) -> float | None:
    if result.attention is None:
        return None
    weights = relative(result.attention)
    return float(mean_within(weights, result.frame_shift, start, end).mean())
