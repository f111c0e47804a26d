"""State of a training: all that it needs to go on after an epoch as if without a break."""

import datetime
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from espnet2.schedulers.abs_scheduler import AbsScheduler
from espnet2.torch_utils.set_all_random_seed import set_all_random_seed
from espnet2.train.reporter import Reporter

from sentemo.core import checkpoint
from sentemo.training.history import History, reporter_history


@dataclass(frozen=True)
class TrainingState:
    """Model, optimisers and measurements of a training, as its checkpoints hold them.

    Attributes
    ----------
    scaler
        Scale of the gradients under AMP; None without AMP.
    """

    model: torch.nn.Module
    reporter: Reporter
    optimizers: Sequence[torch.optim.Optimizer]
    schedulers: Sequence[AbsScheduler | None]
    scaler: torch.cuda.amp.GradScaler | None

    @property
    def history(self) -> History:
        """Metrics of the epochs so far."""
        return reporter_history(self.reporter.stats)

    def save(self, directory: Path) -> None:
        """Save a checkpoint of the last epoch."""
        checkpoint.save_checkpoint(self._to_dict(), directory)

    def _to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "reporter": _plain(self.reporter.state_dict()),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "schedulers": [s and s.state_dict() for s in self.schedulers],
            "scaler": self.scaler and self.scaler.state_dict(),
        }

    def resume(self, directory: Path, ngpu: int) -> None:
        """Load the newest readable checkpoint, if there is one."""
        device = f"cuda:{torch.cuda.current_device()}" if ngpu > 0 else "cpu"
        states = checkpoint.load_checkpoint(directory, device)
        if states is None:
            return
        self.model.load_state_dict(states["model"])
        self.reporter.load_state_dict(states["reporter"])
        for optimizer, state in zip(self.optimizers, states["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        for scheduler, state in zip(self.schedulers, states["schedulers"], strict=True):
            if scheduler is not None:
                scheduler.load_state_dict(state)
        if self.scaler is not None and states["scaler"]:  # a training on a CPU leaves it empty
            self.scaler.load_state_dict(states["scaler"])
        logging.info(f"{directory}: training goes on after epoch {self.reporter.get_epoch()}")


def seed_epoch(model: torch.nn.Module, seed: int, epoch: int) -> None:
    """Seed all draws of an epoch, which then do not depend on the epochs before."""
    set_all_random_seed(seed + epoch)
    specaug: Any = getattr(model, "specaug", None)
    if hasattr(specaug, "start_epoch"):
        specaug.start_epoch(seed, epoch)


def _plain(value: Any) -> Any:
    """Turn the values of ESPnet's reporter into Python's own numbers, which load as data."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return value.item() if isinstance(value, np.generic) else value
