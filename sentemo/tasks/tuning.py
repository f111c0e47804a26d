"""Options of tasks whose training begins at kept states of a pre-trained encoder.

The experiment's configuration describes the whole model. Only where the option `upon_states` is
true, in training and where kept states are judged, its lower part is left out; the weights of
epochs lack it too, and `ENCODER_FILE` beside them has it.
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import str2bool

from sentemo.core import checkpoint
from sentemo.core.best_epoch import ENCODER_FILE
from sentemo.models.encoding import ENCODER_PARTS
from sentemo.models.layers import layer_count
from sentemo.modules.tuning import Tuning, begin_at_states


def add_tuning_arguments(group: Any) -> None:
    """Add the options to a task's own."""
    group.add_argument(
        "--tuning_conf",
        action=NestedDictAction,
        help="Training of the upper layers of --upstream: start_layer, the layer whose states are "
        "kept; method, full or lora; rank and dropout of LoRA",
    )
    group.add_argument(
        "--upon_states",
        type=str2bool,
        default=False,
        help="Whether the data are states of the layer that tuning_conf names",
    )


def keep_whole_encoder(model: torch.nn.Module, args: argparse.Namespace) -> None:
    """Save the weights up to the encoder's end, if the training begins at kept states."""
    if getattr(args, "upon_states", False):
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
