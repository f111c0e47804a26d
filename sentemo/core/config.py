"""YAML files read as data: training configurations, cluster settings, packed models."""

from pathlib import Path
from typing import Any

import yaml

from sentemo.core.errors import SentemoError


def short_name(config: Path) -> str:
    """Return the short name of a training configuration: frozen for train_ser_frozen.yaml."""
    return config.stem.removeprefix("train_").removeprefix("ser_")


def read_config(config: Path) -> dict[str, Any]:
    """Read a YAML mapping as data; objects of Python are refused.

    Raises
    ------
    SentemoError
        When there is no such file, or it is not YAML (naming the line) or not a mapping.
    """
    try:
        loaded = yaml.safe_load(config.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SentemoError(f"{config}: no such configuration file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SentemoError(f"{config}: not valid YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise SentemoError(f"{config}: not a mapping of names to values")
    return loaded
