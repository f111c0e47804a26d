import os
import resource
import string
import time
from contextlib import suppress
from itertools import pairwise

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.files import fingerprint, read_text
from sentemo.core.structured import parse_json, parse_yaml, read_json, read_yaml

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
    "3,000 indented mappings": (
        "".join(" " * depth + "a:\n" for depth in range(3000)),
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
CASES = [
    *[("YAML", name, parse_yaml, *case) for name, case in HOSTILE_YAML.items()],
    *[("JSON", name, parse_json, *case) for name, case in HOSTILE_JSON.items()],
]
MOST_MB = 300  # that reading hostile text may add to the peak of the process


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


@pytest.mark.parametrize(("kind", "name", "parse", "text", "message"), CASES)
def test_hostile_text_is_refused_in_bounded_memory(kind, name, parse, text, message):
    before, begun = peak_mb(), time.perf_counter()
    with pytest.raises(SentemoError, match=message) as raised:
        parse(text, "foreign file")
    took, grown = time.perf_counter() - begun, peak_mb() - before
    first = str(raised.value).splitlines()[0]
    print(f"{kind:5} {name:32} {took:6.2f} s {grown:5} MB  {first[:70]}")
    assert first.startswith("foreign file")
    assert grown < MOST_MB


def test_aliases_as_espnet_writes_them_are_read():
    assert parse_yaml("a: &x [1, 2]\nb: *x\nc: {<<: {d: 1}}", "") == {
        "a": [1, 2],
        "b": [1, 2],
        "c": {"d": 1},
    }


@given(st.text(alphabet="ab:-[]{}&*!<>|'\"#%@`?, \n\t0123.eE~", max_size=60))
def test_any_yaml_is_read_or_refused(text):
    with suppress(SentemoError):
        parse_yaml(text, "fuzz")


@given(st.text(alphabet='ab:-[]{}", \n0123.eEtrufalsnN\\', max_size=60))
def test_any_json_is_read_or_refused(text):
    with suppress(SentemoError):
        parse_json(text, "fuzz")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(PLAIN)
def test_what_was_written_is_read_again(value):
    assert parse_yaml(yaml.safe_dump(value), "fuzz") == value


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: \xe4"])
def test_other_encodings_are_named(tmp_path, content):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(SentemoError, match=r"a\.yaml: not UTF-8"):
        read_yaml(path)


def test_pipes_and_devices_are_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero"):
        for read in (read_yaml, read_text, read_config, fingerprint):
            with pytest.raises(SentemoError, match="a pipe or a device, not a file"):
                read(path)
        with pytest.raises(SentemoError, match="a pipe or a device, not a file"):
            read_json(path, dict)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.yaml"
    with open(path, "wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(SentemoError, match="1099511627776 bytes, and no such file has over"):
        read_config(path)


def test_names_of_a_configuration_are_text(tmp_path):
    (tmp_path / "a.yaml").write_text("1: 2\n")
    with pytest.raises(SentemoError, match="its name is 1, wanted text"):
        read_config(tmp_path / "a.yaml")
