"""The values of a training configuration, checked against the types and bounds of its options."""

import argparse
from collections.abc import Mapping
from typing import Annotated, Any, get_args

from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import (
    float_or_none,
    humanfriendly_parse_size_or_none,
    int_or_none,
    str2bool,
    str2triple_str,
    str_or_int,
    str_or_none,
)

from sentemo.core.errors import Problems
from sentemo.core.schema import LARGEST_SEED, MOST, Between, Different, fit

TYPES: dict[Any, Any] = {
    int: int,
    float: float,
    str: str,
    str2bool: bool,
    int_or_none: int | None,
    float_or_none: float | None,
    str_or_none: str | None,
    str_or_int: str | int | bool,
    humanfriendly_parse_size_or_none: int | str | None,
    str2triple_str: list[str] | None,
}
# A recogniser's configuration holds its tokens, once training has read their file.
OR_ITS_CONTENT = ("token_list",)
ANNOTATED: Any = Annotated  # of types that are known when the program runs
LIST: Any = list
POSITIVE = Between(1, MOST)
COUNT = Between(0, MOST)
BOUNDS = {
    "max_epoch": POSITIVE,
    "batch_size": POSITIVE,
    "valid_batch_size": POSITIVE,
    "batch_bins": Between(1, 1e12),
    "valid_batch_bins": Between(1, 1e12),
    "fold_length": Between(1, 1e9),
    "keep_nbest_models": POSITIVE,
    "nbest_averaging_interval": COUNT,
    "patience": COUNT,
    "accum_grad": POSITIVE,
    "num_iters_per_epoch": POSITIVE,
    "log_interval": POSITIVE,
    "num_att_plot": COUNT,
    "num_workers": Between(0, 256),
    "seed": Between(0, LARGEST_SEED),
    "grad_clip": Between(1e-9, 1e9),
    "encoder_lr": Between(0, 100),
    "specaug_copies": Between(0, 1000),
}
# By the name of a setting in any `<part>_conf`.
BOUNDS_OF_PARTS = {
    "lr": Between(0, 100),
    "weight_decay": Between(0, 100),
    "warmup_steps": Between(0, 1e9),
}
SHARE = Between(0, 1)
SHARES = ("dropout", "dropout_rate", "prob", "label_smoothing", "lsm_weight", "ctc_weight")


def check_values(
    parser: argparse.ArgumentParser, loaded: Mapping[str, Any], problems: Problems
) -> None:
    """Add every value of a configuration to `problems` that its option does not take."""

    def differ(key: str, detail: str) -> None:
        problems.add("wrong value", key, detail)

    options = {action.dest: action for action in parser._actions}
    for key, value in loaded.items():
        if key not in options or (value is None and options[key].default is None):
            continue
        found, choices = fit(value, _wanted(options[key]), key, differ), options[key].choices
        # Names of classes are checked with their settings.
        if choices is not None and found not in choices and f"{key}_conf" not in options:
            differ(key, f"found {found!r}, wanted one of {', '.join(map(str, choices))}")
    for key, conf in loaded.items():
        if key.endswith("_conf") and isinstance(conf, Mapping):
            for name, value in conf.items():
                if bounds := _bounds_in_part(str(name)):
                    # A number in quotes is told with its remedy elsewhere.
                    wanted = Annotated[float, bounds] | bool | str | None
                    fit(value, wanted, f"{key}.{name}", differ)


def _wanted(option: argparse.Action) -> Any:
    """Return the schema of an option's value."""
    if isinstance(option, NestedDictAction) or option.choices is not None:
        return Any  # checked by others
    if option.nargs == 0:
        return bool
    kind = str if option.type is None else TYPES.get(option.type, Any)
    if bounds := BOUNDS.get(option.dest):
        number = next(iter(get_args(kind)), kind)
        bounded = ANNOTATED[number, bounds]
        kind = bounded | None if number is not kind else bounded
    if option.dest in OR_ITS_CONTENT:
        return kind | LIST[Any]
    if option.nargs is None and not isinstance(option, argparse._AppendAction):
        return kind
    items: Any = ANNOTATED[LIST[kind], Different()] if option.dest == "labels" else LIST[kind]
    return kind | items if option.type is int and option.nargs else items


def _bounds_in_part(name: str) -> Between | None:
    if name in SHARES or name.endswith(("_dropout_rate", "_dropout")):
        return SHARE
    return BOUNDS_OF_PARTS.get(name)
