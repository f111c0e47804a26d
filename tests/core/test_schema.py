from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

import pytest

from sentemo.core.errors import SentemoError
from sentemo.core.schema import Between, Different, OneOf, checked


@dataclass(frozen=True)
class Job:
    host: str
    started: float
    status: int | None = None


class Facts(TypedDict, total=False):
    notes: list[str]
    seed: int | None


FITTING = [
    (3, int, 3),
    (3, float, 3),
    (None, int | None, None),
    ([1, 2.5], tuple[float, float], (1, 2.5)),
    (["a", "b"], Annotated[tuple[str, ...], Different()], ("a", "b")),
    ({"host": "a", "started": 1}, Job, Job("a", 1)),
    ({"notes": [], "unknown": 1}, Facts, {"notes": [], "unknown": 1}),
    ({"a": [1]}, dict[str, Any], {"a": [1]}),
    ("min", Literal["min", "max"], "min"),
]
WRONG = [
    (True, int, "found True, wanted a whole number"),
    (1.5, int, "found 1.5, wanted a whole number"),
    ("1", float, "found '1', wanted a number"),
    (float("nan"), float, "found nan, wanted a number"),
    (float("inf"), float, "wanted a number"),
    ([10**5000], list[float], "found a huge number, wanted a number"),
    (7, Annotated[int, Between(1, 5)], "found 7, wanted a whole number from 1 to 5"),
    (0, Annotated[int, Between(1)], "wanted a whole number at least 1"),
    (["a", "a"], Annotated[tuple[str, ...], Different()], "wanted a list without repeats"),
    ([1], tuple[float, float], "wanted a list of 2 values"),
    ("ab", list[str], "found 'ab', wanted a list"),
    (["a", 1], list[str], r"\[2\]: found 1, wanted text"),
    ({"host": 1, "extra": 2}, Job, "started: is missing, wanted a number"),
    ({"host": 1, "extra": 2}, Job, "extra: unknown; known are host, started, status"),
    ({"notes": "a"}, Facts, "notes: found 'a', wanted a list"),
    ({1: "a"}, dict[str, str], "1: its name is 1, wanted text"),
    ([1, 2], dict[str, str], "found a list of 2, wanted a mapping"),
    (9, Annotated[int, OneOf((8, 16))], "found 9, wanted a whole number out of 8, 16"),
    ({"a": {"b": "x"}}, dict[str, dict[str, float] | float], "a.b: found 'x', wanted a number"),
    ([1], dict[str, float] | None, "found a list of 1, wanted a mapping or null"),
    ("mean", Literal["min", "max"], "wanted one of min, max"),
    ("x" * 999, int, "x…, wanted"),
]


@pytest.mark.parametrize(("value", "schema", "expected"), FITTING)
def test_what_fits_is_returned(value, schema, expected):
    found = checked(value, schema, "a.json", "Write it again.")
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("value", "schema", "message"), WRONG)
def test_what_does_not_fit_is_named_with_what_is_wanted(value, schema, message):
    with pytest.raises(SentemoError, match=rf"a\.json: \d problem(.|\n)*{message}"):
        checked(value, schema, "a.json", "Write it again.")


def test_all_differences_are_told_at_once():
    wrong = [{"host": 1, "started": "now"}, {"host": "b"}]
    with pytest.raises(SentemoError) as raised:
        checked(wrong, list[Job], "jobs.json", "Delete it.")
    assert str(raised.value).splitlines() == [
        "jobs.json: 3 problems",
        "  wrong value: 3",
        "    [1].host: found 1, wanted text",
        "    [1].started: found 'now', wanted a number",
        "    [2].started: is missing, wanted a number",
        "Delete it.",
    ]
