"""Documents in which one value has another type than what wrote them gives it, or is missing."""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from hostile.case import Case

OTHERS: dict[type, tuple[Any, ...]] = {
    str: (5, ["a"], {"a": 1}),
    bool: ("yes", 2, []),
    int: ("5", 1.5, [1]),
    float: ("0.5", True, [1.0]),
    list: ("a", 5, {"a": 1}),
    dict: ("a", 5, ["a"]),
}
Steps = tuple[Any, ...]  # keys and indices from the whole to a value


def type_cases(
    what: str,
    valid: Mapping[str, Any],
    give: Callable[[Path, dict[str, Any]], Any],
    readable: tuple[str, ...] = (),
) -> Iterator[Case]:
    """Yield the valid document, which is read, and those of which one value is changed.

    `give` writes a document into a folder and reads it. A value of another type is refused by its
    key; of a missing key, it only matters that the program goes on, or says so. Changes whose names
    end as one of `readable` leave the document valid: its number just happened to be whole.
    """
    yield Case(f"{what} as it is written", partial(_give, give, dict(valid)))
    for number, (steps, value) in enumerate(_values(valid, ())):
        path = ".".join(map(str, steps))
        key = re.escape(next(step for step in reversed(steps) if isinstance(step, str)))
        for index, other in enumerate(OTHERS[type(value)]):
            read = partial(_give, give, _changed(valid, steps, other))
            name = f"{what}: {path} is {other!r}"
            if name.endswith(readable):
                continue
            yield Case(name, read, key, is_long=index != number % len(OTHERS[type(value)]))
        if isinstance(steps[-1], str):
            read = partial(_give, give, _changed(valid, steps))
            yield Case(f"{what}: no {path}", read, ".", may_be_read=True)


def _give(
    give: Callable[[Path, dict[str, Any]], Any], document: dict[str, Any], folder: Path
) -> Any:
    return give(folder, document)


def _values(value: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """Yield every value; of alike mappings and lists beside each other, the first one's alone."""
    if type(value) in OTHERS and steps:
        yield steps, value
    inner = list(value.items()) if isinstance(value, Mapping) else []
    if isinstance(value, list) and value:
        inner = [(0, value[0])]
    seen = []
    for key, one in inner:
        if isinstance(one, dict | list):
            if (shape := _shape(one)) in seen:
                continue
            seen.append(shape)
        yield from _values(one, (*steps, key))


def _shape(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shape(inner) for key, inner in value.items()}
    return [_shape(value[0])] if isinstance(value, list) and value else type(value)


def _changed(valid: Mapping[str, Any], steps: Steps, *other: Any) -> dict[str, Any]:
    """Return a copy with another value at the end of these steps, or without it."""
    changed = deepcopy(dict(valid))
    inner: Any = changed
    for step in steps[:-1]:
        inner = inner[step]
    if other:
        inner[steps[-1]] = other[0]
    else:
        del inner[steps[-1]]
    return changed
