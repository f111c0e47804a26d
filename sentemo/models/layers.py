"""Layers of an encoder: which of them a decoder reads, and their states."""

from collections.abc import Sequence
from typing import Any

import torch
from espnet2.asr.encoder.contextual_block_conformer_encoder import ContextualBlockConformerEncoder
from espnet2.asr.encoder.contextual_block_transformer_encoder import (
    ContextualBlockTransformerEncoder,
)

from sentemo.core.errors import SentemoError
from sentemo.models.layer_settings import ALL, BEST, LAST, WEIGHTED, LayerSetting
from sentemo.modules.encoders.layered import LayeredEncoder

# Encoders whose layers see blocks of frames, not utterances.
BLOCKWISE = (ContextualBlockConformerEncoder, ContextualBlockTransformerEncoder)


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


def layers_read(
    encoder: torch.nn.Module, setting: LayerSetting, best_layers: Sequence[int] | None = None
) -> list[int]:
    """Return the numbers of the layers that a decoder reads, from 1; none for the output itself.

    Parameters
    ----------
    setting
        ``model_conf.encoder_layer``, see `SpeechEmotionModel`.
    best_layers
        ``model_conf.best_layers``: the layers that the folds chose among.

    Raises
    ------
    SentemoError
        When the encoder does not have these layers.
    """
    if setting == LAST:
        return []
    layers = layer_count(encoder)
    if setting in (WEIGHTED, ALL):
        return list(range(1, layers + 1))
    if setting == BEST:
        if not best_layers:
            raise SentemoError(
                f"model_conf.encoder_layer: {BEST} is chosen for every fold by a probe on kept "
                "states. Give --upstream and model_conf.freeze_encoder: true."
            )
        setting = best_layers
    numbers = [setting] if isinstance(setting, int | str) else list(setting)
    if not numbers or any(isinstance(n, bool) or n not in range(1, layers + 1) for n in numbers):
        raise SentemoError(
            f"model_conf.encoder_layer: {setting!r}; this encoder has {layers} layers: give "
            f"{LAST}, {WEIGHTED}, {ALL}, {BEST}, a number from 1 to {layers} or a list of them."
        )
    return [int(number) for number in numbers]


def require_layers(
    encoder: torch.nn.Module, setting: LayerSetting, is_frozen: bool, has_postencoder: bool
) -> None:
    """Raise a `SentemoError` unless a decoder can see other layers than the encoder's output.

    Parameters
    ----------
    setting
        ``model_conf.encoder_layer``, for the message.
    is_frozen
        Whether the encoder is not trained.
    has_postencoder
        Whether the model works on the encoder's output before the decoder does.
    """
    if getattr(encoder, "layer_drop_rate", 0) and not is_frozen:
        raise SentemoError(
            f"model_conf.encoder_layer: {setting!r} needs every layer, and this encoder leaves "
            f"some out in training (layer_drop_rate). Use {LAST}, or freeze the encoder."
        )
    if has_postencoder:
        raise SentemoError(
            f"model_conf.encoder_layer: {setting!r} would pass over the post-encoder, which works "
            f"on the last layer; use {LAST}."
        )


def encode_layers(
    encoder: torch.nn.Module, feats: torch.Tensor, lengths: torch.Tensor, **context: Any
) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    """Encode a batch, and return the states of every layer and the encoder's output.

    Our encoders are a `LayeredEncoder`. ESPnet's have blocks in ``encoders``. Some encoders
    normalise the last layer's states once more, which is their output and no layer.

    Parameters
    ----------
    feats, lengths
        Features ``(batch, frames, features)`` and the valid frames.
    context
        Further arguments of the encoder.

    Returns
    -------
    layers, output, lengths
        One ``(batch, encoder frames, encoder features)`` per layer, the output of the same shape,
        and the valid encoder frames.
    """
    if isinstance(encoder, LayeredEncoder):
        layers, lengths = encoder.forward_layers(feats, lengths)
        return layers, encoder.finish(layers[-1]), lengths
    outputs: list[torch.Tensor] = []

    def keep(block: torch.nn.Module, args: Any, output: tuple[Any, Any]) -> None:
        states = output[0]  # a tuple where the positional encoding is relative
        outputs.append(states[0] if isinstance(states, tuple) else states)

    hooks = [block.register_forward_hook(keep) for block in getattr(encoder, "encoders", ())]
    try:
        output, lengths, _ = encoder(feats, lengths, **context)
    finally:
        for hook in hooks:
            hook.remove()
    # An encoder with intermediate CTC returns a tuple, with the output first.
    return outputs, output[0] if isinstance(output, tuple) else output, lengths
