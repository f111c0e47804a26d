"""Checkpoints that are written atomically and loaded as data, never as code."""

import errno
import logging
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from sentemo.core.errors import SentemoError, library_reason
from sentemo.core.files import atomic_file, naming_full_disks
from sentemo.core.markers import CHECKPOINTS

CURRENT, PREVIOUS = CHECKPOINTS
# Errors that torch raises for a file that is truncated, is not a checkpoint, or holds code.
UNREADABLE = (RuntimeError, EOFError, pickle.UnpicklingError, LookupError, ValueError)


def save(state: Any, path: Path) -> None:
    """Save `state` with torch, into a temporary file that then replaces `path`.

    Raises
    ------
    SentemoError
        When the file cannot be written because the disk is full; an earlier file stays.
    """
    with atomic_file(path, "wb") as stream:
        try:
            torch.save(state, stream)
        except RuntimeError as error:  # torch wraps the error of the operating system in it
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
        # In some truncated files torch seeks to a negative position, which gives EINVAL.
        if error.errno != errno.EINVAL:
            raise  # the file is missing, or may not be read
        raise SentemoError(f"{path}: not a readable weights file ({_reason(error)})") from error
    except UNREADABLE as error:
        raise SentemoError(f"{path}: not a readable weights file ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    if isinstance(error, pickle.UnpicklingError):  # torch's own message advises to load as code
        return "damaged, or it holds more than data"
    return library_reason(error)


def save_checkpoint(state: dict[str, Any], directory: Path) -> None:
    """Save the training state of an epoch, and keep the previous epoch's as a fallback."""
    current = directory / CURRENT
    aside = directory / f"{CURRENT}.new"
    with naming_full_disks(current, aside):
        save(state, aside)
    if current.exists():
        current.replace(directory / PREVIOUS)
    aside.replace(current)


def load_checkpoint(directory: Path, device: str = "cpu") -> dict[str, Any] | None:
    """Load the newest readable training state, or return None if no epoch was completed.

    Raises
    ------
    SentemoError
        When there are checkpoints and all of them are damaged.
    OSError
        When the newest checkpoint may not be read. It is not damaged, so the older one does not
        take its place.
    """
    found = [directory / name for name in (CURRENT, PREVIOUS) if (directory / name).exists()]
    for path in found:
        try:
            return load_weights(path, device)
        except SentemoError as error:
            logging.warning(f"skipped a damaged checkpoint: {error}")
    if found:
        raise SentemoError(
            f"{directory}: no checkpoint can be read ({', '.join(p.name for p in found)}). "
            f"Delete {directory} and train again."
        )
    return None


def epoch_file(directory: Path, epoch: int) -> Path:
    """Return the path of an epoch's weights."""
    return directory / f"{epoch}epoch.pth"


def kept_epochs(directory: Path, epochs: Sequence[int]) -> list[Path]:
    """Return the weights files of these epochs that still exist; missing ones are logged."""
    files = [epoch_file(directory, epoch) for epoch in epochs]
    if missing := [file.name for file in files if not file.exists()]:
        logging.warning(f"{directory}: left out of the average, as deleted: {', '.join(missing)}")
    return [file for file in files if file.exists()]


def average(paths: Sequence[Path]) -> dict[str, torch.Tensor]:
    """Return the mean of several models' weights; integer buffers are those of the first model."""
    states = [load_weights(path) for path in paths]
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0)
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }
