"""One fold of a joint training, with a decoder, a history and an early stop of its own."""

import argparse
import logging
from dataclasses import replace
from typing import Any

import torch

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.data.labels import balanced_weights, require_all_classes
from sentemo.data.splits import side_of_fold
from sentemo.data.targets import targets_of
from sentemo.folds.job import FoldJob
from sentemo.folds.threads import own_dropout, restart
from sentemo.models.heads import BALANCED
from sentemo.models.reading import LayerChoice
from sentemo.models.ser import SpeechEmotionModel
from sentemo.states.kept import KeptStates
from sentemo.training.batches import DivergenceStop, no_finite_step
from sentemo.training.evaluation import require_finite
from sentemo.training.history import History
from sentemo.training.selection import EpochFiles, EpochPolicy, average_file, rank_epochs


class FoldLearner:
    """Learns from the fold's training side alone.

    Epochs are kept by the first criterion only: no other weights of a fold would ever be read.

    Parameters
    ----------
    model
        Model with a decoder of its own; see `SpeechEmotionModel.with_own_decoder`.
    job
        The fold.
    args
        Arguments of the task: clipping, patience, criteria and number of best epochs.
    kept
        States of all utterances.

    Attributes
    ----------
    history
        Mean training loss and validation metrics of each epoch, by phase.
    parameters
        Parameters of the decoder, which alone are trained.
    """

    def __init__(
        self,
        model: SpeechEmotionModel,
        job: FoldJob,
        args: argparse.Namespace,
        kept: KeptStates,
    ) -> None:
        self.model, self.exp, self.args = model, job.exp, args
        self._sides, self._kept = self.sides(job), kept
        self._layers = model.kept_layers
        if job.labels and model.classifier is not None:
            training = side_of_fold(job.utterances, job.fold, "train")
            require_all_classes(training, job.labels, job.fold.number)
            if args.model_conf.get("class_weights") == BALANCED:
                model.classifier.class_weights = balanced_weights(training, job.labels)
        self._targets = targets_of(job.utterances, job.labels, job.scale)
        self.parameters = [p for part in model.decoder_parts() for p in part.parameters()]
        self._generator = model.generator = torch.Generator(self.parameters[0].device)
        if isinstance(model.reader.merge, LayerChoice) and job.best_layer is not None:
            model.reader.merge.index.fill_(model.layers.index(job.best_layer))
        if model.reader.norm is not None:
            names = sorted(self._sides["train"])
            model.reader.norm.set_statistics(*kept.statistics(names, self._layers))
        for part in model.decoder_parts():
            own_dropout(part, self._generator)
        self.history: History = []
        self._fold = job.fold.number
        policy = EpochPolicy.from_options(args)
        self._policy = replace(policy, criteria=policy.criteria[:1])
        self._files = EpochFiles(job.exp, self._policy)
        self._divergence = DivergenceStop()

    @staticmethod
    def sides(job: FoldJob) -> dict[str, set[str]]:
        """Return the utterances of each side."""
        return {
            side: {utt.id for utt in side_of_fold(job.utterances, job.fold, side)}
            for side in ("train", "valid", "test")
        }

    def start_epoch(self, epoch: int) -> None:
        """Count steps from zero, and draw the same dropout as a run without a break."""
        self.model.train()
        restart(self._generator, self.args.seed, epoch, self._fold)
        self._epoch, self._batches, self._steps = epoch, 0, 0
        self._losses: list[float] = []

    def learn(self, names: list[str], states: torch.Tensor, lengths: torch.Tensor) -> None:
        """Leave a clipped gradient of the loss on the fold's own utterances of a batch, or none.

        There is none where the batch has no utterance of the training side, or where the loss or
        the gradient is not finite; the optimiser then passes over this fold.

        Raises
        ------
        SentemoError
            When the loss of many batches in a row was not finite; see `DivergenceStop`.
        """
        self._batches += 1
        rows = [row for row, name in enumerate(names) if name in self._sides["train"]]
        if not rows:
            return
        own, states = [names[row] for row in rows], states[rows]
        targets = self._targets_of(own, states.device)
        loss, _ = self.model.learn_states(states, lengths[rows], targets)
        where = f"fold {self._fold}, epoch {self._epoch}, batch {self._batches}"
        self._divergence.check(loss.detach(), where, own, states)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(
            self.parameters, self.args.grad_clip, self.args.grad_clip_type
        )
        if torch.isfinite(norm):
            self._steps += 1
            self._losses += [loss.item()] * len(rows)
            return
        if loss.isfinite():  # else the loss was reported
            logging.warning(f"{where}: skipped, its gradient norm is {norm}: {', '.join(own)}")
        for parameter in self.parameters:
            parameter.grad = None

    def require_steps(self) -> None:
        """Raise a `SentemoError` if no batch of the epoch had a finite gradient."""
        if self._steps == 0:
            raise no_finite_step(self.exp, self._epoch)

    def validate(self, device: str) -> None:
        """Add the epoch to the history."""
        train = {"loss": sum(self._losses) / len(self._losses)}
        valid = self.model.set_metrics(self.evaluate("valid", device))
        self.history.append({"train": train, "valid": valid})

    @torch.no_grad()
    def evaluate(self, side: str, device: str) -> dict[str, dict[str, Any]]:
        """Evaluate the utterances of one side; see `SpeechEmotionModel.records`."""
        self.model.eval()
        found: dict[str, dict[str, Any]] = {}
        for names, states, lengths in self._kept.batches(sorted(self._sides[side]), self._layers):
            outputs, _ = self.model.predict_states(states.to(device), lengths.to(device))
            targets = self._targets_of(names, device)
            found.update(self.model.records(outputs, targets, names))
        require_finite(found)
        return dict(sorted(found.items()))

    def _targets_of(self, names: list[str], device: str | torch.device) -> dict[str, torch.Tensor]:
        """Return the targets of a batch as ESPnet's collate function would."""
        return {
            target.name: torch.tensor([target.rows[name] for name in names], device=device)
            for target in self._targets
        }

    @property
    def best_epoch(self) -> int:
        """Number of the best epoch so far."""
        return rank_epochs(self.history, self._policy.criteria[0])[0]

    def has_stopped(self) -> bool:
        """Tell whether patience has run out, by the criterion of early stopping."""
        return self._policy.has_stopped(self.history)

    def save_if_best(self) -> None:
        """Save this epoch's weights if they are among the best."""
        self._files.save_if_best(self.history, self.model.decoder_state())

    def keep_best(self) -> None:
        """Remove the weights that are not among the best; see `EpochFiles.remove_others`."""
        self._files.remove_others(self.history)

    def save_average(self) -> None:
        """Save the mean of the best epochs' weights, with which the fold is tested."""
        if not self._files.save_averages(self.history, fewest=1):
            raise SentemoError(f"{self.exp}: no weights of a best epoch. Train anew.")

    def load_chosen(self) -> None:
        """Load the weights that `save_average` saved."""
        chosen = average_file(self.exp, self._policy.criteria[0])
        self._load(checkpoint.load_weights(chosen))

    def state(self) -> dict[str, Any]:
        """Return all that the fold needs to go on after an epoch."""
        return {"decoder": self.model.decoder_state(), "history": self.history}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self._load(state["decoder"])
        self.history = state["history"]

    def _load(self, decoder: dict[str, torch.Tensor]) -> None:
        self.model.load_state_dict({**self.model.state_dict(), **decoder})
