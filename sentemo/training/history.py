"""Metrics of a training, epoch by epoch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentemo.core.markers import CHECKPOINTS

# Metrics of each epoch by phase: [{"train": {"loss": 1.2}, "valid": {"loss": 1.1, "ua": 0.5}}, …].
History = list[dict[str, dict[str, float]]]


def reporter_history(stats: Mapping[int, dict[str, dict[str, float]]]) -> History:
    """Return the history of ESPnet's `Reporter`, which keeps its ``stats`` by epoch and phase."""
    return [stats[epoch] for epoch in sorted(stats)]


def load_history(directory: Path) -> History | None:
    """Return the history of a training by `SentemoTrainer`, or None where there is none.

    Raises
    ------
    SentemoError
        When all checkpoints in the directory are damaged.
    """
    state = load_state_without_weights(directory)
    return None if state is None else reporter_history(state["reporter"]["stats"])


def load_state_without_weights(directory: Path) -> dict[str, Any] | None:
    """Load the newest readable checkpoint with the shapes of its tensors, not their values."""
    if not any((directory / name).exists() for name in CHECKPOINTS):
        return None
    from sentemo.core import checkpoint  # torch takes seconds

    return checkpoint.load_checkpoint(directory, "meta")
