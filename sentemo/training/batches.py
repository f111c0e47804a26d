"""Training batches under observation: their padding, and losses that are not finite."""

import logging
from collections.abc import Sequence
from typing import Any

import torch

from sentemo.core.errors import SentemoError

TOLERATED_IN_A_ROW = 10

progress = logging.getLogger("sentemo.progress")


class DivergenceStop:
    """Ends a training after many batches in a row whose loss is not finite.

    The trainings skip the step of such a batch. A single one does no harm, and under AMP it is
    common; many in a row mean that the training will not recover.
    """

    def __init__(self) -> None:
        self._in_a_row = 0

    def check(
        self, loss: torch.Tensor, where: str, names: Sequence[str], inputs: torch.Tensor
    ) -> None:
        """Name the utterances of a batch whose loss is not finite.

        Parameters
        ----------
        loss
            Loss of the batch.
        where
            Epoch and batch, for the message.
        names, inputs
            Utterance ids and what the model was given, ``(batch, …)``.

        Raises
        ------
        SentemoError
            When this was the last of the tolerated batches in a row.
        """
        if loss.isfinite().all():
            self._in_a_row = 0
            return
        self._in_a_row += 1
        progress.warning(f"{where}: skipped, its loss is {loss.item()}: {_suspects(names, inputs)}")
        if self._in_a_row == TOLERATED_IN_A_ROW:
            raise SentemoError(
                f"{where}: the loss of {TOLERATED_IN_A_ROW} batches in a row is not finite; the "
                "training has diverged. Delete the experiment and lower the learning rate."
            )


class BatchWatch:
    """Observes every batch that a model is trained on, as a hook on its forward calls.

    Parameters
    ----------
    model
        Called with ``utt_id``, ``speech`` and ``speech_lengths``; returns the loss first.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._divergence = DivergenceStop()
        self.start_epoch(0)
        model.register_forward_hook(self._watch, with_kwargs=True)

    def start_epoch(self, epoch: int) -> None:
        """Count the batches and the padding from zero."""
        self._epoch = epoch
        self.batches = self._frames = 0
        self._valid = torch.tensor(0)

    @property
    def padding(self) -> float:
        """Share of padding among the frames of this epoch."""
        return 1.0 - self._valid.item() / self._frames

    def _watch(
        self,
        model: torch.nn.Module,
        args: tuple[Any, ...],
        batch: dict[str, Any],
        output: tuple[torch.Tensor, Any, Any],
    ) -> None:
        speech, lengths = batch["speech"], batch["speech_lengths"]
        self.batches += 1
        self._frames += speech.size(0) * speech.size(1)
        self._valid = self._valid.to(lengths.device) + lengths.sum()
        where = f"epoch {self._epoch}, batch {self.batches}"
        self._divergence.check(output[0].detach(), where, batch["utt_id"], speech)


def no_finite_step(where: object, epoch: int) -> SentemoError:
    """Return the error that ends a training in which no step of an epoch was taken.

    Parameters
    ----------
    where
        Directory of the training.
    """
    return SentemoError(
        f"{where}: no step of epoch {epoch} had a finite gradient. Look into the utterances that "
        "the log names, or lower the learning rate."
    )


def not_finite(names: Sequence[str], inputs: torch.Tensor) -> list[str]:
    """Return the utterances of a batch whose features or states are not all finite."""
    bad = ~inputs.isfinite().flatten(start_dim=1).all(dim=1)
    return [name for name, is_bad in zip(names, bad.tolist(), strict=True) if is_bad]


def _suspects(names: Sequence[str], inputs: torch.Tensor) -> str:
    """Name the utterances whose features are not finite, or else all of the batch."""
    if named := not_finite(names, inputs):
        return f"features that are not finite in {', '.join(named)}"
    return f"utterances {', '.join(names)}"
