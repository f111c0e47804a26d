"""Training of the upper layers of a pre-trained encoder, upon kept states of the layers below.

What is below layer `Tuning.start_layer` is frozen, so its states are features like any other: they
are kept once. The layers above are trained, all of their weights or by LoRA (Hu et al. 2021): the
product of two matrices of a small rank is added to each matrix. No factor stands before it (alpha
is the rank), so that the sum follows from the weights alone; see `sentemo.modules.lora`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from sentemo.core.errors import SentemoError
from sentemo.core.extras import install
from sentemo.modules.encoders.layered import LayeredEncoder

FULL, LORA = "full", "lora"
TRIED_STATES = 8


@dataclass(frozen=True)
class Tuning:
    """Settings of `tuning_conf`.

    Attributes
    ----------
    start_layer
        Layer whose states are kept; those above it are trained.
    method
        ``full`` trains all weights of these layers, ``lora`` matrices of a small rank beside them.
    rank, dropout
        Of LoRA.

    Raises
    ------
    SentemoError
        When a setting is none of these.
    """

    start_layer: int
    method: str = FULL
    rank: int = 8
    dropout: float = 0.0

    def __post_init__(self) -> None:
        wrong = {
            "start_layer": not _is_count(self.start_layer),
            "method": self.method not in (FULL, LORA),
            "rank": not _is_count(self.rank),
            "dropout": not (isinstance(self.dropout, int | float) and 0 <= self.dropout < 1),
        }
        for name in (name for name, holds in wrong.items() if holds):
            raise SentemoError(
                f"tuning_conf.{name}: {getattr(self, name)!r}; start_layer and rank are numbers "
                f"from 1 on, method is {FULL} or {LORA}, dropout is from 0 to below 1."
            )

    @classmethod
    def of(cls, conf: Mapping[str, Any] | None) -> "Tuning | None":
        """Return the settings in a configuration; None where there are none."""
        if not conf:
            return None
        if "start_layer" not in conf:
            raise SentemoError(
                "tuning_conf.start_layer is missing: the layer whose states are kept."
            )
        return cls(**conf)


def begin_at_states(model: Any, tuning: Tuning, last: int) -> None:
    """Let a model begin with kept states, and train the layers above them.

    Parameters
    ----------
    model
        A model with ESPnet's names for its parts; those before the encoder are left out.
    last
        Layer above which nothing is read.

    Raises
    ------
    SentemoError
        When the encoder has no such layers, or LoRA is asked for and peft is not installed.
    """
    encoder = model.encoder
    if not isinstance(encoder, LayeredEncoder):
        raise SentemoError(
            f"tuning_conf: {type(encoder).__name__} has no layers that begin at kept states."
        )
    if tuning.start_layer >= last:
        raise SentemoError(
            f"tuning_conf.start_layer: {tuning.start_layer}; the highest layer that is read is "
            f"{last}, so that there is none to train. Give a number from 1 to {last - 1}."
        )
    model.frontend = model.normalize = model.preencoder = None
    encoder.begin_above(tuning.start_layer, last)
    if tuning.method == LORA:
        _add_lora(encoder, tuning)


def _add_lora(encoder: LayeredEncoder, tuning: Tuning) -> None:
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise SentemoError(f"tuning_conf.method: {LORA} needs peft: {install('ssl')}") from error
    config = LoraConfig(
        r=tuning.rank,
        lora_alpha=tuning.rank,
        lora_dropout=tuning.dropout,
        target_modules=_called_matrices(encoder),
    )
    inject_adapter_in_model(config, encoder)


def _called_matrices(encoder: LayeredEncoder) -> list[str]:
    """Return the names of the linear layers that are called; of some, WavLM reads the weights."""
    called: set[str] = set()
    linear = {n: m for n, m in encoder.named_modules() if isinstance(m, torch.nn.Linear)}
    was_training = encoder.training
    encoder.eval()
    hooks = [
        module.register_forward_hook(lambda *_, name=name: called.add(name))
        for name, module in linear.items()
    ]
    device = next(encoder.parameters()).device
    states = torch.zeros(1, 4 * TRIED_STATES * TRIED_STATES, encoder.output_size(), device=device)
    try:
        with torch.no_grad():
            encoder.forward_layers(states, torch.tensor([TRIED_STATES]))
    finally:
        encoder.train(was_training)
        for hook in hooks:
            hook.remove()
    return sorted(called)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
