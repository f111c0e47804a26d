"""One fold of a cross-validation as a job for a worker process."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.core.processes import available_cores
from sentemo.data.dimensions import Scale
from sentemo.data.features import FeatureDir
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import Fold
from sentemo.scoring.predictions import AnyPrediction

FINAL = "final"  # in an experiment of several folds: the experiment of its final model


@dataclass(frozen=True)
class FoldJob:
    """One fold of an experiment, with all that its worker process needs.

    Attributes
    ----------
    exp
        The fold's directory, inside the experiment's.
    config
        Training configuration.
    labels
        Class names in their order; None where no class is learnt.
    utterances
        All utterances of the experiment; the fold divides them into its sides.
    settings
        Arguments of the task beyond the configuration.
    one_thread
        Whether torch uses one thread, not every core that the worker may run on. So it is where
        several folds are trained one by one, however many at a time: sums in another order would
        give other numbers.
    states
        Directory of the kept states of a frozen encoder; None where no fold needs them.
    augmented_states
        Directories of copies of these states with SpecAugment, which epochs read in turn.
    best_layer
        Layer that the fold's probe chose, where the configuration asks for the best.
    texts
        Transcripts that a text encoder reads; None where the model has none.
    scale
        Scale of the dimensions; None where no dimension is learnt.
    processes
        Number of processes on each node that train this model together.
    nodes
        Number of nodes of the Slurm allocation that train this model; 1 is the worker's machine.
    """

    fold: Fold
    exp: Path
    config: Path
    labels: list[str] | None
    utterances: list[Utterance]
    features: FeatureDir
    settings: dict[str, Any]
    one_thread: bool
    states: Path | None = None
    augmented_states: Sequence[Path] = ()
    best_layer: int | None = None
    texts: dict[str, str] | None = None
    scale: Scale | None = None
    processes: int = 1
    nodes: int = 1

    @property
    def name(self) -> str:
        """Directory name, used as display name."""
        return self.exp.name

    @property
    def threads(self) -> int:
        """Number of threads for torch, in the process that calls this."""
        return 1 if self.one_thread else available_cores()


@dataclass(frozen=True)
class TrainedFold:
    """Outcome of a fold's training.

    Attributes
    ----------
    best_epoch, epochs
        The epoch chosen on the validation side, and the number of epochs trained.
    seconds
        Duration of the training; an equal share where folds are trained in one pass.
    valid
        Predictions of the validation side with the chosen weights.
    setting
        Layer and penalty of a linear probe, in words; without epochs, these are what was chosen.
    """

    best_epoch: int
    epochs: int
    seconds: float
    valid: list[AnyPrediction]
    setting: str = ""

    @property
    def chosen(self) -> str:
        """Return what was chosen on the validation side, in words."""
        return self.setting or f"best epoch {self.best_epoch} of {self.epochs}"
