"""Losses over the statistics of a batch, which several processes may share."""

import math
from collections.abc import Sequence

import torch
from torch import distributed
from torch.distributed.nn.functional import all_gather

from sentemo.core.errors import SentemoError
from sentemo.scoring.metrics import concordance


class CCCLoss(torch.nn.Module):
    """Weighted mean of 1 - CCC over activation, valence and dominance (SA2SR, section 3.3).

    CCC is the metric, `sentemo.scoring.metrics.concordance`, with the moments of the batch. Where
    a dimension's targets or predictions are constant in a batch, as in a batch of one, that
    dimension's loss is 1. Constant targets have no gradient, so that a batch of one teaches
    nothing; constant predictions have one. A training in several processes computes it over the
    batch of them all; see `gather_batch`.

    Parameters
    ----------
    weights
        Weights of activation, valence and dominance. The paper's way to combine the three is not
        legible.

    Raises
    ------
    SentemoError
        When these are not three numbers, one of them positive and none negative.
    """

    shares: torch.Tensor

    def __init__(self, weights: Sequence[float] = (1.0, 1.0, 1.0)) -> None:
        super().__init__()
        usable = len(weights) == 3 and all(0 <= weight < math.inf for weight in weights)
        if not (usable and any(weights)):
            raise SentemoError(
                f"weights of the CCC loss: {list(weights)}; give three, for activation, valence "
                "and dominance, none negative and not all 0."
            )
        shares = torch.tensor(weights, dtype=torch.float) / sum(weights)
        self.register_buffer("shares", shares, persistent=False)

    def forward(self, predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Compute the loss of a batch, from 0 to 2.

        Parameters
        ----------
        predicted, target
            ``(batch, 3)``. Every utterance counts: there is no mask.

        Raises
        ------
        ValueError
            When the shapes are wrong, or a target is not a finite number.
        """
        if predicted.shape != target.shape or target.shape[1:] != (3,) or len(target) == 0:
            raise ValueError(
                f"{tuple(predicted.shape)} predictions, {tuple(target.shape)} targets; the CCC "
                "loss needs both as (batch, 3): activation, valence, dominance"
            )
        if not target.is_floating_point():
            raise ValueError(f"targets of the CCC loss are {target.dtype}; give real numbers")
        if wrong := (~target.isfinite()).any(dim=1).sum().item():
            raise ValueError(
                f"targets of {wrong} of {len(target)} utterances have nan or infinity; the CCC "
                "loss masks none: leave utterances without dimensions out of the training"
            )
        return ((1 - concordance(predicted, target)) * self.shares).sum()


def distribution_loss(
    logits: torch.Tensor,
    shares: torch.Tensor,
    class_weights: torch.Tensor | None = None,
    label_smoothing: float = 0.0,
) -> torch.Tensor:
    """Return the mean divergence of predicted classes from the shares of the annotators.

    It is the Kullback-Leibler divergence of the prediction from the shares: the soft cross-entropy
    less the shares' own entropy, so that the best prediction has the loss 0, and its gradient is
    that of the soft cross-entropy.

    Parameters
    ----------
    logits, shares
        ``(batch, classes)``; the shares of an utterance add up to 1.
    class_weights
        Weight of each class's term; the best prediction is then the weighted shares.
    label_smoothing
        Share that is first divided evenly among all classes.
    """
    wanted = (1 - label_smoothing) * shares + label_smoothing / shares.shape[1]
    terms = torch.xlogy(wanted, wanted) - wanted * logits.log_softmax(dim=1)
    if class_weights is not None:
        terms = class_weights * terms
    return terms.sum(dim=1).mean()


def gather_batch(values: torch.Tensor) -> torch.Tensor:
    """Return the values of all processes of a training, in their order, with a gradient.

    Every process computes the same loss, so that the gradient of a process's own part arrives as
    many times as there are processes. `DistributedDataParallel` averages over processes, and the
    result is the gradient of a training in one process.

    Parameters
    ----------
    values
        ``(batch, features)``; batches may differ in size.
    """
    if not distributed.is_initialized():
        return values
    sizes = all_gather(torch.tensor([len(values)], device=values.device))
    longest = int(max(sizes))
    padded = torch.nn.functional.pad(values, (0, 0, 0, longest - len(values)))
    return torch.cat([part[:size] for part, size in zip(all_gather(padded), sizes, strict=True)])
