"""What a model meets in a training epoch: how much padding, and which losses are not finite."""

import logging
from collections.abc import Sequence
from typing import Any

import torch

from sentemo.core.errors import SentemoError

TOLERATED_IN_A_ROW = 10

progress = logging.getLogger("sentemo.progress")


class BatchWatch:
    """Looks at every batch that a model is trained on, as a hook on its forward calls.

    ESPnet skips the step of a batch whose gradient is not finite, without naming it. A single one
    is no harm, under AMP it is common; many in a row are a training that will not recover.

    Parameters
    ----------
    model
        Called with ``utt_id``, ``speech`` and ``speech_lengths``; the first of what it returns is
        the loss.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._in_a_row = 0
        self.start_epoch(0)
        model.register_forward_hook(self._watch, with_kwargs=True)

    def start_epoch(self, epoch: int) -> None:
        """Count anew."""
        self._epoch = epoch
        self.batches = self._frames = 0
        self._valid = torch.tensor(0)

    @property
    def padding(self) -> float:
        """Share of this epoch's frames that are padding."""
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
        loss = output[0].detach()
        if loss.isfinite().all():
            self._in_a_row = 0
            return
        self._in_a_row += 1
        where = f"epoch {self._epoch}, batch {self.batches}"
        progress.warning(f"{where}: skipped, its loss is {loss.item()}: {_suspects(batch)}")
        if self._in_a_row == TOLERATED_IN_A_ROW:
            raise SentemoError(
                f"{where}: the loss of {TOLERATED_IN_A_ROW} batches in a row is not finite; the "
                "training has diverged. Delete the experiment and lower the learning rate."
            )


def not_finite(names: Sequence[str], speech: torch.Tensor) -> list[str]:
    """Return the utterances of a batch whose features are not all finite."""
    bad = ~speech.isfinite().flatten(start_dim=1).all(dim=1)
    return [name for name, is_bad in zip(names, bad.tolist(), strict=True) if is_bad]


def _suspects(batch: dict[str, Any]) -> str:
    """Name the utterances whose features are not finite, or else all of the batch."""
    if named := not_finite(batch["utt_id"], batch["speech"]):
        return f"features that are not finite in {', '.join(named)}"
    return f"utterances {', '.join(batch['utt_id'])}"
