"""The CTC layer of the ASR model whose frozen encoder is used: a transcript at no further cost.

It goes into the archive only where the encoder is the recogniser's own, weight by weight, and the
sentiment decoder sees its last layer too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from sentemo.core.errors import SentemoError
from sentemo.inference.ensemble import Ensemble
from sentemo.models.layers import LAST
from sentemo.recognition.recogniser import decodes_by_ctc
from sentemo.upstreams import Upstream
from sentemo.upstreams.weights import read_weights

ENCODER, LAYER = "encoder.", "ctc.ctc_lo."


def find_recogniser(
    config: dict[str, Any], ensemble: Ensemble
) -> tuple[torch.nn.Linear, list[str]] | str:
    """Find the recogniser's layer and its tokens, or say why there is none.

    Parameters
    ----------
    config
        Of the emotion model, which names the checkpoint that its encoder comes from.
    """
    named, model = config.get("inherited_from"), ensemble.models[0]
    if not named:
        return "its encoder is not of a recogniser"
    if model.encoder_layer != LAST or not ensemble.is_shared:
        return "a recogniser needs the last layer of one encoder"
    try:
        asr = Upstream(named)
        weights = read_weights(asr.weights_file)
    except SentemoError:
        return f"{named} is not there any more"
    if not decodes_by_ctc(asr):
        return f"{named} is no CTC recogniser"
    ours = model.encoder.state_dict()
    theirs = {k.removeprefix(ENCODER): v for k, v in weights.items() if k.startswith(ENCODER)}
    same = ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)
    if not same:
        return "its encoder was trained on, away from the recogniser"
    layer = {k.removeprefix(LAYER): v for k, v in weights.items() if k.startswith(LAYER)}
    return linear(layer, asr.config["token_list"], named), asr.config["token_list"]


def read_recogniser(path: Path, tokens: Sequence[str]) -> torch.nn.Linear:
    """Read the layer that a packed model brings.

    Raises
    ------
    SentemoError
        When it does not fit its tokens.
    """
    return linear(read_weights(path), tokens, str(path))


def linear(weights: dict[str, torch.Tensor], tokens: Sequence[str], where: str) -> torch.nn.Linear:
    """Make the layer of its weights.

    Raises
    ------
    SentemoError
        When there are not so many tokens, or no such weights.
    """
    sizes = weights["weight"].shape if "weight" in weights else ()
    if len(sizes) != 2 or sizes[0] != len(tokens) or "bias" not in weights:
        raise SentemoError(f"{where}: no CTC layer of {len(tokens)} tokens.")
    layer = torch.nn.Linear(sizes[1], sizes[0])
    layer.load_state_dict({"weight": weights["weight"], "bias": weights["bias"]})
    return layer
