"""JSON and YAML files, which somebody else may have written: read as data, bounded and checked."""

import json
import math
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml

from sentemo.core.errors import SentemoError
from sentemo.core.files import read_text
from sentemo.core.schema import checked

LARGEST_YAML = 4 << 20  # bytes; PyYAML reads about 300 kB in a second
LARGEST_JSON = 256 << 20  # bytes
MOST_VALUES = 1_000_000  # of a YAML file, after its aliases were replaced
# Errors of PyYAML's constructors for values like ``!!int x`` or 2024-13-45.
UNREADABLE = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, OverflowError)
REMEDY = "Correct these values, or have the file written again by what wrote it."
Wanted = TypeVar("Wanted")


def read_json(path: Path, wanted: type[Wanted], remedy: str = REMEDY) -> Wanted:
    """Read a JSON file.

    Parameters
    ----------
    wanted
        Schema of the content, see `sentemo.core.schema`.
    remedy
        What to do about a wrong file.

    Raises
    ------
    SentemoError
        When the file is not JSON, names a key twice, holds NaN, or does not fit its schema.
    """
    try:
        found = parse_json(read_text(path, LARGEST_JSON), str(path))
    except SentemoError as error:
        raise SentemoError(f"{error} {remedy}") from error
    return checked(found, wanted, str(path), remedy)


def parse_json(text: str, where: str) -> Any:
    """Read JSON, in which every key stands once and every number is finite.

    Raises
    ------
    SentemoError
        See above; also when it is nested too deeply.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_without_repeats,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except RecursionError:
        raise SentemoError(f"{where}: JSON that is nested too deeply to be read.") from None
    except ValueError as error:
        raise SentemoError(f"{where}: not JSON ({error}).") from None


def read_yaml(path: Path) -> Any:
    """Read a YAML file; objects of Python are refused.

    Raises
    ------
    SentemoError
        When it is not YAML, naming the line; when a key stands twice in a mapping; when it is
        larger than any configuration, nested too deeply, or blown up by its aliases.
    """
    return parse_yaml(read_text(path, LARGEST_YAML), str(path))


def parse_yaml(text: str, where: str) -> Any:
    """Read YAML; see `read_yaml`."""
    try:
        return deepcopy(_parsed(text))  # as it may be changed
    except RecursionError:
        raise SentemoError(f"{where}: YAML that is nested too deeply to be read.") from None
    except UNREADABLE as error:
        reason = str(error).replace("<unicode string>", where)
        raise SentemoError(f"{where}: not valid YAML: {reason}") from error


@lru_cache(maxsize=32)  # a stage reads the same few configurations for every fold
def _parsed(text: str) -> Any:
    return yaml.load(text, _Loader)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


class _Loader(yaml.SafeLoader):
    """PyYAML's loader of plain data, which looks at a document before it makes values of it."""

    def get_single_node(self) -> Any:
        node = super().get_single_node()
        if node is not None:
            _count(node, {})
        return node


def _count(node: yaml.Node, counted: dict[yaml.Node, int]) -> int:
    """Return the number of values that a node stands for.

    Raises
    ------
    yaml.MarkedYAMLError
        When it holds itself or too many values, or has a key twice.
    """
    if node in counted:
        if counted[node] == 0:
            raise yaml.MarkedYAMLError(None, None, "a value that holds itself", node.start_mark)
        return counted[node]
    counted[node] = 0  # while its values are counted
    total = 1
    if isinstance(node, yaml.MappingNode):
        _require_different(node)
        total += sum(_count(key, counted) + _count(value, counted) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        total += sum(_count(value, counted) for value in node.value)
    if total > MOST_VALUES:
        raise yaml.MarkedYAMLError(
            None, None, f"more than {MOST_VALUES} values with its aliases", node.start_mark
        )
    counted[node] = total
    return total


def _require_different(node: yaml.MappingNode) -> None:
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if (name := (key.tag, key.value)) in seen:
            raise yaml.MarkedYAMLError(
                None, None, f"the key {key.value!r} stands twice", key.start_mark
            )
        seen.add(name)
