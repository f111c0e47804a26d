"""Mean and deviation of an utterance's states, and their half precision."""

from collections.abc import Sequence

import numpy as np

from sentemo.core.errors import SentemoError


def pool(states: np.ndarray) -> np.ndarray:
    """Return mean and standard deviation over time.

    Parameters
    ----------
    states
        ``(layers, states, size)``.

    Returns
    -------
    numpy.ndarray
        ``(layers, 2, size)``, the mean first.
    """
    return np.stack([states.mean(axis=1), states.std(axis=1)], axis=1)


def pool_together(pooled: np.ndarray, counts: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return mean and standard deviation over all states of several utterances or parts.

    Parameters
    ----------
    pooled
        Mean and standard deviation of each, ``(utterances, layers, 2, size)``.
    counts
        Number of states of each.

    Returns
    -------
    numpy.ndarray
        ``(layers, 2, size)`` float64.
    """
    values = pooled.astype(np.float64)
    shares = np.asarray(counts) / np.sum(counts)
    mean = np.tensordot(shares, values[:, :, 0], axes=1)
    squares = np.tensordot(shares, np.square(values).sum(axis=2), axes=1)
    return np.stack([mean, np.sqrt(np.maximum(squares - mean**2, 0.0))], axis=1)


def halved(values: np.ndarray) -> np.ndarray:
    """Return values in half precision.

    Raises
    ------
    SentemoError
        When some are too large for it.
    """
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    if not np.isfinite(half).all():
        raise SentemoError(f"its states reach {np.abs(values).max():.0f}, more than half precision")
    return half
