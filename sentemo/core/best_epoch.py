"""The file of a training's best weights, found without torch, which takes seconds to import."""

from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError

# Weights of a frozen encoder, which the files of epochs leave out: once for all folds, or for one.
ENCODER_FILE = "encoder.pth"


def best_weights(directory: Path, criteria: Sequence[Sequence[str]]) -> Path:
    """Return the averaged weights of the best epochs, or the best epoch's if none were averaged.

    Parameters
    ----------
    criteria
        ESPnet's ``best_model_criterion``; the first phase and metric count.

    Raises
    ------
    SentemoError
        When the directory has neither file.
    """
    phase, metric, _ = criteria[0]
    for kind in ("ave", "best"):
        if (path := directory / f"{phase}.{metric}.{kind}.pth").exists():
            return path
    raise SentemoError(f"{directory}: no weights of a best epoch. Finish its training first.")
