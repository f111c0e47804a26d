"""Layers of an encoder: one of them, or a learned weighted sum of all."""

from typing import Any, Protocol, runtime_checkable

import torch
from espnet2.asr.encoder.contextual_block_conformer_encoder import ContextualBlockConformerEncoder
from espnet2.asr.encoder.contextual_block_transformer_encoder import (
    ContextualBlockTransformerEncoder,
)

from sentemo.core.errors import SentemoError

LAST, WEIGHTED = "last", "weighted"  # choices of model_conf.encoder_layer, beside numbers
# Encoders whose layers see blocks of frames, not utterances.
BLOCKWISE = (ContextualBlockConformerEncoder, ContextualBlockTransformerEncoder)


@runtime_checkable
class LayeredEncoder(Protocol):
    """Interface by which our encoders expose their layers."""

    num_layers: int

    def forward_layers(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Return the output of every layer and the valid frames; see `encode_layers`."""


def layer_count(encoder: torch.nn.Module) -> int:
    """Return the number of layers of an encoder that `encode_layers` returns.

    Raises
    ------
    SentemoError
        When the encoder does not expose any.
    """
    if isinstance(encoder, LayeredEncoder):
        return encoder.num_layers
    blocks = getattr(encoder, "encoders", None)
    if blocks is not None and not isinstance(encoder, BLOCKWISE):
        return len(blocks)
    raise SentemoError(
        f"model_conf.encoder_layer: {type(encoder).__name__} does not expose its layers; "
        "encoder_layer: last takes its output."
    )


def require_layer(
    encoder: torch.nn.Module, layer: str | int, is_frozen: bool, has_postencoder: bool
) -> None:
    """Raise a `SentemoError` unless the decoder can see this layer of an encoder.

    Parameters
    ----------
    layer
        `WEIGHTED`, or the number of a layer from 1.
    is_frozen
        Whether the encoder is not trained.
    has_postencoder
        Whether the model works on the encoder's output before the decoder does.
    """
    layers = layer_count(encoder)
    if layer != WEIGHTED and layer not in range(1, layers + 1):
        raise SentemoError(
            f"model_conf.encoder_layer: {layer!r}; this encoder has {layers} layers: give "
            f"{LAST}, {WEIGHTED} or a number from 1 to {layers}."
        )
    if getattr(encoder, "layer_drop_rate", 0) and not is_frozen:
        raise SentemoError(
            f"model_conf.encoder_layer: {layer!r} needs every layer, and this encoder leaves some "
            f"out in training (layer_drop_rate). Use {LAST}, or freeze the encoder."
        )
    if has_postencoder:
        raise SentemoError(
            f"model_conf.encoder_layer: {layer!r} would pass over the post-encoder, which works on "
            f"the last layer; use {LAST}."
        )


def encode_layers(
    encoder: torch.nn.Module, feats: torch.Tensor, lengths: torch.Tensor, **context: Any
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Encode a batch and return the output of every layer.

    Our encoders are a `LayeredEncoder`. ESPnet's have blocks in ``encoders``; a final normalisation
    after the last block is not applied to it.

    Parameters
    ----------
    feats, lengths
        Features ``(batch, frames, features)`` and the valid frames.
    context
        Further arguments of the encoder.

    Returns
    -------
    tuple
        One ``(batch, encoder frames, encoder features)`` per layer, and the valid encoder frames.
    """
    if isinstance(encoder, LayeredEncoder):
        return encoder.forward_layers(feats, lengths)
    outputs: list[torch.Tensor] = []

    def keep(block: torch.nn.Module, args: Any, output: tuple[Any, Any]) -> None:
        states = output[0]  # a tuple where the positional encoding is relative
        outputs.append(states[0] if isinstance(states, tuple) else states)

    hooks = [block.register_forward_hook(keep) for block in getattr(encoder, "encoders", ())]
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
