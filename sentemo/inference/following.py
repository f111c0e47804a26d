"""Windows of a signal that is still being recorded, in bounded memory."""

from collections.abc import Iterable, Iterator

import numpy as np

from sentemo.core.errors import SentemoError

WINDOW, HOP = 4.0, 1.0  # seconds


def recent_windows(
    blocks: Iterable[np.ndarray], rate: int, window: float = WINDOW, hop: float = HOP
) -> Iterator[tuple[float, np.ndarray]]:
    """Yield the last `window` seconds of a signal every `hop` seconds, and once at its end.

    A window is yielded as soon as its last sample is there; the first ones are shorter. No more is
    kept than a window, a hop and a block.

    Parameters
    ----------
    blocks
        Parts of the signal that follow each other, of any length: ``(samples,)`` or
        ``(samples, channels)``.
    rate
        Samples per second.

    Yields
    ------
    start
        Where the window begins, in seconds.
    samples
        Samples of the window, in the shape of the blocks.

    Raises
    ------
    SentemoError
        When windows would pass over something, or a hop is shorter than a sample.
    """
    size, step = round(window * rate), round(hop * rate)
    if not 0 < step <= size:
        raise SentemoError(f"windows of {window:g} s every {hop:g} s do not cover a recording")
    held: list[np.ndarray] = []
    heard = judged = 0  # samples
    for block in blocks:
        rest = block
        while len(rest):
            taken, rest = rest[: judged + step - heard], rest[judged + step - heard :]
            held.append(taken)
            heard += len(taken)
            if heard == judged + step:
                judged = heard
                held = [np.concatenate(held)[-size:]]
                yield (heard - len(held[0])) / rate, held[0]
    if heard > judged:
        last = np.concatenate(held)[-size:]
        yield (heard - len(last)) / rate, last
