"""YAML files read as data: training configurations, cluster settings, packed models."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file
from sentemo.core.schema import checked
from sentemo.core.structured import parse_yaml, read_yaml

CHANGED_CONFIGS = "configs"  # in an experiment or study: configurations that --set changed
LONGEST_NAME = 100  # of changes, in the names of files and directories

Settings = dict[str, Any]


def short_name(config: Path) -> str:
    """Return the short name of a training configuration: frozen for train_ser_frozen.yaml."""
    return config.stem.removeprefix("train_").removeprefix("ser_")


def read_config(config: Path) -> Settings:
    """Read a YAML mapping as data; objects of Python are refused.

    Raises
    ------
    SentemoError
        When there is no such file; when it is not a mapping of names, or not YAML as
        `sentemo.core.structured.read_yaml` reads it.
    """
    try:
        loaded = read_yaml(config)
    except FileNotFoundError as error:
        raise SentemoError(f"{config}: no such configuration file") from error
    if not isinstance(loaded, dict):
        raise SentemoError(f"{config}: not a mapping of names to values")
    return checked(loaded, Settings, str(config), "Names are text: write it between quotes.")


def write_config(settings: Mapping[str, Any], path: Path) -> Path:
    """Write a configuration, unless these very settings are there, and return its file."""
    text = yaml.safe_dump(dict(settings), sort_keys=False)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        with atomic_file(path) as stream:
            stream.write(text)
    return path


def changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> Settings:
    """Change settings; a part that gets another class loses the settings of the old one."""
    result = deepcopy(dict(settings))
    for key, value in changes.items():
        if f"{key}_conf" in result and value != result.get(key):
            result[f"{key}_conf"] = {}
    for key, value in changes.items():
        mapping = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = changed(result[key], value) if mapping else deepcopy(value)
    return result


def parse_changes(assignments: Iterable[str]) -> Settings:
    """Read assignments like ``max_epoch=3`` and ``optim_conf.lr=0.001``, as ``--set`` takes them.

    Raises
    ------
    SentemoError
        Naming the word that is no such assignment.
    """
    found: Settings = {}
    for word in assignments:
        path, equals, value = word.partition("=")
        *above, last = path.split(".")
        inner = found
        try:
            for key in above:
                inner = inner.setdefault(key, {})
            inner[last] = parse_yaml(value, word)
        except (SentemoError, AttributeError, TypeError):
            equals = ""
        if not equals or not all([*above, last]):
            raise SentemoError(f"--set: '{word}' is not KEY=VALUE, as in optim_conf.lr=0.001")
    return found


def changes_name(assignments: Sequence[str]) -> str:
    """Return a name for changes that a file or directory can have: max_epoch=3_optim_conf.lr=0.1.

    Beyond `LONGEST_NAME`, a digest stands for what does not fit.
    """
    name = re.sub(r"[\s/]+", "_", "_".join(assignments))
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256("\0".join(assignments).encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - len(digest) - 1]}_{digest}"


def changed_config(config: Path, assignments: Sequence[str], experiment: Path) -> Path:
    """Return a configuration's file, or one in the experiment's directory that has the changes.

    Raises
    ------
    SentemoError
        See `read_config` and `parse_changes`.
    """
    if not assignments:
        return config
    path = experiment / CHANGED_CONFIGS / f"{config.stem}_{changes_name(assignments)}.yaml"
    return write_config(changed(read_config(config), parse_changes(assignments)), path)
