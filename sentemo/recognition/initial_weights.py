"""Weights that a recogniser's training starts from: ESPnet's option `init_param`, checked.

Each item is ``FILE:SOURCE:PART:LEFT_OUT``, where all but the file may be missing: the weights of
SOURCE in the file become those of PART of the model, except names that begin with one of LEFT_OUT,
which are separated by commas. ``exp/asr_ctc_small/valid.cer.ave.pth:encoder:encoder`` is an
encoder. ESPnet loads the weights; it would accept a source that the file does not have, and would
run code that the file holds.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.upstreams.weights import misfit, read_weights

if TYPE_CHECKING:
    import torch


def weight_files(config: Path) -> list[Path]:
    """Return the files that a training configuration starts from.

    Raises
    ------
    SentemoError
        When `init_param` in it is no list.
    """
    given = read_config(config).get("init_param") or []
    if not isinstance(given, list):
        raise SentemoError(f"{config}: init_param: write a list, [{given}]")
    return [Path(_fields(item)[0]) for item in given]


def check_initial_weights(
    model: "torch.nn.Module", init_param: Sequence[str], may_mismatch: bool
) -> list[str]:
    """Check that the weights fit the model, and return notes that say how much of it they fill.

    Parameters
    ----------
    model
        Model with random weights, which is not changed.
    init_param
        The task's argument of this name.
    may_mismatch
        The task's argument ``ignore_init_mismatch``: weights that do not fit are passed over.

    Raises
    ------
    SentemoError
        When a file is damaged or holds code, when none of its weights fits, or when some do not fit
        and `may_mismatch` is false.
    """
    return [_check(model, given, may_mismatch) for given in init_param]


def _check(model: "torch.nn.Module", given: str, may_mismatch: bool) -> str:
    path, source, part, left_out = _fields(given)
    in_file = read_weights(Path(path))
    weights = _taken(in_file, source, left_out)
    try:
        target = model.get_submodule(part).state_dict()
    except AttributeError as error:
        raise SentemoError(f"init_param: {given}: {error}") from error
    fitting = {
        name for name in weights if name in target and not misfit(weights[name], target[name])[0]
    }
    misfits = sorted(weights.keys() - fitting)
    if not fitting or (misfits and not may_mismatch):
        tops = sorted({name.partition(".")[0] for name in in_file})
        example = f", such as {misfits[0]}" if misfits else ""
        raise SentemoError(
            f"init_param: {given}: {len(misfits)} of {len(weights)} weights do not fit{example}; "
            f"the file has {', '.join(tops)}. Its encoder is {path}:encoder:encoder"
        )
    target_name = f"the {part}" if part else "the model"
    return f"{len(fitting)} of {len(target)} weights of {target_name} began as those of {given}"


def _fields(given: str) -> tuple[str, str, str, str]:
    """Return file, source, part and the left-out names; those that are missing are empty."""
    path, source, part, left_out, *_ = [*given.split(":", 3), "", "", ""]
    return path, source, part, left_out


def _taken(
    weights: Mapping[str, "torch.Tensor"], source: str, left_out: str
) -> dict[str, "torch.Tensor"]:
    """Return the weights that ESPnet would load, under their names in that part of the model."""
    excluded = tuple(filter(None, left_out.split(",")))
    prefix = f"{source}." if source else ""
    return {
        name.removeprefix(prefix): value
        for name, value in weights.items()
        if name.startswith(prefix) and not (excluded and name.startswith(excluded))
    }
