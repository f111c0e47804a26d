"""The words that the likeliest CTC tokens of each frame spell, with their times; without torch."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from sentemo.data.tokens import spelled
from sentemo.data.word_times import Word

BLANK = 0


def heard_words(scores: np.ndarray, tokens: Sequence[str], frame_shift: float) -> tuple[Word, ...]:
    """Take the best token of each frame, each run of equal ones as one.

    Parameters
    ----------
    scores
        Of each token, ``(frames, tokens)``.
    tokens
        The recogniser's, the blank first.
    frame_shift
        Seconds from one frame to the next.
    """
    words: list[list[Any]] = []  # text, first frame, frame behind the last one
    frame, inside = 0, False
    for token, run in groupby(scores.argmax(axis=1).tolist()):
        first, frame = frame, frame + len(list(run))
        for character in "" if token == BLANK else spelled(tokens[token]):
            if character == " ":
                inside = False
            elif inside:
                words[-1] = [words[-1][0] + character, words[-1][1], frame]
            else:
                words.append([character, first, frame])
                inside = True
    return tuple(
        Word(first * frame_shift, (end - first) * frame_shift, text) for text, first, end in words
    )
