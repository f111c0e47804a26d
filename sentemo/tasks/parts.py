"""The parts of a model up to its encoder, built from the arguments of a task."""

import argparse
from typing import Any

import torch
from espnet2.asr.ctc import CTC
from espnet2.train.class_choices import ClassChoices

from sentemo.core.errors import SentemoError
from sentemo.tasks.choices import (
    encoder_choices,
    frontend_choices,
    normalize_choices,
    postencoder_choices,
    preencoder_choices,
    specaug_choices,
)


def build_part(args: argparse.Namespace, choices: ClassChoices, **sizes: int) -> Any:
    """Build the chosen class with its configuration; None where none is chosen.

    Experiments from before there was a choice of it have none.
    """
    name = getattr(args, choices.name, None)
    if name is None:
        return None
    return choices.get_class(name)(**sizes, **getattr(args, f"{choices.name}_conf"))


def build_encoder_parts(args: argparse.Namespace) -> dict[str, Any]:
    """Build frontend, normalisation, pre-encoder, encoder, its CTC layer and post-encoder.

    This is what is taken over from an ASR checkpoint; the order is that of ESPnet's ASR task, so
    that the same seed draws the same weights.
    """
    frontend = None
    input_size = args.input_size
    if input_size is None:
        frontend = build_part(args, frontend_choices)
        input_size = frontend.output_size()
    normalize = build_part(args, normalize_choices)
    preencoder = build_part(args, preencoder_choices)
    if preencoder is not None:
        input_size = preencoder.output_size()
    encoder = build_part(args, encoder_choices, input_size=input_size)
    ctc = None
    if tokens := getattr(args, "conditioning_tokens", None):
        ctc = CTC(odim=tokens, encoder_output_size=encoder.output_size())
        if getattr(encoder, "interctc_use_conditioning", False):  # as in ESPnetASRModel
            encoder.conditioning_layer = torch.nn.Linear(tokens, encoder.output_size())
    return {
        "frontend": frontend,
        "normalize": normalize,
        "preencoder": preencoder,
        "encoder": encoder,
        "ctc": ctc,
        "postencoder": build_part(args, postencoder_choices, input_size=encoder.output_size()),
    }


def build_specaug(args: argparse.Namespace) -> Any:
    """Build SpecAugment, which masks the encoder's input; None where none is chosen.

    Raises
    ------
    SentemoError
        When the encoder's input is samples: masks as wide as a few frames would be a few samples.
    """
    if getattr(args, "specaug", None) is not None and args.frontend == "raw_samples":
        raise SentemoError(
            f"specaug: {args.specaug} masks frames of features, and this upstream's encoder hears "
            "samples. Write specaug: null, as conf/train_ser_states.yaml does."
        )
    return build_part(args, specaug_choices)


def states_size(encoder: Any, postencoder: Any) -> int:
    """Return how many features a state of the encoder has, after the post-encoder if any."""
    return (encoder if postencoder is None else postencoder).output_size()
