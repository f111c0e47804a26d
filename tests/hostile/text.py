"""YAML and JSON that is bombs, nested too deeply, or none at all."""

import string
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from hostile.case import Case
from sentemo.core.config import read_config
from sentemo.core.structured import read_json

NAMES = string.ascii_lowercase[:12]
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise(NAMES)
)
MERGED = "a: &a {x: 1}\n" + "".join(
    f"{b}: &{b}\n  <<: [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise(NAMES)
)
HOSTILE_YAML = {
    "aliases of aliases": (BOMB, "more than 1000000 values with its aliases"),
    "merged aliases": (MERGED, "more than 1000000 values with its aliases"),
    "a list that holds itself": ("a: &a [*a]", "a value that holds itself"),
    "20,000 lists in each other": ("[" * 20_000, "nested too deeply"),
    "20,000 mappings in each other": ("{a: " * 20_000, "nested too deeply"),
    "2,500 indented mappings": (
        "".join(" " * depth + "a:\n" for depth in range(2500)),
        "nested too deeply",
    ),
    "a key twice": ("a: 1\nb: {c: 1, c: 2}\n", "line 2.*\n.*\n.*|the key 'c' stands twice"),
    "code": ("a: !!python/object/apply:os.system [ls]", "not valid YAML"),
    "no date": ("a: 2024-13-45", "not valid YAML"),
    "no number": ("a: !!int x", "not valid YAML"),
    "an empty number": ("a: !!int ''", "not valid YAML"),
    "no truth": ("a: !!bool x", "not valid YAML"),
    "no time": ("a: !!timestamp x", "not valid YAML"),
    "5,000 digits": ("a: " + "9" * 5000, "not valid YAML"),
    "a list as a key": ("{[a]: 1}", "not valid YAML"),
    "half a document": ("a: [1, ", "not valid YAML"),
    "a zero byte": ("a: \0", "not valid YAML"),
}
HOSTILE_JSON = {
    "200,000 lists in each other": ("[" * 200_000, "nested too deeply"),
    "NaN": ('{"a": NaN}', "NaN is no number of JSON"),
    "infinity": ('{"a": -Infinity}', "-Infinity is no number"),
    "1e999": ('{"a": 1e999}', "1e999 is no number"),
    "a key twice": ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
    "5,000 digits": ("9" * 5000, "not JSON"),
    "half a document": ('{"a": ', "not JSON"),
    "nothing": ("", "not JSON"),
    "a zero byte": ('"\0"', "not JSON"),
}
NOT_UTF8 = {"UTF-16": b"\xff\xfea\0", "Latin-1": b"a: \xe4", "half a letter": b"a: \xe4\xbd"}


def structured_text() -> Iterator[Case]:
    """Yield files of both kinds."""
    for kind, read, texts in (("YAML", _yaml, HOSTILE_YAML), ("JSON", _json, HOSTILE_JSON)):
        for name, (text, refusal) in texts.items():
            yield Case(f"{kind}: {name}", partial(read, text.encode()), refusal)
        for name, content in NOT_UTF8.items():
            yield Case(f"{kind}: {name}", partial(read, content), "not UTF-8")
    shared = b"a: &x [1, 2]\nb: *x\nc: {<<: {d: 1}}"
    right = {"a": [1, 2], "b": [1, 2], "c": {"d": 1}}
    yield Case("YAML: aliases as ESPnet writes them", partial(_yaml, shared), answer=right)
    for text in ("a", "5", "null", "[]", ""):
        yield Case(f"YAML: {text!r} alone", partial(_yaml, text.encode()), "not a mapping")
        yield Case(f"JSON: {text!r} alone", partial(_json, text.encode()), "wanted a map|not JSON")
    yield Case("YAML: a number as a name", partial(_yaml, b"1: 2"), "its name is 1, wanted text")


def _yaml(content: bytes, folder: Path) -> Any:
    (folder / "config.yaml").write_bytes(content)
    return read_config(folder / "config.yaml")


def _json(content: bytes, folder: Path) -> Any:
    (folder / "file.json").write_bytes(content)
    return read_json(folder / "file.json", dict[str, Any])
