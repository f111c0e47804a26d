"""Checkpoints that appear whole or not at all, and are loaded as data, not as code."""

import errno
import logging
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file, naming_full_disks

CURRENT, PREVIOUS = "checkpoint.pth", "checkpoint.previous.pth"
# What torch raises for a file that is truncated, no checkpoint, or holds more than data.
UNREADABLE = (RuntimeError, EOFError, pickle.UnpicklingError, LookupError, ValueError)


def save(state: Any, path: Path) -> None:
    """Save with torch, written aside and renamed.

    Raises
    ------
    SentemoError
        When the file cannot be written (a full disk); what was there before stays.
    """
    with atomic_file(path, "wb") as stream:
        try:
            torch.save(state, stream)
        except RuntimeError as error:  # in which torch hides the operating system's
            if isinstance(error.__context__, OSError):
                raise error.__context__ from error
            raise


def load_weights(path: Path, device: str = "cpu") -> dict[str, torch.Tensor]:
    """Load a model's weights, refusing anything but data.

    Raises
    ------
    SentemoError
        When the file is truncated or holds pickled objects.
    """
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except OSError as error:
        # Of some truncated files torch seeks before the beginning.
        if error.errno != errno.EINVAL:
            raise  # not there, or not ours to read
        raise SentemoError(f"{path}: not a readable weights file ({_reason(error)})") from error
    except UNREADABLE as error:
        raise SentemoError(f"{path}: not a readable weights file ({_reason(error)})") from error


def best_weights(directory: Path, criteria: Sequence[Sequence[str]]) -> Path:
    """Return the averaged weights of the best epochs where they were averaged, else the best.

    Raises
    ------
    SentemoError
        When there are none.
    """
    phase, metric, _ = criteria[0]
    for kind in ("ave", "best"):
        if (path := directory / f"{phase}.{metric}.{kind}.pth").exists():
            return path
    raise SentemoError(f"{directory}: no weights of a best epoch. Finish its training first.")


def _reason(error: Exception) -> str:
    if isinstance(error, pickle.UnpicklingError):  # torch advises to load it as code
        return "damaged, or it holds more than data"
    return (str(error).splitlines() or [type(error).__name__])[0]


def save_checkpoint(state: dict[str, Any], directory: Path) -> None:
    """Save the training state of an epoch; the one before stays as a fallback."""
    current = directory / CURRENT
    aside = directory / f"{CURRENT}.new"
    with naming_full_disks(current, aside):
        save(state, aside)
    if current.exists():
        current.replace(directory / PREVIOUS)
    aside.replace(current)


def load_checkpoint(directory: Path, device: str = "cpu") -> dict[str, Any] | None:
    """Load the newest readable training state, or None where training never completed an epoch.

    Raises
    ------
    SentemoError
        When there are checkpoints and all are damaged.
    OSError
        When one may not be read: that one is not damaged, and no older one takes its place.
    """
    found = [directory / name for name in (CURRENT, PREVIOUS) if (directory / name).exists()]
    for path in found:
        try:
            return load_weights(path, device)
        except SentemoError as error:
            logging.warning(f"passed over: {error}")
    if found:
        raise SentemoError(
            f"{directory}: no checkpoint can be read ({', '.join(p.name for p in found)}). "
            f"Delete {directory} and train again."
        )
    return None


def epoch_file(directory: Path, epoch: int) -> Path:
    """Where the weights of an epoch lie."""
    return directory / f"{epoch}epoch.pth"


def kept_epochs(directory: Path, epochs: Sequence[int]) -> list[Path]:
    """Return the epochs' weights that are still there; the log names those that are not."""
    files = [epoch_file(directory, epoch) for epoch in epochs]
    if missing := [file.name for file in files if not file.exists()]:
        logging.warning(f"{directory}: not averaged, deleted: {', '.join(missing)}")
    return [file for file in files if file.exists()]


def average(paths: Sequence[Path]) -> dict[str, torch.Tensor]:
    """Mean of several models' weights; counters are taken from the first."""
    states = [load_weights(path) for path in paths]
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0)
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }
