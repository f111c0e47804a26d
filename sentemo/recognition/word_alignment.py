"""Forced alignment of a transcript with a CTC recogniser: the times of its words.

A word that the recogniser cannot spell, such as the sound ``[LAUGHTER]`` or a number, is aligned
with a wildcard that fits any speech between the words around it (Pratap et al., "Scaling speech
technology to 1,000+ languages", 2023, section 4).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.word_times import Word

NO_WORDS = "no words in its transcript"
TOO_FEW_FRAMES = "too few frames for its transcript"
SOUND = re.compile(r"\[[^\]\s]+\]")  # not spelled, such as [LAUGHTER]
# Letters that Unicode does not decompose into a letter and its accent.
LIGATURES = str.maketrans(
    {"ß": "SS", "æ": "AE", "Æ": "AE", "ø": "O", "Ø": "O", "œ": "OE", "Œ": "OE"}
)


class Unaligned(SentemoError):
    """An utterance whose words have no times; the message is the reason, short enough to count."""


@dataclass(frozen=True)
class Spelling:
    """Spelling of words in a recogniser's tokens.

    Attributes
    ----------
    number
        Number of each character's token.
    space
        Number of the token between words; None where there is none.
    """

    number: dict[str, int]
    space: int | None

    @classmethod
    def of_tokens(cls, tokens: Sequence[str], space: str) -> "Spelling":
        """Read a recogniser's token list, whose tokens must be characters.

        Raises
        ------
        SentemoError
            When the tokens are pieces of words.
        """
        single = {token: n for n, token in enumerate(tokens) if len(token) == 1}
        if len(single) < len(tokens) / 2:
            raise SentemoError(
                "its tokens are pieces of words, and words are aligned by their characters. Give a "
                "recogniser of characters with --align_model, like egs/librispeech's asr_ctc."
            )
        return cls(single, {token: n for n, token in enumerate(tokens)}.get(space))

    def spell(self, word: str) -> list[int]:
        """Return a word's tokens, without accents, in the recogniser's case; none for a sound."""
        if SOUND.fullmatch(word):
            return []
        plain = _decomposed(word)
        writings = (plain, plain.upper(), plain.lower())
        spelled = [[self.number[c] for c in text if c in self.number] for text in writings]
        return max(spelled, key=len)


def letters(text: str) -> str:
    """Return the letters of a text and its spaces, without accents, sounds or case, to compare."""
    plain = _decomposed(SOUND.sub("", text)).upper()
    return " ".join("".join(c for c in word if c.isalpha()) for word in plain.split())


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text.translate(LIGATURES))


def align_words(
    log_probs: np.ndarray, text: str, spelling: Spelling, frame_shift: float, blank: int = 0
) -> list[Word]:
    """Find the most probable times of a transcript's words.

    Parameters
    ----------
    log_probs
        Log probabilities of the tokens, ``(frames, tokens)``.
    text
        Words, separated by spaces.
    frame_shift
        Seconds from one frame to the next.
    blank
        Number of the blank token.

    Raises
    ------
    Unaligned
        When there are no words or too few frames; the message is the reason.
    """
    words = text.split()
    if not words:
        raise Unaligned(NO_WORDS)
    wildcard = log_probs.shape[1]
    spelled = [spelling.spell(word) or [wildcard] for word in words]
    tokens, of_word = _joined(spelled, spelling.space)
    if len(log_probs) < len(tokens) + sum(one == other for one, other in pairwise(tokens)):
        raise Unaligned(TOO_FEW_FRAMES)
    path = _most_probable_path(log_probs, tokens, blank)
    frames_of_word: dict[int, list[int]] = {}
    for frame, place in path:
        if (word := of_word[place]) is not None:
            frames_of_word.setdefault(word, []).append(frame)
    return [
        Word(frames[0] * frame_shift, (frames[-1] + 1 - frames[0]) * frame_shift, word)
        for word, frames in zip(
            words, map(frames_of_word.__getitem__, range(len(words))), strict=True
        )
    ]


def _joined(
    spelled: Sequence[Sequence[int]], space: int | None
) -> tuple[list[int], list[int | None]]:
    """Return the tokens of all words with spaces between, and the word that each belongs to."""
    tokens: list[int] = []
    of_word: list[int | None] = []
    for number, word in enumerate(spelled):
        if number > 0 and space is not None:
            tokens.append(space)
            of_word.append(None)
        tokens += word
        of_word += [number] * len(word)
    return tokens, of_word


def _most_probable_path(
    log_probs: np.ndarray, tokens: Sequence[int], blank: int
) -> list[tuple[int, int]]:
    """Return the frames in which tokens are said, each with its token's place in the transcript."""
    import torch
    from torchaudio.functional import forced_align

    wildcard = np.zeros((len(log_probs), 1), log_probs.dtype)
    scores = torch.from_numpy(np.concatenate([log_probs, wildcard], axis=1))
    aligned, _ = forced_align(scores[None], torch.tensor([list(tokens)]), blank=blank)
    path, place, previous = [], -1, blank
    for frame, token in enumerate(aligned[0].tolist()):
        if token != blank:
            place += token != previous
            path.append((frame, place))
        previous = token
    return path
