"""The statistics of a foreign checkpoint's normalisation, looked at before they are used."""

from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import require_regular
from sentemo.core.npz import DAMAGE, read_npz

LARGEST = 64 << 20  # bytes
AGAIN = "Get the checkpoint again, with the statistics of its normalisation."
SUMS = ("sum", "sum_square")


def require_statistics(path: Path) -> None:
    """Insist that a file holds statistics as ESPnet writes them, npz or npy.

    Raises
    ------
    SentemoError
        When it is anything else; nothing of its content is in the message.
    """
    require_regular(path, LARGEST)
    with path.open("rb") as stream:
        is_npz = stream.read(2) == b"PK"
    if is_npz:
        found = read_npz(path, AGAIN, LARGEST)
        missing = [name for name in ("count", *SUMS) if name not in found]
        sums = [found[name] for name in SUMS if name in found]
        fits = not missing and sums[0].shape == sums[1].shape and found["count"].size == 1
        fits = fits and found["count"].dtype.kind in "fiu" and found["count"].item() > 0
        values = list(found.values())
    else:
        try:
            values = [np.load(path, allow_pickle=False)]
        except DAMAGE:
            raise SentemoError(f"{path}: no statistics in it. {AGAIN}") from None
        fits = values[0].ndim == 2 and len(values[0]) == 2
    kinds = {array.dtype.kind for array in values}
    if not fits or not kinds <= set("fiu") or not all(np.isfinite(a).all() for a in values):
        raise SentemoError(f"{path}: no sums and squares of features in it. {AGAIN}")
