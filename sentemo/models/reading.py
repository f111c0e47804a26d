"""Reading of encoder states by a decoder: standardised, augmented, and several layers as one."""

from collections.abc import Mapping
from typing import Any

import torch

from sentemo.models.layer_settings import BEST, LAST, WEIGHTED, LayerSetting
from sentemo.modules.normalisation import StatesNormalisation
from sentemo.modules.states_augmentation import StatesAugmentation


class StatesReader(torch.nn.Module):
    """Makes of an encoder's states those that a decoder gets.

    Parameters
    ----------
    setting
        ``model_conf.encoder_layer``, see `SpeechEmotionModel`.
    layers, size
        Number of layers that are read, and size of the encoder's states.
    standardise, augmentation
        ``model_conf.standardise_states`` and ``model_conf.states_augmentation``, see there.
    """

    def __init__(
        self,
        setting: LayerSetting,
        layers: int,
        size: int,
        standardise: bool = False,
        augmentation: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.merge = merge_layers(setting, layers)
        shape = (size,) if self.merge is None else (layers, size)
        self.norm = StatesNormalisation(*shape) if standardise else None
        self.augmentation = StatesAugmentation(**(augmentation or {}))

    def forward(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        """Map states to ``(batch, frames, features)``.

        Parameters
        ----------
        states
            ``(batch, frames, features)``, or ``(batch, frames, layers, features)`` where several
            layers are read.
        lengths
            Valid frames, ``(batch,)``.
        generator
            Source of the augmentation's draws; None is torch's own.
        """
        if isinstance(self.merge, LayerChoice):  # first, as folds read the layers of all folds
            states = self.merge(states)
            if self.norm is not None:
                states = self.norm(states, self.merge.index)
            return self.augmentation(states, lengths, generator)
        if self.norm is not None:
            states = self.norm(states)
        states = self.augmentation(states, lengths, generator)
        return states if self.merge is None else self.merge(states)


def merge_layers(setting: LayerSetting, layers: int) -> torch.nn.Module | None:
    """Return the module that makes one sequence of states of several layers; None for one layer.

    It maps ``(batch, frames, layers, features)`` to states of the decoder.

    Parameters
    ----------
    setting
        ``model_conf.encoder_layer``.
    layers
        Number of layers that are read.
    """
    if layers <= 1:
        return None
    if setting == WEIGHTED:
        return LayerSum(layers)
    return LayerChoice() if setting == BEST else SideBySide()


def merged_size(setting: LayerSetting, layers: int, size: int) -> int:
    """Return the size of the states that `merge_layers` makes of layers of this size."""
    return size if setting in (LAST, WEIGHTED, BEST) else max(layers, 1) * size


class LayerSum(torch.nn.Module):
    """Sum of layers, with learned weights that are positive and sum to one.

    Parameters
    ----------
    layers
        Number of layers, which have equal weights at first.
    """

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.zeros(layers))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Sum ``(batch, frames, layers, features)`` to ``(batch, frames, features)``."""
        weights = self.logits.softmax(dim=0)
        layers = states.unbind(dim=2)
        return sum(weight * layer for weight, layer in zip(weights, layers, strict=True))


class LayerChoice(torch.nn.Module):
    """One of several layers; its index is a part of the weights, as every fold has its own."""

    index: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("index", torch.tensor(0))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Choose from ``(batch, frames, layers, features)`` one ``(batch, frames, features)``."""
        return states.index_select(2, self.index.reshape(1)).squeeze(2)


class SideBySide(torch.nn.Module):
    """Several layers as one state of all their features."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Map ``(batch, frames, layers, features)`` to ``(batch, frames, layers * features)``."""
        return states.flatten(2)
