"""Weights in 8 bits: every matrix has a scale for each of its outputs.

The file is in the format of safetensors. A matrix ``NAME`` is stored as whole numbers of 8 bits
beside ``NAME.scale``, one number for each row; vectors keep their 16 bits.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

SCALE = ".scale"
LARGEST = 127
FEWEST = 8  # numbers of one output that are worth a scale of their own


def write_quantised(
    path: Path, weights: Mapping[str, np.ndarray], facts: Mapping[str, str]
) -> None:
    """Write weights by name, with facts about them that anybody can read from the file.

    Parameters
    ----------
    weights
        Matrices and convolutions have their outputs first: ``(outputs, ...)``.
    facts
        Where they come from, and under which licence.
    """
    from safetensors.numpy import save_file

    stored: dict[str, np.ndarray] = {}
    for name, values in weights.items():
        if values.ndim == 1:
            stored[name] = values.astype(np.float16)
            continue
        rows = values.reshape(len(values), -1).astype(np.float32)
        scales = np.abs(rows).max(axis=1) / LARGEST
        scales[scales == 0] = 1.0  # a row of zeros
        stored[name] = np.rint(rows / scales[:, None]).astype(np.int8).reshape(values.shape)
        stored[name + SCALE] = scales
    save_file(stored, path, metadata=dict(facts))


def read_quantised(path: Path) -> dict[str, np.ndarray]:
    """Return all weights by name, as float32."""
    from safetensors.numpy import load_file

    stored = load_file(path)
    weights = {}
    for name, values in stored.items():
        if name.endswith(SCALE):
            continue
        scales = stored.get(name + SCALE)
        weights[name] = values.astype(np.float32)
        if scales is not None:
            weights[name] *= scales.reshape(-1, *[1] * (values.ndim - 1))
    return weights


def whole_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return whole numbers and a scale of each row, if these give it back, bit for bit; else None.

    The largest number of a row was 127 scales, rounded to a float: the scale is known to its last
    bits, which the other numbers decide.
    """
    if rows.shape[1] < FEWEST:
        return None
    near = (np.abs(rows).max(axis=1) / LARGEST).astype(np.float32)
    near[near == 0] = 1.0  # a row of zeros
    whole = np.rint(rows / near[:, None])
    scales, is_exact = near, np.zeros(len(rows), dtype=bool)
    for candidate in (near, np.nextafter(near, 0), np.nextafter(near, np.float32(np.inf))):
        fits = (whole * candidate[:, None] == rows).all(axis=1)
        scales = np.where(fits & ~is_exact, candidate, scales)
        is_exact |= fits
    return (whole.astype(np.int8), scales) if is_exact.all() else None
