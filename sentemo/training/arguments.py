"""Arguments of an ESPnet task, read from a configuration whose keys are checked."""

import argparse
import difflib
import inspect
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, get_type_hints

from espnet2.tasks.abs_task import AbsTask, optim_classes, scheduler_classes

from sentemo.core.config import read_config, write_config
from sentemo.core.errors import Problems, SentemoError
from sentemo.core.network_sizes import check_sizes
from sentemo.core.plugins import OWN_CLASS
from sentemo.core.schema import fit
from sentemo.training.setting_values import check_values


def training_arguments(
    task: type[AbsTask], config: Path, settings: Mapping[str, Any]
) -> argparse.Namespace:
    """Read a YAML configuration for `task` and add the settings of this run.

    Parameters
    ----------
    task
        An ESPnet task.
    config
        Configuration, such as a file of `conf/`.
    settings
        Further arguments by name; the file must not give them other values.

    Raises
    ------
    SentemoError
        When the file is not a YAML mapping, or has keys that are unknown to the task, or to the
        class that they configure.
    """
    args = _checked(task, config, settings, str(config))
    for name, value in settings.items():
        if not hasattr(args, name):
            raise AttributeError(f"{task.__name__} has no argument {name}")
        setattr(args, name, value)
    return args


def check_configuration(task: type[AbsTask], loaded: Mapping[str, Any], where: str) -> None:
    """Check the keys and values of a configuration that is in no file yet.

    Parameters
    ----------
    where
        Where they come from, for errors.

    Raises
    ------
    SentemoError
        See `training_arguments`.
    """
    with tempfile.TemporaryDirectory() as folder:  # ESPnet's parser takes no mapping
        _checked(task, write_config(loaded, Path(folder) / "config.yaml"), {}, where)


def _checked(
    task: type[AbsTask], config: Path, settings: Mapping[str, Any], where: str
) -> argparse.Namespace:
    """Return the arguments that a configuration gives, after a check of its keys."""
    parser = task.get_parser()
    _check_keys(task, parser, read_config(config), settings, where)

    def refuse(message: str) -> NoReturn:  # instead of three pages of usage
        raise SentemoError(f"{where}: {message}")

    parser.error = refuse
    return parser.parse_args(["--config", str(config)])


def _check_keys(
    task: type[AbsTask],
    parser: argparse.ArgumentParser,
    loaded: dict[str, Any],
    settings: Mapping[str, Any],
    where: str,
) -> None:
    options = {action.dest for action in parser._actions}
    problems = Problems(where)
    check_values(parser, loaded, problems)
    problems.raise_if_any("Correct these values.")
    check_sizes(loaded, tuple(choice.name for choice in task.class_choices_list), problems)
    for key in loaded.keys() - options:
        problems.add("unknown option", key, _nearest(key, options))
    for key in loaded.keys() & settings.keys() - {"token_type"}:  # the file may choose it
        if loaded[key] != settings[key]:
            problems.add("the recipe sets this", key, f"{settings[key]!r}, not {loaded[key]!r}")
    _check_values(task, loaded, problems)
    for option, schema in getattr(task, "settings_of_no_class", {}).items():
        if not (conf := loaded.get(option)):
            continue
        keys = get_type_hints(schema).keys()
        of_schema = {key: value for key, value in conf.items() if key in keys}
        fit(of_schema, schema, option, lambda key, detail: problems.add("wrong value", key, detail))
        for key in conf.keys() - keys:
            problems.add("unknown key", f"{option}.{key}", _nearest(key, keys))
    unknown_class = False
    for option, classes in _configurable(task).items():
        name = loaded.get(option, parser.get_default(option))
        if name is None:
            for key in loaded.get(f"{option}_conf") or {}:
                problems.add(
                    f"no {option} that this configures",
                    f"{option}_conf.{key}",
                    "leave it away, or name one",
                )
            continue
        if name not in classes:
            problems.add(f"unknown {option}", name, _nearest(name, classes))
            unknown_class = True
            continue
        known = _parameters(classes[name])
        if known is None:
            continue
        given = (loaded.get(f"{option}_conf") or {}).keys()
        for key in given - known:
            problems.add(f"unknown key of {name}", f"{option}_conf.{key}", _nearest(key, known))
    problems.raise_if_any(f"Correct these keys. {OWN_CLASS if unknown_class else ''}".rstrip())


def _parameters(cls: type) -> set[str] | None:
    """Return the parameters of a class, and of the parents to which it passes its **kwargs.

    Returns None if the last parent takes any keyword.
    """
    found: set[str] = set()
    for parent in cls.__mro__:
        constructor = vars(parent).get("__init__")
        if constructor is None:
            continue
        parameters = inspect.signature(constructor).parameters
        found |= parameters.keys() - {"self"}
        if all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
            return found
    return None


def _check_values(task: type[AbsTask], loaded: dict[str, Any], problems: Problems) -> None:
    for key, conf in loaded.items():
        if not key.endswith("_conf") or conf is None:
            continue
        if not isinstance(conf, dict):
            problems.add("not a mapping", key, repr(conf))
            loaded[key] = {}
            continue
        for name, value in conf.items():
            if isinstance(value, str) and _is_number(value):
                # YAML reads 1e-3 as a string.
                problems.add("number read as a string", f"{key}.{name}", f"write {float(value)!r}")
    if loaded.get("use_wandb"):
        problems.add("not supported", "use_wandb", "curves are for TensorBoard; leave it out")
    criteria = [*(loaded.get("best_model_criterion") or [])]
    if loaded.get("early_stopping_criterion") is not None:
        criteria.append(loaded["early_stopping_criterion"])
    for criterion in criteria:
        phase, metric, mode = [*criterion, None, None, None][:3]
        known = ("loss",) if phase == "train" else task.metrics
        if phase not in ("train", "valid") or metric not in known or mode not in ("min", "max"):
            expected = f"[valid, one of {'/'.join(task.metrics)}, min or max]"
            problems.add("unknown criterion", str(criterion), f"expected {expected}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _configurable(task: type[AbsTask]) -> dict[str, Mapping[str, Any]]:
    """Return the classes of every option that names one; <option>_conf configures the class."""
    choices = {choice.name: choice.classes for choice in task.class_choices_list}
    return {**choices, "optim": optim_classes, "scheduler": scheduler_classes}


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
