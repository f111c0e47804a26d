"""Whatever bytes a table holds, it is read or refused: no reader fails in another way."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.delimited import read_delimited
from sentemo.data.dimensions import parse_scale
from sentemo.data.fold_files import read_folds, read_protocol
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import read_labels
from sentemo.data.tables import read_table
from sentemo.data.word_times import read_word_times
from sentemo.scoring.predictions import read_dimension_predictions, read_predictions

ALPHABET = st.sampled_from(
    [
        *(b"a", b"b", b"1", b"0", b".", b"-", b",", b";", b'"', b"'", b"|", b"\t", b" ", b"\n"),
        *(b"\r", b"\0", b"\xff", b"\xe4", b"=", b"#", b"{", b"[", b":", b"nan", b"9" * 5000),
        *("ä中\u2028\ufeff٣".encode(), b"fold\tvalid\ttest\n", b"path,label\n"),
        b"utterance\tfold\tspeaker\t",
    ]
)
CONTENT = st.lists(ALPHABET, max_size=30).map(b"".join)


def utterances(path):
    return [Utterance(f"{s}{n}", s, path, "a") for s in "ab" for n in "12"]


READERS = {
    "table": read_table,
    "labels": read_labels,
    "folds": lambda path: read_folds(path, utterances(path)),
    "protocol": read_protocol,
    "delimited": lambda path: read_delimited(path, ["path", "label"], Problems(str(path))),
    "predictions": read_predictions,
    "dimensions": read_dimension_predictions,
    "scale": lambda path: parse_scale(str(path)),
    "words": read_word_times,
}


@pytest.mark.parametrize("name", READERS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=CONTENT)
def test_any_bytes_are_read_or_refused(tmp_path, name, content):
    path = tmp_path / "table"
    path.write_bytes(content)
    with suppress(SentemoError):
        READERS[name](path)


@pytest.mark.parametrize("name", ["table", "labels", "folds", "protocol", "delimited", "words"])
def test_a_device_is_not_read(name):
    with pytest.raises(SentemoError, match="a pipe or a device"):
        READERS[name](Path("/dev/zero"))
