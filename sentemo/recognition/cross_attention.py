"""Times of words, by the attention that a decoder of text gives to the states of the speech.

The attention heads that follow the speech are averaged after they were brought to one scale, and
the tokens are spread over the frames by dynamic programming (Whisper's word times, Radford et al.
2022, as its authors' program computes them).
"""

from collections.abc import Sequence

import numpy as np

from sentemo.data.word_times import Word

SMOOTHED = 7  # frames of the median filter over time
BELOW_LOUDEST = 35.0  # dB under the loudest frame: what is fainter is no part of a word
SMALLEST = 1e-6


def token_starts(attention: np.ndarray) -> np.ndarray:
    """Find the frame in which each token begins.

    Parameters
    ----------
    attention
        ``(heads, tokens, frames)``: what each token attends to.

    Returns
    -------
    numpy.ndarray
        Frame of each token, ``(tokens,)``; the first begins at 0, and each has a frame at least.

    Raises
    ------
    ValueError
        When there are fewer frames than tokens.
    """
    from scipy.ndimage import median_filter

    if attention.shape[1] > attention.shape[2]:
        raise ValueError(f"{attention.shape[1]} tokens in {attention.shape[2]} frames")
    shares = attention / attention.sum(axis=2, keepdims=True)
    centred = shares - shares.mean(axis=1, keepdims=True)
    scaled = centred / (shares.std(axis=1, keepdims=True) + SMALLEST)
    scores = median_filter(scaled, (1, 1, SMOOTHED)).mean(axis=0)
    return _most_attended_path(scores)


def _most_attended_path(scores: np.ndarray) -> np.ndarray:
    """Return the first frame of each token, on the path of the largest sum of scores."""
    tokens, frames = scores.shape
    best = np.full(tokens, -np.inf)
    best[0] = scores[0, 0]
    advanced = np.zeros((frames, tokens), bool)
    for frame in range(1, frames):
        from_before = np.concatenate([[-np.inf], best[:-1]])
        advanced[frame] = from_before > best
        best = np.maximum(best, from_before) + scores[:, frame]
    starts, token = np.zeros(tokens, int), tokens - 1
    for frame in range(frames - 1, 0, -1):
        if advanced[frame, token]:
            starts[token] = frame
            token -= 1
    return starts


def audible_words(
    words: Sequence[str], edges: Sequence[tuple[float, float]], samples: np.ndarray, rate: int
) -> list[Word]:
    """Return words with their times, without the silence before and behind each of them.

    The pause between two words belongs to one of them as far as the attention is concerned.

    Parameters
    ----------
    edges
        Start and end of each word, in seconds.
    samples
        The speech, ``(samples,)`` at `rate`.
    """
    size = rate // 50  # samples of a frame of 20 ms
    padded = np.pad(np.asarray(samples, np.float64), (0, -len(samples) % size)).reshape(-1, size)
    levels = 10 * np.log10((padded**2).mean(axis=1) + 1e-12)
    audible = levels > levels.max() - BELOW_LOUDEST
    found = []
    for word, (start, end) in zip(words, edges, strict=True):
        first, last = round(start * 50), round(end * 50)
        heard = first + np.flatnonzero(audible[first:last])
        if len(heard):
            first, last = int(heard[0]), int(heard[-1]) + 1
        found.append(Word(first / 50, (last - first) / 50, word))
    return found
