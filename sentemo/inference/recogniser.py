"""The CTC layer of the ASR model whose frozen encoder is used: transcripts at no further cost.

It goes into the archive only where the encoder has the recogniser's own weights, all of them, and
where the sentiment decoder reads the last layer.
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
from sentemo.upstreams.weights import load_whole, read_weights

ENCODER_PREFIX, CTC_PREFIX = "encoder.", "ctc.ctc_lo."


def find_recogniser(
    config: dict[str, Any], ensemble: Ensemble
) -> tuple[torch.nn.Linear, list[str]] | str:
    """Return the recogniser's layer and its tokens, or the reason why there is none.

    Parameters
    ----------
    config
        Configuration of the emotion model, which names the checkpoint of its encoder.
    """
    named, model = config.get("inherited_from"), ensemble.models[0]
    if not named:
        return "its encoder does not come from a recogniser"
    if model.encoder_layer != LAST or not ensemble.is_shared:
        return "a recogniser needs the last layer of one encoder"
    try:
        asr = Upstream(named)
        if not decodes_by_ctc(asr):
            return f"{named} is no CTC recogniser"
        weights = asr.read_weights()
    except SentemoError:
        return f"{named} is not there any more"
    ours = model.encoder.state_dict()
    theirs = {
        k.removeprefix(ENCODER_PREFIX): v
        for k, v in weights.items()
        if k.startswith(ENCODER_PREFIX)
    }
    same = ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)
    if not same:
        return "its encoder was trained further, so that the recogniser does not fit"
    layer = {k.removeprefix(CTC_PREFIX): v for k, v in weights.items() if k.startswith(CTC_PREFIX)}
    return linear(layer, asr.config["token_list"], named), asr.config["token_list"]


def read_recogniser(path: Path, tokens: Sequence[str]) -> torch.nn.Linear:
    """Read the CTC layer of a packed model.

    Raises
    ------
    SentemoError
        When the layer does not fit its tokens.
    """
    return linear(read_weights(path), tokens, str(path))


def linear(weights: dict[str, torch.Tensor], tokens: Sequence[str], where: str) -> torch.nn.Linear:
    """Build the layer from its weights.

    Raises
    ------
    SentemoError
        When the weights are missing or do not fit the number of tokens.
    """
    sizes = weights["weight"].shape if "weight" in weights else ()
    if len(sizes) != 2 or sizes[0] != len(tokens) or "bias" not in weights:
        raise SentemoError(f"{where}: no CTC layer of {len(tokens)} tokens.")
    layer = torch.nn.Linear(sizes[1], sizes[0])
    load_whole(layer, weights, where)
    return layer
