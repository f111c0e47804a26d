"""Schemas say what foreign data must look like, as Python's types, and are checked all at once.

A schema is a type: ``int``, ``float``, ``str``, ``bool``, ``None``, ``list[str]``,
``dict[str, float]``, ``tuple[float, float]``, a union, a ``Literal``, ``Annotated[int, Between(1,
9)]``, a `TypedDict` or a dataclass. A number is finite, and true is no number.
"""

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import (
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from sentemo.core.errors import Problems

WHOLE = "the whole"  # where there is no key
LONGEST_SHOWN = 60  # characters of a wrong value in a message
LARGEST = 1e300  # a number beyond it is as good as infinite
LARGEST_SEED = 2**32 - 1  # numpy's
MOST = 1_000_000  # processes, machines, epochs, tokens: whatever is counted and asked for
WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a mapping",
    type(None): "null",
}
Wanted = TypeVar("Wanted")
Differ = Callable[[str, str], None]  # called with a key, and what is wrong with its value


@dataclass(frozen=True)
class Between:
    """Bounds of a number, or of the number of items, in `Annotated`; the bounds are allowed."""

    low: float = -math.inf
    high: float = math.inf

    def __contains__(self, value: Any) -> bool:
        size = value if isinstance(value, int | float) else len(value)
        return self.low <= size <= self.high

    def __str__(self) -> str:
        if self.high == math.inf:
            return f"at least {self.low:g}"
        return f"from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Different:
    """Items of which no two are equal, in `Annotated`."""

    def __contains__(self, value: Any) -> bool:
        return len(set(value)) == len(value)

    def __str__(self) -> str:
        return "without repeats"


@dataclass(frozen=True)
class OneOf:
    """The values that are allowed, in `Annotated`, where their type for programs is wider."""

    values: tuple[Any, ...]

    def __contains__(self, value: Any) -> bool:
        return value in self.values

    def __str__(self) -> str:
        return f"out of {', '.join(map(repr, self.values))}"


def checked(value: Any, wanted: type[Wanted], where: str, remedy: str) -> Wanted:
    """Return a value as its schema describes it: dataclasses and tuples are made of it.

    Raises
    ------
    SentemoError
        Naming every key whose value is of another type, is missing, or is unknown to a dataclass.
    """
    problems = Problems(where)
    found = fit(value, wanted, "", lambda key, detail: problems.add("wrong value", key, detail))
    problems.raise_if_any(remedy)
    return found


def fit(value: Any, wanted: Any, key: str, differ: Differ) -> Any:  # noqa: PLR0911
    """Return a value as its schema describes it, and tell every difference.

    Parameters
    ----------
    key
        Where the value stands, such as ``optim_conf.lr``; empty for the whole.
    """
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    if wanted is Any:
        return value
    if kind in (Union, types.UnionType):
        return _fit_union(value, inner, key, differ)
    if kind is Annotated:
        return _fit_bounds(value, inner, key, differ)
    if kind is Literal:
        if not any(value == one and type(value) is type(one) for one in inner):
            _refuse(value, words(wanted), key, differ)
        return value
    if is_dataclass(kind) or is_typeddict(kind):
        return _fit_keys(value, kind, key, differ)
    if kind is tuple or kind is list:
        return _fit_items(value, kind, inner, key, differ)
    if kind is dict:
        return _fit_mapping(value, inner, key, differ)
    if not _is_plain(value, kind):
        _refuse(value, words(kind), key, differ)
    return value


def words(wanted: Any) -> str:
    """Say in words what a schema wants."""
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (Union, types.UnionType):
        return " or ".join(map(words, inner))
    if kind is Annotated:
        return f"{words(inner[0])} {' '.join(map(str, inner[1:]))}"
    if kind is Literal:
        return f"one of {', '.join(map(str, inner))}"
    if is_dataclass(kind) or is_typeddict(kind):
        return WORDS[dict]
    if kind is tuple and ... not in inner:
        return f"a list of {len(inner)} values"
    return WORDS[list] if kind is tuple else WORDS[kind]


