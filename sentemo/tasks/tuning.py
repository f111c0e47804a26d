"""A base of tasks whose training may begin at kept states of a pre-trained encoder.

The experiment's configuration describes the whole model. Only where the option `upon_states` is
true, in training and where kept states are judged, its lower part is left out; the weights of
epochs lack it too, and `ENCODER_FILE` beside them has it.
"""

import argparse
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from espnet2.tasks.abs_task import optim_classes
from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import float_or_none, str2bool, str_or_none

from sentemo.core import checkpoint
from sentemo.core.best_epoch import ENCODER_FILE
from sentemo.core.errors import SentemoError
from sentemo.models.encoding import ENCODER_PARTS
from sentemo.models.layers import layer_count
from sentemo.modules.tuning import Tuning, begin_at_states
from sentemo.tasks.validation import SharedValidation
from sentemo.training.state_rows import StatesCollateFn
from sentemo.upstreams import Upstream


class UpstreamTask(SharedValidation):
    """A task whose encoder may come from an upstream, whole or above kept states of a layer."""

    encoder_parts: Sequence[str] = ENCODER_PARTS  # what learns by `--encoder_lr`

    @staticmethod
    def add_upstream_arguments(group: Any) -> None:
        """Add the options to a task's own."""
        group.add_argument(
            "--asr_model",
            type=str_or_none,
            help="Pre-trained model whose frontend, normalisation, pre-encoder, encoder and "
            "post-encoder are taken over, with their configuration",
        )
        group.add_argument("--upstream_window", help="Window that Whisper hears: utterance or 30s")
        group.add_argument(
            "--encoder_lr",
            type=float_or_none,
            help="Learning rate of the encoder (default: the optimiser's), where it is trained on "
            "from --upstream",
        )
        group.add_argument(
            "--tuning_conf",
            action=NestedDictAction,
            help="Training of the upper layers of --upstream: start_layer, the layer whose states "
            "are kept; method, full or lora; rank and dropout of LoRA",
        )
        group.add_argument(
            "--upon_states",
            type=str2bool,
            default=False,
            help="Whether the data are states of the layer that tuning_conf names",
        )

    @classmethod
    def build_collate_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Callable[
        [Collection[tuple[str, dict[str, np.ndarray]]]],
        tuple[list[str], dict[str, torch.Tensor]],
    ]:
        """Pad features with 0, and tokens with -1: their 0 is the blank."""
        return StatesCollateFn(float_pad_value=0.0, int_pad_value=-1)

    @classmethod
    def build_optimizers(
        cls, args: argparse.Namespace, model: torch.nn.Module
    ) -> list[torch.optim.Optimizer]:
        """Build ESPnet's optimiser; with `--encoder_lr`, of two groups of parameters."""
        encoder_lr = getattr(args, "encoder_lr", None)
        if encoder_lr is None:
            return super().build_optimizers(args, model)
        if args.exclude_weight_decay:
            raise SentemoError("encoder_lr and exclude_weight_decay exclude one another.")
        groups: dict[bool, list[torch.nn.Parameter]] = {False: [], True: []}
        for name, parameter in model.named_parameters():
            groups[name.split(".")[0] in cls.encoder_parts].append(parameter)
        return [
            optim_classes[args.optim](
                [{"params": groups[False]}, {"params": groups[True], "lr": encoder_lr}],
                **args.optim_conf,
            )
        ]


def upstream_of(args: argparse.Namespace) -> Upstream | None:
    """Return the upstream whose encoder is to be taken over; None where none is named."""
    named = getattr(args, "asr_model", None)
    return named and Upstream(named, window=getattr(args, "upstream_window", None) or "")


def take_weights(model: torch.nn.Module, upstream: Upstream, args: argparse.Namespace) -> None:
    """Take over the weights of an upstream whose configuration is in `args` already.

    If the training begins at kept states, those up to the encoder's end are saved for later use.
    """
    upstream.load_weights(model)
    args.inherited_from, args.asr_model = args.asr_model, None
    if args.upon_states:
        weights = model.state_dict()
        kept = {name: v for name, v in weights.items() if name.split(".")[0] in ENCODER_PARTS}
        checkpoint.save(kept, Path(args.output_dir) / ENCODER_FILE)


def begin_at_kept_states(model: Any, args: argparse.Namespace, last: int | None = None) -> None:
    """Leave out the lower part of a model, if its data are kept states.

    Parameters
    ----------
    last
        Layer above which nothing is read; None is the encoder's output.
    """
    tuning = Tuning.of(getattr(args, "tuning_conf", None))
    if tuning is not None and getattr(args, "upon_states", False):
        begin_at_states(model, tuning, last or layer_count(model.encoder))
