"""Words spelled by the most probable CTC token of each frame, with their times; without torch."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from sentemo.data.tokens import LAST_TOKENS, spelled
from sentemo.data.word_times import Word


def ctc_words(scores: np.ndarray, tokens: Sequence[str], frame_shift: float) -> tuple[Word, ...]:
    """Decode greedily: take the best token of each frame, and each run of equal tokens as one.

    Parameters
    ----------
    scores
        Score of each token, ``(frames, tokens)``.
    tokens
        Tokens of the recogniser, the blank first.
    frame_shift
        Seconds from one frame to the next.
    """
    silent = (tokens[0], *LAST_TOKENS)
    words: list[list[Any]] = []  # text, first frame, frame behind the last one
    frame, inside = 0, False
    for number, run in groupby(scores.argmax(axis=1).tolist()):
        token = tokens[number]
        first, frame = frame, frame + len(list(run))
        for character in "" if token in silent else spelled(token):
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
