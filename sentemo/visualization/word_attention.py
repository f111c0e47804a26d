"""Attention of a decoder to each word (Lu et al. 2020, section 3.4 and Figure 2).

Attention is given as a multiple of even attention over the utterance's frames, so that utterances
of all lengths can be compared: with even attention, every frame would have 1.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentemo.data.word_times import Word

ATTENTION_BINS = 3
CURVE_POINTS = 100


@dataclass(frozen=True)
class AttendedWord:
    """A word and the attention that it got.

    Attributes
    ----------
    attention
        Mean over the word's frames and the heads.
    heads
        Mean of each head over the word's frames.
    bin
        0 low, 1 middle, 2 high: three equally wide bins from the utterance's least attended word to
        its most attended one.
    """

    word: Word
    attention: float
    heads: tuple[float, ...]
    bin: int

    def as_json(self) -> dict[str, Any]:
        """Return the word in the format of ``words.jsonl``."""
        return {
            "word": self.word.text,
            "start": round(self.word.start, 3),
            "end": round(self.word.end, 3),
            "attention": round(self.attention, 4),
            "heads": [round(value, 4) for value in self.heads],
            "bin": self.bin,
        }


def relative(attention: np.ndarray) -> np.ndarray:
    """Turn shares ``(frames, heads)``, whose columns sum to 1, into multiples of even attention."""
    return attention * len(attention)


def attend_words(
    attention: np.ndarray, frame_shift: float, words: Sequence[Word]
) -> list[AttendedWord]:
    """Average attention over each word's frames, each weighted by its share within the word.

    Parameters
    ----------
    attention
        ``(frames, heads)``, each column of which sums to 1.
    frame_shift
        Seconds from one frame to the next.
    """
    weights = relative(attention)
    of_word = [mean_within(weights, frame_shift, word.start, word.end) for word in words]
    means = [float(heads.mean()) for heads in of_word]
    return [
        AttendedWord(word, mean, tuple(map(float, heads)), number)
        for word, mean, heads, number in zip(words, means, of_word, quantise(means), strict=True)
    ]


def mean_within(weights: np.ndarray, frame_shift: float, start: float, end: float) -> np.ndarray:
    """Average weights, ``(frames, heads)``, over the frames between two times in seconds.

    Returns
    -------
    np.ndarray
        ``(heads,)``; each frame counts by its share between the times.
    """
    starts = np.arange(len(weights)) * frame_shift
    overlap = np.minimum(end, starts + frame_shift) - np.maximum(start, starts)
    overlap = overlap.clip(min=0)
    if not overlap.any():  # no duration, or after the last frame: take the nearest frame
        overlap[min(int((start + end) / 2 / frame_shift), len(weights) - 1)] = 1
    return overlap @ weights / overlap.sum()


def quantise(values: Sequence[float]) -> list[int]:
    """Sort values into three equally wide bins between the smallest and the largest of them."""
    found = np.asarray(values, float)
    if found.size == 0:
        return []
    width = np.ptp(found)
    if width <= 1e-9:  # all are equal
        return [0] * found.size
    shares = (found - found.min()) / width
    return np.minimum(shares * ATTENTION_BINS, ATTENTION_BINS - 1).astype(int).tolist()


def curve(attention: np.ndarray) -> list[float]:
    """Return the mean attention of the heads over time, in at most `CURVE_POINTS` points."""
    over_time = relative(attention).mean(axis=1)
    points = np.array_split(over_time, min(len(over_time), CURVE_POINTS))
    return [round(float(part.mean()), 4) for part in points]


def most_attended(
    utterances: Iterable[tuple[str, Sequence[AttendedWord]]], least: int, most: int
) -> dict[str, list[dict[str, Any]]]:
    """List the words of each class that get the largest mean attention.

    Parameters
    ----------
    utterances
        Class and words of each utterance.
    least
        A word counts if it occurs so often in a class; for rarer words chance would decide.
    most
        Largest number of words per class.
    """
    found: Mapping[str, Mapping[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for label, words in utterances:
        for attended in words:
            found[label][plain_word(attended.word.text)].append(attended.attention)
    return {
        label: [
            {"word": word, "count": len(values), "attention": round(float(np.mean(values)), 4)}
            for word, values in sorted(words.items(), key=lambda item: (-np.mean(item[1]), item[0]))
            if len(values) >= least
        ][:most]
        for label, words in sorted(found.items())
    }


def plain_word(word: str) -> str:
    """Return a word in small letters without punctuation; sounds stay as they are."""
    return word if word.startswith("[") else word.strip(".,;:!?\"'()").lower() or word
