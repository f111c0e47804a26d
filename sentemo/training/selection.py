"""The epoch policy of every training: which epochs are best and kept, and when training stops."""

import argparse
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from espnet2.train.trainer import TrainerOptions
from humanfriendly import format_timespan

from sentemo.core import checkpoint
from sentemo.training.history import History

Criterion = Sequence[str]  # phase, metric, and "min" or "max": valid, loss, min

progress = logging.getLogger("sentemo.progress")


def rank_epochs(history: History, criterion: Criterion) -> list[int]:
    """Return the epochs, numbered from 1, best first; of two equals the earlier comes first.

    Raises
    ------
    ValueError
        When the criterion's mode is neither ``min`` nor ``max``.
    """
    phase, metric, mode = criterion
    if mode not in ("min", "max"):
        raise ValueError(f"the mode of {list(criterion)} must be min or max")
    sign = 1 if mode == "min" else -1
    values = [sign * epoch[phase][metric] for epoch in history]
    return sorted(range(1, len(values) + 1), key=lambda epoch: values[epoch - 1])


@dataclass(frozen=True)
class EpochPolicy:
    """Rules by which a training keeps epochs and stops, with ESPnet's meaning of its options.

    Attributes
    ----------
    criteria
        Criteria of the best epochs. The weights that predict are chosen by the first.
    keep
        Number of best epochs that are kept and averaged, for each criterion.
    stopping
        Criterion of early stopping.
    patience
        Number of epochs without an improvement that are tolerated; None never stops early.
    """

    criteria: Sequence[Criterion]
    keep: int
    stopping: Criterion
    patience: int | None

    @classmethod
    def from_options(cls, options: TrainerOptions | argparse.Namespace) -> "EpochPolicy":
        """Read the policy from the options of ESPnet's trainer."""
        keep = options.keep_nbest_models
        return cls(
            criteria=options.best_model_criterion,
            keep=keep if isinstance(keep, int) else max(keep),
            stopping=options.early_stopping_criterion,
            patience=options.patience,
        )

    def best_epochs(self, history: History) -> dict[tuple[str, str], list[int]]:
        """Return the best epochs of each criterion, by phase and metric; the best comes first."""
        return {
            (phase, metric): rank_epochs(history, (phase, metric, mode))[: self.keep]
            for phase, metric, mode in self.criteria
        }

    def kept_epochs(self, history: History) -> set[int]:
        """Return the epochs that are among the best by any criterion."""
        return set().union(*self.best_epochs(history).values())

    def has_stopped(self, history: History) -> bool:
        """Tell whether more epochs than `patience` have passed since the best one."""
        if not history or self.patience is None:
            return False
        return len(history) - rank_epochs(history, self.stopping)[0] > self.patience


class EpochFiles:
    """Weights of the epochs that a policy keeps, in one directory, under ESPnet's file names.

    Parameters
    ----------
    directory
        Receives ``3epoch.pth`` and the like, ``valid.ua.best.pth`` and ``valid.ua.ave.pth``.
    policy
        Says which epochs are kept.
    """

    def __init__(self, directory: Path, policy: EpochPolicy) -> None:
        self.directory, self.policy = directory, policy

    def save_if_best(self, history: History, weights: Mapping[str, torch.Tensor]) -> None:
        """Save the weights of the last epoch if it is among the best."""
        epoch = len(history)
        if epoch in self.policy.kept_epochs(history):
            self.directory.mkdir(exist_ok=True)
            checkpoint.save(weights, checkpoint.epoch_file(self.directory, epoch))

    def remove_others(self, history: History) -> None:
        """Remove what is not among the best, once a checkpoint knows the last epoch.

        Before that, a run that is killed would go on from the epoch before, and miss its files.
        """
        epochs = set(range(1, len(history) + 1))
        for old in epochs - self.policy.kept_epochs(history):
            checkpoint.epoch_file(self.directory, old).unlink(missing_ok=True)

    def link_best(self, history: History) -> None:
        """Point a link at the best epoch of each criterion."""
        for (phase, metric), epochs in self.policy.best_epochs(history).items():
            _link(self.directory / f"{phase}.{metric}.best.pth", f"{epochs[0]}epoch.pth")

    def save_averages(self, history: History, fewest: int = 2) -> list[Path]:
        """Average the weights of each criterion's best epochs.

        Parameters
        ----------
        fewest
            Number of epochs below which there is nothing to average.

        Returns
        -------
        list
            The files written, such as ``valid.ua.ave.pth``.
        """
        written = []
        for (phase, metric), epochs in self.policy.best_epochs(history).items():
            files = checkpoint.kept_epochs(self.directory, epochs)
            if len(files) < fewest:
                continue
            logging.info(f"Averaging {', '.join(file.name for file in files)}")
            written.append(average_file(self.directory, (phase, metric)))
            checkpoint.save(checkpoint.average(files), written[-1])
        return written


def average_file(directory: Path, criterion: Criterion) -> Path:
    """Path of the averaged weights of a criterion's best epochs."""
    phase, metric = criterion[:2]
    return directory / f"{phase}.{metric}.ave.pth"


class EpochProgress:
    """Reports each epoch in one line on the terminal, with an estimate of the time left.

    Parameters
    ----------
    first
        The first epoch of this run, which begins now.
    last
        The last epoch, if no early stop comes before.
    """

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last, self._started = first, last, time.perf_counter()

    def report(self, epoch: int, result: str) -> None:
        """Report the result of an epoch that has just ended."""
        per_epoch = (time.perf_counter() - self._started) / (epoch - self._first + 1)
        left = format_timespan(round(per_epoch * (self._last - epoch)))
        progress.info(f"epoch {epoch}/{self._last}: {result}; at most {left} left")


def _link(path: Path, target: str) -> None:
    """Point a symbolic link at `target`; there is a link at every moment."""
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(path)
