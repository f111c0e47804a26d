"""One fold of a joint training: its own decoder, history, best epochs and early stop."""

import argparse
import logging
from pathlib import Path
from typing import Any

import torch

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.data.labels import balanced_weights, require_all_classes
from sentemo.data.splits import side_of_fold
from sentemo.data.targets import targets_of
from sentemo.folds.clean_states import CleanStates
from sentemo.folds.job import FoldJob
from sentemo.folds.threads import own_dropout, restart
from sentemo.models.heads import BALANCED
from sentemo.models.ser import SpeechEmotionModel
from sentemo.training.evaluation import require_finite


class FoldLearner:
    """Learns from the fold's training side alone.

    Parameters
    ----------
    model
        With a decoder of its own; see `SpeechEmotionModel.with_own_decoder`.
    job
        The fold.
    args
        Of the task: clipping, patience, criterion and number of best epochs.

    Attributes
    ----------
    history
        Of each epoch, the mean loss of training and the metrics of validation, by phase.
    parameters
        Those that learn.
    """

    def __init__(self, model: SpeechEmotionModel, job: FoldJob, args: argparse.Namespace) -> None:
        self.model, self.exp, self.args = model, job.exp, args
        self._sides = self.sides(job)
        if job.labels:
            training = side_of_fold(job.utterances, job.fold, "train")
            require_all_classes(training, job.labels, job.fold.number)
            if args.model_conf.get("class_weights") == BALANCED:
                model.classifier.class_weights = balanced_weights(training, job.labels)
        self._targets = targets_of(job.utterances, job.labels, job.scale)
        self.parameters = [p for part in model.decoder_parts() for p in part.parameters()]
        self._generator = torch.Generator(self.parameters[0].device)
        for part in model.decoder_parts():
            own_dropout(part, self._generator)
        self.history: list[dict[str, dict[str, float]]] = []
        self._fold = job.fold.number

    @staticmethod
    def sides(job: FoldJob) -> dict[str, set[str]]:
        """Return the utterances of each side."""
        return {
            side: {utt.id for utt in side_of_fold(job.utterances, job.fold, side)}
            for side in ("train", "valid", "test")
        }

    def start_epoch(self, epoch: int) -> None:
        """Count steps anew, and draw what an interrupted run would draw."""
        self.model.train()
        restart(self._generator, self.args.seed, epoch, self._fold)
        self._steps = 0
        self._losses: list[float] = []

    def learn(self, names: list[str], states: torch.Tensor, lengths: torch.Tensor) -> None:
        """Leave a clipped gradient of the loss on the fold's own utterances of a batch, or none.

        There is none where the batch has no utterance of the training side, or where loss or
        gradient are not finite; the optimiser then passes over this fold.
        """
        rows = [row for row, name in enumerate(names) if name in self._sides["train"]]
        if not rows:
            return
        outputs, _ = self.model.predict_states(states[rows], lengths[rows])
        targets = self._targets_of([names[row] for row in rows], states.device)
        loss = self.model.loss(outputs, targets)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(
            self.parameters, self.args.grad_clip, self.args.grad_clip_type
        )
        if torch.isfinite(norm):
            self._steps += 1
            self._losses += [loss.item()] * len(rows)
            return
        logging.warning(f"fold {self._fold}: gradient norm {norm}, passed over: {', '.join(names)}")
        for parameter in self.parameters:
            parameter.grad = None

    def require_steps(self, epoch: int) -> None:
        """Insist that the fold has learnt from something."""
        if self._steps == 0:
            raise SentemoError(
                f"{self.exp}: no step of epoch {epoch} had a finite gradient. Look into the "
                "utterances that the log names, or lower the learning rate."
            )

    def validate(self, clean: CleanStates, device: str) -> None:
        """Add the epoch to the history."""
        train = {"loss": sum(self._losses) / len(self._losses)}
        valid = self.model.set_metrics(self.answers(clean, "valid", device))
        self.history.append({"train": train, "valid": valid})

    @torch.no_grad()
    def answers(self, clean: CleanStates, side: str, device: str) -> dict[str, dict[str, Any]]:
        """What the model says of each utterance of a side, by its id."""
        self.model.eval()
        found: dict[str, dict[str, Any]] = {}
        for names, states, lengths in clean.batches(sorted(self._sides[side])):
            outputs, _ = self.model.predict_states(states.to(device), lengths.to(device))
            targets = self._targets_of(names, device)
            found.update(self.model.answers(outputs, targets, names))
        require_finite(found)
        return dict(sorted(found.items()))

    def _targets_of(self, names: list[str], device: str | torch.device) -> dict[str, torch.Tensor]:
        """Targets as ESPnet's collate function makes them of a batch of these utterances."""
        return {
            target.name: torch.tensor([target.rows[name] for name in names], device=device)
            for target in self._targets
        }

    def best_epochs(self, count: int) -> list[int]:
        """Return the best epochs by the first criterion, best first; the earlier of two equals."""
        phase, metric, mode = self.args.best_model_criterion[0]
        sign = 1 if mode == "min" else -1
        values = [sign * metrics[phase][metric] for metrics in self.history]
        return sorted(range(1, len(values) + 1), key=lambda epoch: values[epoch - 1])[:count]

    def has_stopped(self) -> bool:
        """Whether patience has run out, by the criterion of early stopping."""
        if not self.history or self.args.patience is None:
            return False
        phase, metric, mode = self.args.early_stopping_criterion
        values = [metrics[phase][metric] for metrics in self.history]
        best = values.index(min(values) if mode == "min" else max(values)) + 1
        return len(values) - best > self.args.patience

    def save_if_best(self) -> None:
        """Save this epoch's weights if they are among the best."""
        epoch = len(self.history)
        if epoch in self.best_epochs(self._kept):
            self.exp.mkdir(exist_ok=True)
            checkpoint.save(self.model.decoder_state(), checkpoint.epoch_file(self.exp, epoch))

    def keep_best(self) -> None:
        """Remove what is not among the best; once a checkpoint knows of this epoch, not before."""
        epochs = set(range(1, len(self.history) + 1))
        for old in epochs - set(self.best_epochs(self._kept)):
            checkpoint.epoch_file(self.exp, old).unlink(missing_ok=True)

    def save_average(self) -> None:
        """Save the mean of the best epochs' weights, which the fold is tested with."""
        files = checkpoint.kept_epochs(self.exp, self.best_epochs(self._kept))
        if not files:
            raise SentemoError(f"{self.exp}: no weights of a best epoch. Train anew.")
        checkpoint.save(checkpoint.average(files), self._chosen)

    def load_chosen(self) -> None:
        """Load the weights that `save_average` saved."""
        self._load(checkpoint.load_weights(self._chosen))

    def state(self) -> dict[str, Any]:
        """All that the fold needs to go on after an epoch."""
        return {"decoder": self.model.decoder_state(), "history": self.history}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self._load(state["decoder"])
        self.history = state["history"]

    def _load(self, decoder: dict[str, torch.Tensor]) -> None:
        self.model.load_state_dict({**self.model.state_dict(), **decoder})

    @property
    def _kept(self) -> int:
        keep = self.args.keep_nbest_models
        return keep if isinstance(keep, int) else max(keep)

    @property
    def _chosen(self) -> Path:
        phase, metric, _ = self.args.best_model_criterion[0]
        return self.exp / f"{phase}.{metric}.ave.pth"
