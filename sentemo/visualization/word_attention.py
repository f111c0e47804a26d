"""How much a decoder attends to each word (Lu et al. 2020, section 3.4 and Figure 2).

Attention is given as a multiple of even attention over the utterance's frames, so that utterances
of all lengths can be compared: 1 is what every frame would have if all had the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentemo.data.word_times import Word

BINS = 3
CURVE_POINTS = 100


@dataclass(frozen=True)
class AttendedWord:
    """A word and the attention that it got.

    Attributes
    ----------
    attention
        Mean over its frames and the heads.
    heads
        Mean over its frames, of each head.
    bin
        Low 0, middle 1, high 2: three equally wide bins from the utterance's least attended word to
        its most attended one.
    """

    word: Word
    attention: float
    heads: tuple[float, ...]
    bin: int

    def as_json(self) -> dict[str, Any]:
        """Return it as ``words.jsonl`` has it."""
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
    """Average attention over each word's frames, a frame counting as far as it is in the word.

    Parameters
    ----------
    attention
        ``(frames, heads)``, each column sums to 1.
    frame_shift
        Seconds from one frame to the next.
    """
    weights = relative(attention)
    of_word = [_mean_within(weights, frame_shift, word) for word in words]
    means = [float(heads.mean()) for heads in of_word]
    return [
        AttendedWord(word, mean, tuple(map(float, heads)), number)
        for word, mean, heads, number in zip(words, means, of_word, quantise(means), strict=True)
    ]


def _mean_within(weights: np.ndarray, frame_shift: float, word: Word) -> np.ndarray:
    starts = np.arange(len(weights)) * frame_shift
    overlap = np.minimum(word.end, starts + frame_shift) - np.maximum(word.start, starts)
    overlap = overlap.clip(min=0)
    if not overlap.any():  # no time at all, or after the last frame: the nearest one
        middle = (word.start + word.end) / 2
        overlap[min(int(middle / frame_shift), len(weights) - 1)] = 1
    return overlap @ weights / overlap.sum()


def quantise(values: Sequence[float]) -> list[int]:
    """Sort values into three equally wide bins between the smallest and the largest of them."""
    found = np.asarray(values, float)
    if found.size == 0:
        return []
    width = np.ptp(found)
    if width <= 1e-9:  # all alike
        return [0] * found.size
    return np.minimum((found - found.min()) / width * BINS, BINS - 1).astype(int).tolist()


def curve(attention: np.ndarray) -> list[float]:
    """Return the attention over an utterance's time, of all heads on average, in few points."""
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
        The class of each, and its words.
    least
        Times that a word is said in a class at least; of rarer ones chance would decide.
    most
        Words per class.
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
    """Return a word as counted: in small letters without punctuation; sounds stay as they are."""
    return word if word.startswith("[") else word.strip(".,;:!?\"'()").lower() or word
