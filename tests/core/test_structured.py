import os
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.files import fingerprint, read_text
from sentemo.core.structured import parse_json, parse_yaml, read_json, read_yaml


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