def shown(value: Any) -> str:
    """Show a wrong value in a message, shortened."""
    if isinstance(value, dict | list) and value:
        return f"{WORDS[type(value)]} of {len(value)}"
    if isinstance(value, int) and abs(value) > LARGEST:  # Python writes no such number
        return "a huge number"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


class _Differences(list[tuple[str, str]]):
    """Differences that are told later, or never."""

    def __call__(self, key: str, detail: str) -> None:
        self.append((key, detail))


def _refuse(value: Any, wanted: str, key: str, differ: Differ) -> None:
    differ(key or WHOLE, f"found {shown(value)}, wanted {wanted}")


def _is_plain(value: Any, kind: type) -> bool:
    if kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and abs(value) <= LARGEST
    return type(value) is kind


def _below(key: str, name: Any) -> str:
    return f"{key}.{name}" if key else str(name)


def _fit_union(value: Any, kinds: tuple[Any, ...], key: str, differ: Differ) -> Any:
    """Return the value in the first form that fits.

    Where none does, the form tells why that differs in something within the value, and in the
    fewest such things.
    """
    within = []
    for kind in kinds:
        differences = _Differences()
        found = fit(value, kind, key, differences)
        if not differences:
            return found
        if all(where != (key or WHOLE) for where, _ in differences):
            within.append(differences)
    for difference in min(within, key=len, default=()):
        differ(*difference)
    if not within:
        _refuse(value, " or ".join(map(words, kinds)), key, differ)
    return value


def _fit_bounds(value: Any, inner: tuple[Any, ...], key: str, differ: Differ) -> Any:
    differences = _Differences()
    found = fit(value, inner[0], key, differences)
    for what in differences:
        differ(*what)
    if not differences and not all(value in bounds for bounds in inner[1:]):
        _refuse(value, f"{words(inner[0])} {' '.join(map(str, inner[1:]))}", key, differ)
    return found


def _fit_items(
    value: Any, kind: type, inner: tuple[Any, ...], key: str, differ: Differ
) -> list[Any] | tuple[Any, ...]:
    several = kind is list or inner[-1:] == (...,)
    if not isinstance(value, list | tuple) or not (several or len(value) == len(inner)):
        _refuse(value, words(kind[inner] if kind is tuple else kind), key, differ)
        return kind()
    kinds = [inner[0] if inner else Any] * len(value) if several else inner
    found = (
        fit(item, wanted, f"{key}[{number}]", differ)
        for number, (item, wanted) in enumerate(zip(value, kinds, strict=True), start=1)
    )
    return kind(found)


def _fit_mapping(value: Any, inner: tuple[Any, ...], key: str, differ: Differ) -> dict[Any, Any]:
    if not isinstance(value, dict):
        _refuse(value, WORDS[dict], key, differ)
        return {}
    names, items = inner or (Any, Any)
    found = {}
    for name, item in value.items():
        if names is not Any and not _is_plain(name, names):
            differ(_below(key, name), f"its name is {shown(name)}, wanted {words(names)}")
        found[name] = fit(item, items, _below(key, name), differ)
    return found


def _fit_keys(value: Any, kind: Any, key: str, differ: Differ) -> Any:
    """Fit a mapping to the keys of a `TypedDict`, which may have others, or of a dataclass."""
    if not isinstance(value, Mapping):
        _refuse(value, WORDS[dict], key, differ)
        return value
    hints = get_type_hints(kind, include_extras=True)
    if is_dataclass(kind):
        required = {f.name for f in fields(kind) if f.default is f.default_factory is MISSING}
        unknown = [name for name in value if name not in hints]
    else:
        required, unknown = kind.__required_keys__, []
    missing = [name for name in hints if name in required and name not in value]
    for name in missing:
        differ(_below(key, name), f"is missing, wanted {words(hints[name])}")
    for name in unknown:
        differ(_below(key, name), f"unknown; known are {', '.join(hints)}")
    found = {
        name: fit(item, hints.get(name, Any), _below(key, name), differ)
        for name, item in value.items()
        if name not in unknown
    }
    if missing or not is_dataclass(kind):
        return found
    make: Any = kind
    return make(**found)
