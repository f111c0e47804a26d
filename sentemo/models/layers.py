"""The layers of an encoder: one of them, or a learned weighted sum of all."""

from typing import Any

import torch
from espnet2.asr.encoder.contextual_block_conformer_encoder import ContextualBlockConformerEncoder
from espnet2.asr.encoder.contextual_block_transformer_encoder import (
    ContextualBlockTransformerEncoder,
)

from sentemo.core.errors import SentemoError

# Their layers see blocks of frames, not utterances.
BLOCKWISE = (ContextualBlockConformerEncoder, ContextualBlockTransformerEncoder)


def layer_count(encoder: torch.nn.Module) -> int:
    """Return how many layers of an encoder `encode_layers` would give.

    Raises
    ------
    SentemoError
        When the encoder does not expose any.
    """
    if hasattr(encoder, "forward_layers") and hasattr(encoder, "num_layers"):
        return encoder.num_layers
    if hasattr(encoder, "encoders") and not isinstance(encoder, BLOCKWISE):
        return len(encoder.encoders)
    raise SentemoError(
        f"model_conf.encoder_layer: {type(encoder).__name__} does not expose its layers; "
        "encoder_layer: last takes its output."
    )


def encode_layers(
    encoder: torch.nn.Module, feats: torch.Tensor, lengths: torch.Tensor, **context: Any
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Encode a batch and return every layer's output, as the layer leaves it.

    Encoders of ours offer ``forward_layers`` and ``num_layers``. ESPnet's have blocks in
    ``encoders``; a final normalisation after the last is no layer.

    Parameters
    ----------
    feats, lengths
        ``(batch, frames, features)`` and the valid frames.
    context
        What the encoder is called with beyond them.

    Returns
    -------
    tuple
        One ``(batch, encoder frames, encoder features)`` per layer, and the valid encoder frames.
    """
    if hasattr(encoder, "forward_layers"):
        return encoder.forward_layers(feats, lengths)
    outputs: list[torch.Tensor] = []

    def keep(block: torch.nn.Module, args: Any, output: tuple[Any, Any]) -> None:
        states = output[0]  # with its positional encoding, where that is relative
        outputs.append(states[0] if isinstance(states, tuple) else states)

    hooks = [block.register_forward_hook(keep) for block in encoder.encoders]
    try:
        _, lengths, _ = encoder(feats, lengths, **context)
    finally:
        for hook in hooks:
            hook.remove()
    return outputs, lengths


class LayerSum(torch.nn.Module):
    """Sum of layers, with learned weights that are positive and sum to one.

    Parameters
    ----------
    layers
        Their number; at first all weigh the same.
    """

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.zeros(layers))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Sum ``(batch, frames, layers, features)`` to ``(batch, frames, features)``."""
        weights = self.logits.softmax(dim=0)
        layers = states.unbind(dim=2)
        return sum(weight * layer for weight, layer in zip(weights, layers, strict=True))
