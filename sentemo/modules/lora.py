"""Weights that LoRA learnt (Hu et al. 2021), by peft's names for them; torch is not imported."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

BASE, DOWN, UP = ".base_layer.", ".lora_A.default.weight", ".lora_B.default.weight"


def merged(weights: Mapping[str, "torch.Tensor"]) -> dict[str, "torch.Tensor"]:
    """Return weights with what LoRA learnt added to the matrices beside it, under their own names.

    No factor stands before the product: `sentemo.modules.tuning` takes the rank for alpha.
    """
    found: dict[str, torch.Tensor] = {}
    for name, values in weights.items():
        if name.endswith((DOWN, UP)):
            continue
        plain, layer = name.replace(BASE, "."), name.removesuffix(f"{BASE}weight")
        is_adapted = layer != name
        found[plain] = (
            values + weights[layer + UP] @ weights[layer + DOWN] if is_adapted else values
        )
    return found
